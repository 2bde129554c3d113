"""When a run's checkpoint is written, and when it goes away."""

import json
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, Self

from ortstyle.errors import CheckpointError, OrtStyleError
from ortstyle.pictures.write import check_file
from ortstyle.report.plot import LossCurve
from ortstyle.run.checkpoint import read_header, remove_checkpoint
from ortstyle.run.lock import Lock
from ortstyle.run.stylize import Iterate, Run

LONG = 600.0  # seconds from which on a run is kept without being told to
_SURE = 3  # evaluations that tell how long a run will take


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """How a run is to be kept.

    Attributes
    ----------
    path
        The checkpoint; None for one beside the output, once the run proves to be long.
    every
        Minutes between two.
    keep
        Whether it stays when the run has succeeded.
    """

    path: Path | None = None
    every: float = 5.0
    keep: bool = False


class Checkpointer:
    """Writes the checkpoints of a run.

    While it does, the first Ctrl-C or SIGTERM waits for the evaluation to end, so that nothing of
    it is lost; the second stops at once.

    Parameters
    ----------
    keeping
        How.
    output
        The run's result.
    header
        What checkpoints say beside what the run says of itself: "command" and "inputs".
    say
        Told what a person should know.
    say_now
        The same, from amidst whatever the program is doing.
    done
        Evaluations that the run begins with; it goes on from the checkpoint then.
    lock
        The checkpoint's, where it is held already; it is released with the checkpointer.
    """

    def __init__(
        self,
        keeping: Keeping,
        *,
        output: Path,
        header: Mapping[str, Any],
        say: Callable[[str], None],
        say_now: Callable[[str], None],
        done: int = 0,
        lock: Lock | None = None,
    ) -> None:
        self._keeping, self._header, self._say, self._done = keeping, dict(header), say, done
        self.path = keeping.path or output.with_name(f"{output.name}.checkpoint")
        self._say_now = say_now
        self._lock = lock
        self._given_up = False
        self._written = monotonic()
        self._holds = bool(done)
        self._handlers: dict[int, Any] = {}
        self._signal: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._restore_signals()
        if self._lock:
            self._lock.release()
            self._lock = None

    @property
    def keeps(self) -> bool:
        """Whether checkpoints are written."""
        return self._lock is not None

    def begin(self, run: Mapping[str, Any]) -> None:
        """Take the checkpoint's place.

        `run` is the description of the run: a checkpoint of the very same one may be overwritten.

        Raises
        ------
        OrtStyleError
            Another process has it, it is a file of other kind or of another run, or it can't be
            written.
        """
        self._wait_for_signals()  # at once: none may come between a file's opening and its use
        try:
            self._take(run)
        except BaseException:
            self._restore_signals()
            raise
        self._written = monotonic()

    def _take(self, run: Mapping[str, Any]) -> None:
        check_file(self.path, "checkpoint", (self.path.suffix.lower(),))
        lock = self._lock or Lock(self.path)
        try:
            if not self._done:
                self._check_free(run)
        except BaseException:
            lock.release()
            raise
        self._lock = lock

    def _check_free(self, run: Mapping[str, Any]) -> None:
        if not self.path.exists():
            return
        try:
            header = read_header(self.path)
        except CheckpointError as error:
            raise CheckpointError(
                f"--checkpoint {self.path} exists and is no checkpoint that can be read; delete it "
                "or choose another name"
            ) from error
        if _identity(header) != _identity(self._header | {"run": run}):
            raise CheckpointError(
                f"--checkpoint {self.path} is of another run; go on with that by ortstyle resume, "
                "delete it, or choose another name"
            )
        self._say(f"starting anew, though ortstyle resume {self.path} could go on with this run")

    def update(
        self, iterate: Iterate, run: Run, curve: LossCurve, description: Mapping[str, Any]
    ) -> None:
        """Write a checkpoint, if it is time; begin to, if the run proves to be long."""
        if not self.keeps and not self._given_up and iterate.evaluations >= self._done + _SURE:
            expected = iterate.seconds + iterate.seconds_left
            if expected > LONG:
                self._begin_late(expected, description)
        due = monotonic() - self._written >= 60 * self._keeping.every
        if self.keeps and (due or run.between_scales or self._signal is not None):
            self.write(run, curve)

    def _begin_late(self, expected: float, description: Mapping[str, Any]) -> None:
        try:
            self.begin(description)
        except OrtStyleError as error:
            self._given_up = True
            self._say(f"no checkpoints are written: {error}")
        else:
            self._say(
                f"this takes about {expected / 60:.0f} minutes; checkpoints go to {self.path}, "
                "from which ortstyle resume goes on"
            )

    def write(self, run: Run, curve: LossCurve) -> None:
        """Write a checkpoint; where that fails the last one stays, and the run goes on."""
        names, numbers = curve.numbers()
        try:
            header = self._header | {"curve": names}
            run.save(self.path, header=header, arrays={"curve": numbers})
        except CheckpointError as error:
            self._say(str(error))
        else:
            self._holds = True
        self._written = monotonic()

    @property
    def left(self) -> str:
        """How to go on with a run that was stopped; empty where there is no checkpoint."""
        there = self.keeps and self._holds and self.path.exists()
        return f"go on with: ortstyle resume {self.path}" if there else ""

    def succeed(self) -> None:
        """Remove the checkpoint of a run that has left its result, unless it is to stay."""
        if self.keeps and not self._keeping.keep:
            remove_checkpoint(self.path)

    def raise_signal(self) -> None:
        """Stop, if a signal has come since."""
        if self._signal is not None:
            raise _stopped(self._signal)

    def _wait_for_signals(self) -> None:
        def wait(number: int, _: FrameType | None) -> None:
            if self._signal is not None:
                raise _stopped(number)
            self._signal = number
            self._say_now("stopping after this evaluation; again to stop at once")

        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):  # not in the main thread
                self._handlers[number] = signal.signal(number, wait)

    def _restore_signals(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()


def _stopped(number: int) -> BaseException:
    """Give the exception that ends a program by a signal."""
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)


def _identity(header: Mapping[str, Any]) -> Any:
    """Give what two checkpoints of the same run agree in."""
    run, command = header.get("run") or {}, header.get("command") or {}
    found = [header.get("inputs"), *(run.get(name) for name in ("settings", "model"))]
    return json.loads(json.dumps([*found, command.get("folder"), command.get("output")]))
