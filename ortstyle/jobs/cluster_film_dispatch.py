"""The parts of a film on their way through a cluster: frame by frame, each part on one worker."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

from ortstyle.errors import ClusterError, OrtStyleError
from ortstyle.jobs.cluster_connection import ClusterConnection
from ortstyle.jobs.cluster_crew import Crew
from ortstyle.jobs.cluster_film_answers import OF_WORKER, PaintedAnswer, read_answer
from ortstyle.jobs.cluster_film_sender import FilmSender
from ortstyle.jobs.cluster_film_worker import paint_frame
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.painting.passes import Step
from ortstyle.video.painting.scene_painter import PaintedFrame
from ortstyle.video.scene_workers import Notice

_WAIT_SECONDS = 0.25  # for an answer
_MOST_LOSSES = 3  # of workers, or of files, at one frame


@dataclass(eq=False)
class Part:
    """A part of a film, and how far it is.

    Attributes
    ----------
    name
        A name that no other part of the film has.
    steps
        What is still to be painted, in this order.
    worker
        Who paints it; empty while it waits.
    losses
        How often its next frame has been lost.
    """

    name: str
    steps: list[Step] = field(repr=False)
    worker: str = ""
    losses: int = 0


class FilmDispatch:
    """Has the parts of a film painted; a painted frame is in the folder before it is told.

    Parameters
    ----------
    parts
        The steps of each part.
    name
        A name that no other film has.
    folder
        The folder of the film.
    sender
        Makes the requests.
    connection, crew
        The cluster and its workers.
    notices
        Lines to tell, to which the crew adds too.
    """

    def __init__(
        self,
        parts: Sequence[Sequence[Step]],
        *,
        name: str,
        folder: FilmFolder,
        sender: FilmSender,
        connection: ClusterConnection,
        crew: Crew,
        notices: list[str],
    ) -> None:
        self._waiting = [Part(str(number), list(steps)) for number, steps in enumerate(parts)]
        self._name, self._folder, self._sender = name, folder, sender
        self._connection, self._crew = connection, crew
        self._numbers, self._ended = count(), SimpleQueue[int]()
        self._running: dict[int, tuple[Part, Any]] = {}  # with their futures, by request
        self._unfit: dict[str, OrtStyleError] = {}  # workers that can't paint the film, and why
        self._notices, self._most = notices, max(map(len, parts), default=0)

    @property
    def at_once(self) -> int:
        """How many frames are being painted."""
        return len(self._running)

    def run(self) -> Iterator[PaintedFrame | Notice]:
        """Yield each frame once it is in the folder, and notices.

        Raises
        ------
        OrtStyleError
            A frame can't be painted or kept, or no worker is left.
        """
        try:
            while self._waiting or self._running:
                if self._crew.update():
                    self._follow()
                yield from self._send_out()
                yield from self._told()
                if (ended := self._receive()) is not None:
                    yield from self._end(*ended)
            yield from self._told()
        finally:
            for number in list(self._running):
                self._cancel(number)

    def _told(self) -> Iterator[Notice]:
        while self._notices:
            yield Notice(self._notices.pop(0))

    # workers

    def _follow(self) -> None:
        """Let parts whose workers are gone wait for others."""
        here = self._crew.roster.slots
        for number, (part, _) in list(self._running.items()):
            if part.worker not in here:
                self._cancel(number)
                self._lose(part, "it is gone")

    def _send_out(self) -> Iterator[PaintedFrame]:
        """Give waiting parts to free workers."""
        while self._waiting and (worker := self._free_worker()):
            part = self._next_part()
            self._waiting.remove(part)
            copied = list(self._copies(part))
            part.worker = worker
            is_sent = not part.steps or self._send(part)
            yield from copied
            if not is_sent:
                return

    def _free_worker(self) -> str | None:
        slots = self._crew.roster.slots
        busy = Counter(part.worker for part, _ in self._running.values())
        for worker in self._unfit:
            busy[worker] = max(busy[worker], slots.get(worker, 0))
        if slots and not self._running and all(worker in self._unfit for worker in slots):
            raise next(iter(self._unfit.values()))
        return self._crew.choose(busy)

    def _next_part(self) -> Part:
        """Return the part to begin: the first, or one so long that all would wait for its end."""
        if self._most == 1:
            return self._waiting[0]
        longest = max(self._waiting, key=lambda part: len(part.steps))
        rest = sum(len(part.steps) for part in self._waiting) - len(longest.steps)
        at_once = max(1, sum(self._crew.roster.slots.values()))
        return longest if len(longest.steps) * at_once >= rest else self._waiting[0]

    # frames

    def _copies(self, part: Part) -> Iterator[PaintedFrame]:
        """Make the next frames of a part here, as long as they are those of the pass before."""
        while part.steps and part.steps[0].is_copy:
            step = part.steps.pop(0)
            own = self._folder.painted(step.index, pass_=step.pass_ - 1)
            self._folder.put_painted(step.index, own, pass_=step.pass_)
            yield PaintedFrame(step.index, step.pass_, 0, 0.0, 0.0, is_first=False)

    def _send(self, part: Part) -> bool:
        """Send the next frame of a part to its worker; return whether that was possible."""
        data = self._sender.request(
            part.name,
            part.steps[0],
            worker=part.worker,
            shares=self._crew.roster.shares,
            is_last=len(part.steps) == 1,
        )
        number = next(self._numbers)
        try:
            key = f"{self._name}-frame-{part.steps[0].index}-{number}"
            future = self._connection.submit(paint_frame, data, key=key, workers=[part.worker])
        except Exception as error:  # noqa: BLE001  Dask's are of many kinds: the worker has gone
            self._lose(part, type(error).__name__)
            return False
        self._running[number] = part, future
        future.add_done_callback(lambda _: self._ended.put(number))
        return True

    def _receive(self) -> tuple[Part, Any] | None:
        """Wait a little for the end of a request; return its part and future."""
        try:
            return self._running.pop(self._ended.get(timeout=_WAIT_SECONDS), None)
        except Empty:
            return None

    def _cancel(self, number: int) -> None:
        _, future = self._running.pop(number)
        with suppress(Exception):  # the scheduler may have gone
            future.cancel()

    def _end(self, part: Part, future: Any) -> Iterator[PaintedFrame]:
        """Handle the answer for a frame, and send the next one of the part."""
        try:
            answer = self._connection.result(future, worker=part.worker)
        except Exception as error:  # noqa: BLE001  `paint_frame` raises none: the worker has gone
            self._lose(part, type(error).__name__)
            return
        size, step = self._folder.record.size, part.steps[0]
        try:
            found = read_answer(answer, size=size, worker=part.worker)
        except OF_WORKER as error:
            self._refuse(part, error)
            return
        if isinstance(found, PaintedAnswer):
            self._folder.put_painted(step.index, found.pixels, pass_=step.pass_)
            del part.steps[0]
            part.losses = 0
            copied = list(self._copies(part))
            self._go_on(part)
            yield _painted(step, found)
            yield from copied
        else:
            self._sender.note_missing(part.worker, found)
            part.losses += 1
            self._check_losses(part, "it says that files are missing")
            self._go_on(part)

    def _go_on(self, part: Part) -> None:
        """Have the worker of a part paint its next frame, if it is still there."""
        if not part.steps:
            return
        if self._crew.roster.slots.get(part.worker):
            self._send(part)
        else:
            part.worker = ""
            self._waiting.insert(0, part)

    def _refuse(self, part: Part, error: OrtStyleError) -> None:
        """Give nothing more to a worker that can't paint the film."""
        self._notices.append(f"{error}; it paints no more of this film")
        self._unfit[part.worker] = error
        part.worker = ""
        self._waiting.insert(0, part)

    def _lose(self, part: Part, why: str) -> None:
        """Let a part whose worker is lost wait for another one, but not for ever."""
        self._crew.look_again()
        self._sender.forget_worker(part.worker)
        if self._connection.is_alive:
            part.losses += 1
            self._check_losses(part, why)
            self._notices.append(f"worker {part.worker} was lost ({why}); another one goes on")
        part.worker = ""
        self._waiting.insert(0, part)

    def _check_losses(self, part: Part, why: str) -> None:
        if part.losses > _MOST_LOSSES:
            raise ClusterError(
                f"frame {part.steps[0].index} has lost {part.losses} workers, the last one "
                f"{part.worker} ({why}); if they ran out of memory, give a smaller --size, or "
                "start them with more"
            )


def _painted(step: Step, answer: PaintedAnswer) -> PaintedFrame:
    return PaintedFrame(
        index=step.index,
        pass_=step.pass_,
        evaluations=answer.evaluations,
        loss=answer.loss,
        seconds=answer.seconds,
        is_first=not step.earlier,
    )
