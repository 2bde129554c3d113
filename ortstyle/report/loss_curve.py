"""The loss curve of a run: the loss and its terms at every evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ortstyle.run.iterate import Iterate

TOTAL = "total"
"""Name of the sum of the terms among the losses of a sample."""


@dataclass(frozen=True, kw_only=True)
class LossSample:
    """The losses at one evaluation.

    Attributes
    ----------
    scale
        Index of the scale.
    size
        Width and height of the picture at this scale, in pixels.
    evaluation
        Number of the evaluation, counted from 1 over all scales.
    losses
        Every term by its name, and their sum as `TOTAL`.
    """

    scale: int
    size: tuple[int, int]
    evaluation: int
    losses: dict[str, float]


class LossCurve:
    """Collects the losses of a run, and converts them to and from what a checkpoint holds.

    Only the numbers of each iterate are kept, so that its picture can be freed.
    """

    def __init__(self) -> None:
        self._samples: list[LossSample] = []

    @property
    def samples(self) -> Sequence[LossSample]:
        """The losses collected so far, one sample an evaluation."""
        return self._samples

    def update(self, iterate: Iterate) -> None:
        """Add the losses of one more evaluation."""
        losses = {**iterate.terms, TOTAL: iterate.loss}
        sample = LossSample(
            scale=iterate.scale[0],
            size=(iterate.width, iterate.height),
            evaluation=iterate.evaluations,
            losses=losses,
        )
        if self._samples and self._samples[-1].losses.keys() != losses.keys():
            self._samples.clear()  # a checkpoint has held losses that this run does not have
        self._samples.append(sample)

    def to_table(self) -> tuple[list[str], NDArray[np.float64]]:
        """Return the curve in the form in which checkpoints hold it.

        Returns
        -------
        names
            Names of the losses.
        table
            ``(evaluations, 4 + len(names))`` float64. The columns are the index of the scale, the
            width, the height, the number of the evaluation, and then a loss for each name.
        """
        names = list(self._samples[0].losses) if self._samples else []
        rows = [
            (s.scale, *s.size, s.evaluation, *(s.losses[name] for name in names))
            for s in self._samples
        ]
        return names, np.array(rows, np.float64).reshape(len(rows), 4 + len(names))

    @classmethod
    def from_table(cls, names: Sequence[str], table: NDArray[np.float64]) -> Self:
        """Return the curve whose names and table `to_table` returned.

        Raises
        ------
        TypeError, ValueError
            They are not what it returned.
        """
        if not all(isinstance(name, str) and name.isidentifier() for name in names):
            raise TypeError("a loss has no name")
        curve = cls()
        for scale, width, height, evaluation, *losses in table.tolist():
            sample = LossSample(
                scale=int(scale),
                size=(int(width), int(height)),
                evaluation=int(evaluation),
                losses=dict(zip(names, losses, strict=True)),
            )
            curve._samples.append(sample)
        return curve
