"""A supervisor whose workers are those of a Dask cluster."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ortstyle.jobs.cluster_connection import ClusterConnection
from ortstyle.jobs.cluster_crew import Crew
from ortstyle.jobs.cluster_dispatch import Dispatch
from ortstyle.jobs.events import PREVIEW_SIDE, Event, check_preview_side
from ortstyle.jobs.state_folder import Owner, StateFolder
from ortstyle.jobs.store import Store

_CONNECT_SECONDS = 10.0


class ClusterSupervisor:
    """Has the jobs of a store painted by the workers of a Dask cluster.

    Checkpoints and outputs lie on this machine, or in folders that all machines share. Whatever
    becomes of the cluster, they say what is done and what is left.

    Parameters
    ----------
    store
        The store; used in the thread that calls `run` alone.
    folder
        The folder of the store, in which the checkpoints lie.
    address
        The scheduler, such as "tcp://host:8786".
    resources
        What a job takes of a worker's resources, such as ``{"GPU": 1}``.
    is_shared
        Whether all machines see the files of the jobs under the same paths.
    device, threads
        Of each job; see `Job`. With 0 threads a worker takes what its environment says, or its
        share of the cores of its machine.
    patience
        Seconds to wait for a worker if there is none, or for a scheduler that is lost.
    """

    def __init__(
        self,
        store: Store,
        *,
        folder: Path,
        address: str,
        resources: Mapping[str, float] | None = None,
        is_shared: bool = False,
        device: str = "auto",
        threads: int = 0,
        patience: float = 60.0,
    ) -> None:
        self._store, self._folder, self._address = store, folder, address
        self._resources, self._is_shared, self._patience = resources, is_shared, patience
        self._device, self._threads = device, threads
        self._stops = 0
        self._dispatch: Dispatch | None = None

    def stop(self) -> None:
        """Have each worker send its checkpoint, and end `run`; called again, do not wait for them.

        Any thread may call this.
        """
        self._stops += 1

    def pause(self, key: str) -> None:
        """Pause a job that waits or is being painted; another one gets its worker."""
        with Store(self._store.path) as store:
            store.pause(key)

    def proceed(self, key: str) -> None:
        """Let a paused job wait again."""
        with Store(self._store.path) as store:
            store.proceed(key)

    def cancel(self, key: str) -> None:
        """Cancel a job that is not over, and remove its checkpoint."""
        with Store(self._store.path) as store:
            store.cancel(key)
        StateFolder(self._folder).discard(key)

    def preview(self, key: str, side: int = PREVIEW_SIDE) -> None:
        """Ask for the event "preview" of a job, which comes if the job is being painted.

        Raises
        ------
        JobError
            See `events.check_preview_side`.
        """
        check_preview_side(side)
        if dispatch := self._dispatch:
            dispatch.ask(key, "preview", side)

    def run(self, *, tell: Callable[[Event], None], only: Collection[str] | None = None) -> None:
        """Have the jobs painted until none waits, or until `stop`.

        An interrupt such as Ctrl-C is as `stop`, a second one as a second `stop`; they are raised
        again in the end.

        Parameters
        ----------
        tell
            Called with each event, in this thread.
        only
            The keys of the jobs to paint; None for all.

        Raises
        ------
        ClusterError
            The scheduler can't be reached or is lost, or no worker can be used. Jobs that are not
            done wait again, and go on from their last checkpoints.
        """
        shared = str(self._folder.absolute()) if self._is_shared else None
        folder = StateFolder(self._folder)
        with (
            Owner(folder, self._store) as owner,
            ClusterConnection(
                self._address,
                resources=self._resources,
                folder=shared,
                timeout=_CONNECT_SECONDS,
            ) as cluster,
        ):
            crew = Crew(
                cluster,
                notify=lambda text: tell(Event("notice", "", {"text": text})),
                patience=self._patience,
            )
            dispatch = Dispatch(
                self._store,
                owner=owner.name,
                folder=folder,
                cluster=cluster,
                crew=crew,
                tell=tell,
                is_shared=self._is_shared,
                device=self._device,
                threads=self._threads,
                only=only,
            )
            folder.free_abandoned(self._store)
            with dispatch:
                self._dispatch = dispatch
                self._work(dispatch)
            self._dispatch = None

    def _work(self, dispatch: Dispatch) -> None:
        interrupt: BaseException | None = None
        goes_on = True
        while goes_on:
            try:
                goes_on = dispatch.step(stops=self._stops)
            except (KeyboardInterrupt, SystemExit) as error:
                interrupt = error
                self.stop()
        if interrupt:
            raise interrupt
