"""A run through its scales, which can be kept and gone on from."""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from ortstyle.errors import CheckpointError, ExhaustedError
from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.whole import Evaluation, Pixels
from ortstyle.optim import Stop
from ortstyle.run.checkpoint import Arrays, Checkpoint, Snapshot, damaged, write_checkpoint
from ortstyle.run.descent import AnyObjective, Descent
from ortstyle.run.inputs import Inputs, resized
from ortstyle.run.iterate import Iterate
from ortstyle.run.objective_factory import ObjectiveFactory
from ortstyle.run.position import Numbers, Position
from ortstyle.runtime.session import threads
from ortstyle.settings.record import Schedule, Settings

_RESTARTS = 3  # a run that diverges more often has settings that no restart mends
_RUNAWAY = {Stop.NOT_FINITE, Stop.DIVERGED}
_START, _OPTIMIZER = "start", "optimizer."  # names of a snapshot's arrays


class Run(Generator[Iterate, None, None]):
    """A run that has been prepared: reading it does the work, closing it stops the work."""

    def __init__(
        self,
        scales: "_Run",
        iterates: Generator[Iterate, None, None],
        provenance_of: Callable[[], dict[str, Any]],
    ) -> None:
        self._scales, self._iterates, self._describe = scales, iterates, provenance_of

    def send(self, value: None, /) -> Iterate:
        """Go on to the next evaluation, as `next` does."""
        return self._iterates.send(value)

    def throw(self, *raised: Any) -> Iterate:
        """Stop with an exception; `close` stops without."""
        return self._iterates.throw(*raised)

    @property
    def between_scales(self) -> bool:
        """Whether the evaluation read last is the last of its scale."""
        return self._scales.between

    def plan(self, side: int) -> ScalePlan:
        """Give how a scale of a longest side is painted."""
        return self._scales.plan(side)

    @property
    def summary(self) -> str:
        """A line that says how the run is painted: scales, tiles, memory."""
        return self._scales.summary

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        header: Mapping[str, Any] | None = None,
        arrays: Arrays | None = None,
    ) -> None:
        """Write a checkpoint, from which `stylize` goes on bit for bit.

        To be called between two iterates. `header` and `arrays` are kept beside; see `checkpoint`.

        Raises
        ------
        CheckpointError
            It can't be written, or no evaluation has been read yet, or the run is over and has
            been read to the end.
        """
        now = self._scales.snapshot()
        record = {"run": self._describe(), "threads": threads(), "plan": now.plan}
        record["position"] = now.position
        write_checkpoint(Path(path), record | dict(header or {}), now.arrays | (arrays or {}))


class _Run:
    """A run through the scales of a schedule, coarse to fine."""

    def __init__(
        self,
        inputs: Inputs,
        settings: Settings,
        factory: ObjectiveFactory,
        start: Pixels,
        schedule: Schedule,
    ) -> None:
        self._inputs, self._settings = inputs, settings
        self._factory, self._start, self._scales = factory, start, schedule
        self._at = Position(schedule=schedule)
        self._notice = "; ".join(inputs.notices)
        self._began = 0.0
        self._descent: Descent | None = None
        self._given: Checkpoint | None = None
        self.between = False

    @classmethod
    def again(
        cls,
        inputs: Inputs,
        settings: Settings,
        factory: ObjectiveFactory,
        checkpoint: Checkpoint,
        notice: str,
    ) -> Self:
        """Go on from a checkpoint."""
        given = checkpoint.snapshot
        try:
            at = Position.of(given.position)
            if at.done:  # the optimiser knows the picture
                width, height = inputs.size(at.schedule[at.scale][0])
                start = np.zeros((1, 3, height, width), np.float32)
            else:
                start = np.array(given.arrays[_START])  # not in the file, which is written again
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise damaged(checkpoint.path) from error
        run = cls(inputs, settings, factory, start, at.schedule)
        run._at, run._given = at, replace(checkpoint, arrays=dict(checkpoint.arrays))
        run._notice = "; ".join(filter(None, (notice, run._notice)))
        return run

    def plan(self, side: int) -> ScalePlan:
        """Give how a scale is painted."""
        return self._factory.plan(side)

    @property
    def summary(self) -> str:
        """A line that says how the run is painted."""
        return self._factory.summary(self._scales)

    def snapshot(self) -> Snapshot:
        """Give where the run is, which stands at the iterate that it gave last."""
        if self._given is not None:
            return self._given.snapshot
        if self._descent is None:
            raise CheckpointError("there is nothing to keep; save a run after an evaluation")
        at = replace(self._at, seconds=perf_counter() - self._began)
        if self.between:
            at = replace(at, scale=at.scale + 1, done=0, iterations=0)
            arrays: Arrays = {_START: self._descent.picture()().clip(0, 255)}
        else:
            state = self._descent.optimizer.state(copy=False)  # until it is written
            arrays = {_OPTIMIZER + name: array for name, array in state.items()}
        return Snapshot(position=at.to_dict(), plan=self._factory.to_dict(), arrays=arrays)

    def iterates(self, first: AnyObjective | None = None) -> Generator[Iterate, None, None]:
        """Paint, scale after scale, each from where the last one came to."""
        try:
            if self._given and not self._at.done:
                yield from self._once_more(self._picture)
            for index in range(self._at.scale, len(self._scales)):
                made, first = first, None
                # No name here may hold it, or it would be there while the next one is made.
                yield from self._scale(self._open(self._scales[index][0], made), index)
                del made
        finally:
            self._descent = None

    def _picture(self) -> Pixels:
        return self._start

    def _open(self, side: int, made: AnyObjective | None = None) -> AnyObjective:
        """Open the objective of a scale, in smaller tiles as long as memory does not suffice."""
        while True:
            objective, made = made or self._factory.make(side), None
            try:
                return objective.open()
            except (ExhaustedError, MemoryError) as error:
                objective.close()
                self._halve(side, error)
            del objective

    def _halve(self, side: int, error: Exception) -> None:
        notice = self._factory.halve(side, error)
        self._notice = "; ".join(filter(None, (self._notice, notice)))

    def _scale(self, objective: AnyObjective, index: int) -> Iterator[Iterate]:
        """Paint at one scale, from `_start`, and leave there what it came to."""
        side, evaluations = self._scales[index]
        size, plan = self._inputs.size(side), self._factory.plan(side)
        descent = Descent(
            objective,
            resized(self._start, size),
            self._settings,
            history=plan.history,
            storage=plan.vectors,
        )
        self._start = np.empty(0, np.float32)  # the optimiser has it
        try:
            yield from self._painted(descent, index, size, evaluations)
        finally:
            descent.objective.close()

    def _painted(
        self, descent: Descent, index: int, size: tuple[int, int], evaluations: int
    ) -> Iterator[Iterate]:
        """Paint with an optimiser, from a checkpoint if there is one, and keep what it came to."""
        self._began = self._began or perf_counter() - self._at.seconds
        if self._given:
            _load(descent, self._given)
            yield from self._once_more(descent.picture())
        self._descent = descent
        yield from self._descend(descent, index, size, evaluations)
        self._start = descent.picture()().clip(0, 255)
        self._descent, self.between = None, False  # and the optimiser's history with it
        self._at = replace(self._at, scale=index + 1, done=0, iterations=0)

    def _descend(
        self, descent: Descent, index: int, size: tuple[int, int], evaluations: int
    ) -> Iterator[Iterate]:
        """Evaluate at one scale, so often or until it goes no further."""
        colors = self._inputs.colors(size)
        began, done = perf_counter(), self._at.done
        for n in range(done + 1, evaluations + 1):
            if descent.optimizer.stop is not None:
                self._restart(descent)
            found = self._evaluate(descent, self._scales[index][0])
            optimizer = descent.optimizer
            at = self._at = replace(self._at, done=n, evaluations=self._at.evaluations + 1)
            notice, finished = "", False
            if optimizer.stop is not None:
                hopeless = optimizer.stop not in _RUNAWAY or at.restarts == _RESTARTS
                finished = hopeless or n == evaluations
                then = "starting again from the best picture"
                if finished:
                    last = index + 1 == len(self._scales)
                    then = "stopping" if last else "going on at the next scale"
                notice = f"evaluation {at.evaluations}: {optimizer.stop.value}; {then}"
            each = (perf_counter() - began) / (n - done)
            iterate = Iterate(
                width=size[0],
                height=size[1],
                scale=(index, len(self._scales)),
                iteration=at.iterations + optimizer.iterations,
                evaluations=at.evaluations,
                loss=found.loss,
                terms=MappingProxyType(dict(found.terms)),
                seconds=perf_counter() - self._began,
                seconds_left=each * self._ahead(index, evaluations - n),
                notice="; ".join(filter(None, (self._notice, notice))),
                _pixels=descent.picture(),
                _colors_of=colors,
            )
            self._at = replace(at, last=Numbers.of(iterate))
            self.between = finished or n == evaluations
            yield iterate
            self._notice = ""
            if finished:
                return

    def _evaluate(self, descent: Descent, side: int) -> Evaluation:
        """Evaluate, in smaller tiles as long as memory does not suffice."""
        while True:
            try:
                return descent.evaluate()
            except (ExhaustedError, MemoryError) as error:
                descent.objective.close()
                self._halve(side, error)
            descent.continue_with(self._open(side))  # the error, which holds what it met, is gone

    def _restart(self, descent: Descent) -> None:
        at, gone = self._at, descent.optimizer.iterations
        self._at = replace(at, restarts=at.restarts + 1, iterations=at.iterations + gone)
        descent.restart()

    def _once_more(self, pixels: Callable[[], Pixels]) -> Iterator[Iterate]:
        """Give the iterate that the checkpoint was taken at, and release_pages the checkpoint."""
        last, notice = self._at.last, self._notice
        assert last is not None  # noqa: S101
        self._notice = ""
        yield last.iterate(pixels, self._inputs.colors((last.width, last.height)), notice=notice)
        self._given = None

    def _ahead(self, index: int, left: int) -> float:
        """Count the evaluations to come, in those of this scale, by their pixels."""
        side = self._scales[index][0]
        finer = self._scales[index + 1 :]
        return left + sum(count * (larger / side) ** 2 for larger, count in finer)


def _load(descent: Descent, checkpoint: Checkpoint) -> None:
    """Put the optimiser where a checkpoint says."""
    arrays = checkpoint.arrays.items()
    try:
        descent.optimizer.load(
            {k.removeprefix(_OPTIMIZER): v for k, v in arrays if k.startswith(_OPTIMIZER)}
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(checkpoint.path) from error
