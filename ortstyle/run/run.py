"""A run: it paints one picture scale by scale, one evaluation at a time, and can be saved."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ortstyle.errors import CheckpointError, OutOfMemoryError
from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.objective import Evaluation, Objective, Pixels
from ortstyle.run.checkpoint import Arrays, Checkpoint, write_checkpoint
from ortstyle.run.descent import Descent
from ortstyle.run.inputs import Inputs, resized
from ortstyle.run.iterate import Iterate
from ortstyle.run.objective_factory import ObjectiveFactory
from ortstyle.run.pace import Pace
from ortstyle.run.progress import Progress
from ortstyle.run.restarts import after_stop, check_finite
from ortstyle.run.saved_state import (
    arrays_between_scales,
    arrays_within_scale,
    load_optimizer,
)
from ortstyle.settings.settings import Settings


class Run(Iterator[Iterate]):
    """One painting, coarse to fine: each `next` makes one evaluation and returns an `Iterate`.

    `stylize` makes a run. `close` stops the run and frees its memory, as does deleting the run. The
    first iterate of a resumed run repeats the evaluation at which the checkpoint was written.

    Parameters
    ----------
    inputs
        The pictures.
    settings
        The settings of the run, with a precision other than "auto".
    factory
        Makes the objective of each scale.
    describe
        Returns the provenance of the run.
    progress
        How far the run is.
    start
        The picture that the scale begins with, (1, 3, H, W) float32; empty if `resumed` holds it.
    first
        The objective of the first scale, if it has been made already.
    resumed, notice
        The checkpoint that the run is resumed from, and a notice for the first iterate.
    """

    def __init__(
        self,
        inputs: Inputs,
        settings: Settings,
        *,
        factory: ObjectiveFactory,
        describe: Callable[[], dict[str, Any]],
        progress: Progress,
        start: Pixels,
        first: Objective | None = None,
        resumed: Checkpoint | None = None,
        notice: str = "",
    ) -> None:
        self._inputs, self._settings, self._factory = inputs, settings, factory
        self._describe = describe
        self._progress, self._start, self._first = progress, start, first
        # A dict of the run's own, because the caller may clear that of the checkpoint.
        self._resumed = resumed and replace(resumed, arrays=dict(resumed.arrays))
        self._notice = "; ".join(filter(None, (notice, *inputs.notices)))
        self._descent: Descent | None = None
        self._has_repeated = self._is_closed = False
        self._has_told = False  # what an objective had to tell
        self.pace = Pace(progress.seconds)  # for callers that pause; see `Pace.skip`
        #: Whether the evaluation made last is the last one of its scale.
        self.between_scales = False

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Settings, device, versions and the model's hash; see `provenance.provenance_of`."""
        return self._describe()

    @property
    def summary(self) -> str:
        """A line that says how the run is painted: scales, tiles, memory."""
        return self._factory.summary(self._progress.schedule)

    @property
    def checkpoint_bytes(self) -> int:
        """The most bytes that `save` writes during the run."""
        return self._factory.checkpoint_bytes(self._progress.schedule)

    def take_notice(self) -> str:
        """Return what the first iterate would tell about pictures, which it then does not."""
        notice, self._notice = self._notice, ""
        return notice

    def plan(self, side: int) -> ScalePlan:
        """Return how the scale whose longest side is `side` pixels is painted."""
        return self._factory.plan(side)

    def __next__(self) -> Iterate:
        """Make the next evaluation.

        Raises
        ------
        OrtStyleError
            The device fails, memory does not suffice for the smallest tiles, or the loss is not
            finite and starting again can't mend that.
        """
        if self._is_closed:
            raise StopIteration
        try:
            return self._next()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the run and free its memory; closing it again does nothing."""
        self._is_closed = True
        if self._descent is not None:
            self._descent.objective.close()
        self._descent = self._first = None

    def __del__(self) -> None:
        # At the interpreter's exit the memory is freed anyway, and nothing can be imported.
        if "_is_closed" in vars(self) and not sys.is_finalizing():  # else `__init__` has failed
            self.close()

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        header: Mapping[str, Any] | None = None,
        arrays: Arrays | None = None,
    ) -> None:
        """Write a checkpoint from which `stylize` resumes the run bit for bit.

        To be called between two evaluations. `header` and `arrays` are added to what the
        checkpoint holds; see `run.checkpoint`.

        Raises
        ------
        CheckpointError
            The checkpoint can't be written, no evaluation has been made yet, or the run is over.
        """
        record: dict[str, Any] = {"run": self.provenance, "anchored": self._factory.anchored}
        if self._resumed is not None:
            stored = self._resumed.header
            record |= {"plan": stored.get("plan", {}), "position": stored["position"]}
            state = self._resumed.arrays
        elif self._descent is not None:
            progress, state = self._state(self._descent)
            record |= {"plan": self._factory.to_dict(), "position": progress.to_dict()}
        else:
            raise CheckpointError("there is nothing to save; save a run between two evaluations")
        write_checkpoint(Path(path), record | dict(header or {}), state | (arrays or {}))

    def _state(self, descent: Descent) -> tuple[Progress, Arrays]:
        """Return the run's progress and the arrays from which the run can be resumed."""
        progress = replace(self._progress, seconds=self.pace.seconds)
        if self.between_scales:
            return progress.at_next_scale(), arrays_between_scales(descent.picture()())
        return progress, arrays_within_scale(descent.optimizer)

    def _next(self) -> Iterate:
        if self._has_repeated:
            self._resumed, self._has_repeated = None, False
        if self.between_scales:
            self._end_scale()
        if self._resumed and not self._progress.done:  # written between two scales
            start = self._start
            return self._repeat(lambda: start)
        if self._descent is None:
            if self._progress.is_over:
                raise StopIteration
            self._begin_scale()
        assert self._descent is not None  # noqa: S101
        if self._resumed:
            load_optimizer(self._descent.optimizer, self._resumed)
            return self._repeat(self._descent.picture())
        return self._evaluate_once(self._descent)

    def _repeat(self, pixels: Callable[[], Pixels]) -> Iterate:
        """Return the iterate at which the checkpoint was written."""
        figures, notice = self._progress.last, self._notice
        assert figures is not None  # noqa: S101
        self._notice, self._has_repeated = "", True
        colors = self._inputs.colors((figures["width"], figures["height"]))
        iterate = Iterate.from_figures(figures, notice=notice, pixels=pixels, colors_of=colors)
        return replace(iterate, seconds_left=self._progress.seconds_left)

    def _begin_scale(self) -> None:
        """Open the objective of the scale, and make the optimiser at the starting picture."""
        side, schedule = self._progress.side, self._progress.schedule
        size = self._inputs.size(side)
        start = self._start if self._start.size else np.zeros((1, 3, *size[::-1]), np.float32)
        self._start = np.empty(0, np.float32)  # the optimiser will hold it
        start = resized(start, size)
        while self._descent is None:
            objective = self._open()
            plan, settings = self._factory.plan(side), self._settings.at(side, schedule)
            try:
                self._descent = Descent(
                    objective, start, settings, history=plan.history, storage=plan.vectors
                )
            except (OutOfMemoryError, MemoryError) as error:
                objective.close()
                self._halve_tiles(error)
            except BaseException:
                objective.close()
                raise
            del objective
        self.pace.begin_scale(size[0] * size[1])

    def _end_scale(self) -> None:
        """Free the objective and the optimiser, and keep the best picture for the next scale."""
        assert self._descent is not None  # noqa: S101
        self._start = self._descent.picture()().clip(0, 255)
        self._descent.objective.close()
        self._descent, self.between_scales = None, False  # and the optimiser's history with it
        self._progress = self._progress.at_next_scale()

    def _open(self) -> Objective:
        """Open the scale's objective, in smaller tiles as long as memory does not suffice."""
        side, schedule = self._progress.side, self._progress.schedule
        while True:
            # A failed objective must have no name left while its successor is made.
            objective, self._first = self._first or self._factory.make(side, schedule), None
            try:
                objective.open()
            except (OutOfMemoryError, MemoryError) as error:
                objective.close()
                self._halve_tiles(error)
            except BaseException:
                objective.close()
                raise
            else:
                if not self._has_told:  # every scale would say the same
                    self._tell(objective.notice)
                    self._has_told = bool(objective.notice)
                return objective
            del objective

    def _halve_tiles(self, error: Exception) -> None:
        self._tell(self._factory.halve(self._progress.side, error))

    def _tell(self, notice: str) -> None:
        """Add a notice for the next iterate, which may be empty."""
        self._notice = "; ".join(filter(None, (self._notice, notice)))

    def _evaluate_once(self, descent: Descent) -> Iterate:
        """Make one evaluation at the present scale."""
        if descent.optimizer.stop is not None:
            self._progress = self._progress.after_restart(descent.optimizer.iterations)
            descent.restart()
        found = self._evaluate(descent)
        self._progress = progress = self._progress.after_evaluation(found.loss)
        stop = descent.optimizer.stop
        check_finite(found, stop, progress, settings=self._settings)
        finished, notice = after_stop(stop, progress, patience=self._settings.patience)
        self.pace.count_evaluation()
        size = self._inputs.size(progress.side)
        iterate = Iterate(
            width=size[0],
            height=size[1],
            scale=(progress.scale, len(progress.schedule)),
            iteration=progress.iterations + descent.optimizer.iterations,
            evaluations=progress.evaluations,
            loss=found.loss,
            terms=MappingProxyType(dict(found.terms)),
            seconds=self.pace.seconds,
            seconds_left=self.pace.seconds_each * progress.evaluations_left,
            notice="; ".join(filter(None, (self._notice, notice))),
            _pixels=descent.picture(),
            _colors_of=self._inputs.colors(size),
        )
        self._notice = ""
        self._progress = replace(progress, last=iterate.figures())
        self.between_scales = finished or progress.is_last_evaluation
        return iterate

    def _evaluate(self, descent: Descent) -> Evaluation:
        """Evaluate, in smaller tiles as long as memory does not suffice."""
        while True:
            try:
                return descent.evaluate()
            except (OutOfMemoryError, MemoryError) as error:
                descent.objective.close()
                self._halve_tiles(error)
            # Here the error is gone, which referred to the memory of the failed evaluation.
            descent.continue_with(self._open())
