"""The supervisor: one worker process a device, the jobs of a store shared out among them."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from threading import Condition, Event as Flag, Lock

from ortstyle.errors import JobError
from ortstyle.jobs.claims import Claims
from ortstyle.jobs.device_worker import DeviceWorker
from ortstyle.jobs.events import PREVIEW_SIDE, Event, check_preview_side
from ortstyle.jobs.shares import share_memory, share_threads
from ortstyle.jobs.state_folder import Owner, StateFolder
from ortstyle.jobs.store import Store
from ortstyle.jobs.threads import Stopping, run_side_by_side
from ortstyle.jobs.worker import worker_command

__all__ = ["Supervisor", "share_threads"]

_POLL = 0.5  # seconds between two looks for jobs
_MOST_FAULTS = 2  # of a device one after another, before it is left out


class Supervisor:
    """Paints the jobs of a store, with one worker process a device.

    A worker that dies is started again, and its job goes on from its checkpoint; at the third
    death without a new checkpoint it has failed. Several supervisors, also in other processes,
    share the jobs of one store. The jobs of a supervisor that has died wait again. A device that
    fails with one job after another is left out, so that the others paint the rest.

    Parameters
    ----------
    store
        The store. This object is not used: each thread opens the same file.
    folder
        The folder of the store, for checkpoints and locks.
    devices
        The name of the device of each worker.
    threads
        Processor threads of each worker; see `share_threads`.
    command
        The command that starts a worker, without its threads; None for `worker.worker_command`.
    patience
        Seconds that a worker has to write a checkpoint once it was told to stop.
    frees_paused
        Whether a job that is paused writes its checkpoint and gives its worker to the next one,
        instead of keeping it. It goes on from there when it is its turn again.
    starts_early
        Whether the worker processes are started with the supervisor instead of with their first
        jobs.
    keeps_devices
        Whether a job that names one of the devices is painted there alone. Else, and where it names
        another one, the device of the worker that is free counts; "auto" leaves it to the job.

    Raises
    ------
    JobError
        There is no device, or not as many threads as devices.
    """

    def __init__(
        self,
        store: Store,
        *,
        folder: Path,
        devices: Sequence[str],
        threads: Sequence[int],
        command: Sequence[str] | None = None,
        patience: float = 20.0,
        frees_paused: bool = False,
        starts_early: bool = False,
        keeps_devices: bool = False,
    ) -> None:
        if not devices or len(devices) != len(threads):
            raise JobError("a supervisor needs devices, and the threads of each")
        self._path, self._folder = store.path, StateFolder(folder)
        self._stopping = Stopping(Flag(), Flag(), patience)
        self._tell_caller: Callable[[Event], None] = lambda _: None
        self._telling, self._claiming, self._running = Lock(), Lock(), Lock()
        self._left_out = 0  # devices
        self._errors: list[BaseException] = []
        self._reserved = devices if keeps_devices else ()
        self._starts_early, self._idle = starts_early, Condition()
        command = command or worker_command()
        self._workers = [
            DeviceWorker(
                device,
                threads=count,
                command=[*command, "--threads", str(count)],
                frees_paused=frees_paused,
                folder=self._folder,
                tell=self._tell,
                stopping=self._stopping,
            )
            for device, count in zip(devices, threads, strict=True)
        ]

    def run(
        self,
        *,
        tell: Callable[[Event], None],
        only: Collection[str] | None = None,
        stays: bool = False,
    ) -> None:
        """Paint until no job waits or is being painted, also by other supervisors, or until `stop`.

        All worker processes have ended then. An interrupt such as Ctrl-C is as `stop`, and a second
        one does not wait for checkpoints; they are raised again in the end.

        Parameters
        ----------
        tell
            Called with each event of each job, by several threads but never by two at once. What
            an event tells is in the store already. An error that it raises ends the run.
        only
            The keys of the jobs to paint; None for all.
        stays
            Whether to wait for further jobs when there is none, until `stop`. The worker processes
            stay too, so that the next job starts sooner.

        Raises
        ------
        JobError
            The store or its folder can't be used, no worker process can be started, or this
            supervisor is running already.
        """
        if not self._running.acquire(blocking=False):
            raise JobError("this supervisor is running already")
        try:
            self._begin(tell)
            with Store(self._path) as store, Owner(self._folder, store) as owner:
                store.check()
                self._folder.free_abandoned(store)
                keys = None if only is None else frozenset(only)
                claims = Claims(
                    owner.name, self._folder, self._tell_notice, keys, reserved=self._reserved
                )
                works = [partial(self._work, worker, claims, stays) for worker in self._workers]
                run_side_by_side(works, interrupted=self._interrupt)
        finally:
            self._stopping.asked.clear()
            self._stopping.hurried.clear()
            self._running.release()
        if self._errors:
            raise self._errors[0]

    def stop(self) -> None:
        """Let `run` end soon: every worker writes a checkpoint; their jobs wait again.

        This returns at once. If nothing runs, the next `run` ends before it has begun a job.
        """
        self._stopping.asked.set()
        self.wake()

    def wake(self) -> None:
        """Look at the store now, because something there has been changed or added."""
        with self._idle:
            self._idle.notify_all()
        for worker in self._workers:
            worker.wake()

    def pause(self, key: str) -> None:
        """Pause a job that waits or is being painted."""
        with Store(self._path) as store:
            store.pause(key)
        self.wake()

    def proceed(self, key: str) -> None:
        """Let a paused job go on."""
        with Store(self._path) as store:
            store.proceed(key)
        self.wake()

    def cancel(self, key: str) -> None:
        """Cancel a job that is not over, and remove its checkpoint."""
        with Store(self._path) as store:
            store.cancel(key)
        self.wake()
        self._folder.discard(key)

    def preview(self, key: str, side: int = PREVIEW_SIDE) -> None:
        """Ask for the event "preview" of a job, which comes if the job is being painted.

        A `JobError` is raised for a side that `check_preview_side` refuses.
        """
        check_preview_side(side)
        for worker in self._workers:
            worker.ask(key, "preview", side=side)

    def _begin(self, tell: Callable[[Event], None]) -> None:
        self._tell_caller = tell
        self._left_out = 0
        self._errors.clear()
        shares = share_memory([worker.device for worker in self._workers])
        for worker, share in zip(self._workers, shares, strict=True):
            worker.memory = share

    def _interrupt(self, count: int) -> None:
        if count > 1:
            self._stopping.hurried.set()
        self.stop()

    def _work(
        self,
        worker: DeviceWorker,
        claims: Claims,
        stays: bool,  # noqa: FBT001
        ended: Flag,
    ) -> None:
        """Paint one job after another on a device."""
        try:
            with Store(self._path) as store, worker:
                if self._starts_early and not self._stopping.asked.is_set():
                    worker.start()
                while not self._stopping.asked.is_set():
                    if row := claims.claim(store, worker.device):
                        claims.end(row.key, is_busy=worker.paint(store, row) == "busy")
                        if worker.faults >= _MOST_FAULTS and self._leaves_out(worker.device):
                            claims.leave_out(worker.device)
                            return
                    elif claims.are_over(store) and not stays:
                        return
                    else:
                        self._wait()
        except BaseException as error:  # noqa: BLE001  raised by `run`
            self._errors.append(error)
            self.stop()
        finally:
            ended.set()

    def _wait(self) -> None:
        """Wait a little for jobs, at most until something is told to be new."""
        with self._idle:
            if not self._stopping.asked.is_set():
                self._idle.wait(_POLL)

    def _leaves_out(self, device: str) -> bool:
        """Tell that a device is left out, because it fails, unless it is the last one."""
        with self._claiming:
            if self._left_out + 1 == len(self._workers):
                return False
            self._left_out += 1
        self._tell_notice("", f"device {device} fails again and again; the others go on without it")
        return True

    def _tell_notice(self, key: str, text: str) -> None:
        self._tell(Event("notice", key, {"text": text}))

    def _tell(self, event: Event) -> None:
        with self._telling:
            self._tell_caller(event)
