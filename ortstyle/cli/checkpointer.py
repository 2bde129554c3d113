"""When the checkpoint of a run is written, and when it is removed."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Self

from ortstyle.cli.command import Checkpointing, PaintCommand
from ortstyle.cli.messages import quoted
from ortstyle.errors import CheckpointError, OrtStyleError
from ortstyle.files import check_file, follow_links
from ortstyle.memory.amounts import format_memory
from ortstyle.report.loss_curve import LossCurve
from ortstyle.run.checkpoint import read_header
from ortstyle.run.checkpoint_files import remove_checkpoint
from ortstyle.run.iterate import Iterate
from ortstyle.run.lock import CheckpointLock
from ortstyle.run.run import Run

LONG_RUN = 600.0  # seconds; a run that takes longer writes checkpoints without `--checkpoint`
_EVALUATIONS_TO_ESTIMATE = 3  # evaluations before the length of a run is estimated
_SHARE_OF_TIME = 0.05  # that checkpoints take which nobody asked for
_LEFT_FREE = 1 << 26  # bytes of a disk that checkpoints leave for the result


class Checkpointer:
    """Writes the checkpoints of a run while it is painted, and removes them when it succeeds.

    This is a context manager, which releases the checkpoint's lock. Checkpoints that nobody asked
    for, because the run is long, take at most a twentieth of its time.

    Parameters
    ----------
    checkpointing
        Whether, where and how often to write checkpoints.
    output
        File of the result. Without a path in `checkpointing` the checkpoint is written beside it.
    header
        Returns the entries "command" and "inputs" of a checkpoint's header, which the run does not
        write.
    say
        Prints a line that a person should read.
    is_stopping
        Tells whether the run is about to be stopped; then the caller writes the last checkpoint.
    done
        Evaluations that a resumed run made before.
    lock
        The lock of the checkpoint if it is held already; the lock is released on exit.
    automatic
        Whether a long run writes checkpoints that nobody asked for.
    """

    def __init__(
        self,
        checkpointing: Checkpointing,
        *,
        output: Path,
        header: Callable[[], Mapping[str, Any]],
        say: Callable[[str], None],
        is_stopping: Callable[[], bool] = lambda: False,
        done: int = 0,
        lock: CheckpointLock | None = None,
        automatic: bool = True,
    ) -> None:
        self._checkpointing, self._header, self._say = checkpointing, header, say
        self.path = checkpointing.path or output.with_name(f"{output.name}.checkpoint")
        self._is_stopping, self._done, self._lock = is_stopping, done, lock
        self._gave_up = not automatic
        self._interval = 60 * checkpointing.every
        self._written_at = monotonic()
        self._has_written = bool(done)
        self._has_room = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.release()
            self._lock = None

    @property
    def is_active(self) -> bool:
        """Whether checkpoints are written."""
        return self._lock is not None

    def begin(self, run: Run) -> None:
        """Lock the checkpoint and write it from now on.

        A checkpoint that exists already may be overwritten only if it is of the same run.

        Raises
        ------
        OrtStyleError
            Another process has locked the checkpoint, the file is of another kind or of another
            run, or it can't be written, or the disk has no room for it. A run that is resumed goes
            on without further checkpoints then.
        """
        try:
            check_file(self.path, (self.path.suffix.lower(),), option="checkpoint")
            self._check_room(run)
        except OrtStyleError as error:
            if not self._done:
                raise
            self._has_room = False
            # Without its last part, which names options that `resume` has not.
            why = str(error).rpartition("; ")[0] or str(error)
            self._say(f"no further checkpoints are written: {why}")
        lock = self._lock or CheckpointLock(self.path)
        try:
            if not self._done:
                self._check_replaceable(run.provenance)
        except BaseException:
            lock.release()
            raise
        self._lock = lock
        self._written_at = monotonic()

    def _check_room(self, run: Run) -> None:
        """Raise an error if the disk has no room for a checkpoint beside the one before."""
        needed = run.checkpoint_bytes
        free = shutil.disk_usage(follow_links(self.path).parent).free
        if needed + _LEFT_FREE > free:
            raise CheckpointError(
                f"checkpoint {self.path} takes {format_memory(needed)}, and its disk has "
                f"{format_memory(free)} free; free some space or choose another place with "
                "--checkpoint"
            )

    def _check_replaceable(self, provenance: Mapping[str, Any]) -> None:
        if not self.path.exists():
            return
        try:
            header = read_header(self.path)
        except CheckpointError as error:
            raise CheckpointError(
                f"--checkpoint {self.path} exists and is no checkpoint that can be read; delete it "
                "or choose another name"
            ) from error
        if _identity(header) != _identity({**self._header(), "run": provenance}):
            raise CheckpointError(
                f"--checkpoint {self.path} is of another run; resume that run with ortstyle "
                "resume, delete the file, or choose another name"
            )
        self._say(
            f"starting a new run; ortstyle resume {quoted(self.path)} would continue the "
            "interrupted one"
        )

    def update(self, iterate: Iterate, *, run: Run, curve: LossCurve) -> None:
        """Write a checkpoint if one is due; begin to write checkpoints if the run will be long."""
        known = iterate.evaluations >= self._done + _EVALUATIONS_TO_ESTIMATE
        if not self.is_active and not self._gave_up and known:
            expected = iterate.seconds + iterate.seconds_left
            if expected > LONG_RUN:
                self._begin_unasked(expected, run)
        due = monotonic() - self._written_at >= self._interval
        if (due or run.between_scales) and not self._is_stopping():
            self.write(run, curve)

    def _begin_unasked(self, expected: float, run: Run) -> None:
        try:
            self.begin(run)
        except OrtStyleError as error:
            self._gave_up = True
            self._say(f"no checkpoints are written: {error}")
        else:
            self._say(
                f"this takes about {expected / 60:.0f} minutes; checkpoints of at most "
                f"{format_memory(run.checkpoint_bytes)} go to {self.path}, from which ortstyle "
                "resume continues"
            )

    def write(self, run: Run, curve: LossCurve) -> None:
        """Write a checkpoint, if any are written; if it fails, the last one stays."""
        if not self.is_active or not self._has_room:
            return
        names, numbers = curve.to_table()
        began_at = monotonic()
        try:
            header = {**self._header(), "curve": names}
            run.save(self.path, header=header, arrays={"curve": numbers})
        except CheckpointError as error:
            self._say(str(error))
        else:
            self._has_written = True
        self._written_at = monotonic()
        if not self._checkpointing.path:
            rest = (self._written_at - began_at) * (1 / _SHARE_OF_TIME - 1)
            self._interval = max(60 * self._checkpointing.every, rest)

    @property
    def advice(self) -> str:
        """How to resume a run that was stopped; empty where there is no checkpoint."""
        there = self.is_active and self._has_written and self.path.exists()
        return f"resume with: ortstyle resume {quoted(self.path)}" if there else ""

    def succeed(self) -> None:
        """Remove the checkpoint after the result was written, unless `--keep-checkpoint` is on."""
        if self.is_active and not self._checkpointing.keep:
            remove_checkpoint(self.path)


def _identity(header: Mapping[str, Any]) -> Any:
    """Return what two checkpoints of the same run have in common."""
    run, command = header.get("run") or {}, header.get("command") or {}
    found = [header.get("inputs"), *(run.get(name) for name in ("settings", "model"))]
    return json.loads(json.dumps([*found, command.get("folder"), command.get("output")]))


def checkpoints_text(command: PaintCommand, run: Run) -> str:
    """Return how large the checkpoints of a run are, if they were asked for, in words."""
    if not command.checkpointing.path:
        return ""
    return f"; checkpoints of at most {format_memory(run.checkpoint_bytes)}"
