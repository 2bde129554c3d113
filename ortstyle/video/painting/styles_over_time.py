"""Styles that follow one another along a film, each blending into the next."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Self

from ortstyle.errors import SettingsError
from ortstyle.video.times import format_time


@dataclass(frozen=True)
class StylesOverTime:
    """Styles at moments of a film; `of` makes the record from entries in any order.

    Attributes
    ----------
    times
        The moments in seconds, ascending, at each of which one style counts alone.
    paths
        The pictures of the styles at these moments.
    """

    times: tuple[Fraction, ...]
    paths: tuple[Path, ...]

    @classmethod
    def of(cls, entries: Iterable[tuple[Fraction, Path]]) -> Self:
        """Return the record of entries, each a moment in seconds and a style's picture.

        Raises
        ------
        SettingsError
            There is no entry, or two have the same moment.
        """
        ordered = sorted(entries, key=lambda entry: entry[0])
        if not ordered:
            raise SettingsError("--style-at: there is no style; give a time and a painting")
        times = tuple(time for time, _ in ordered)
        for before, after in pairwise(times):
            if before == after:
                raise SettingsError(
                    f"--style-at: two styles are given for {format_time(after)}; give one, or "
                    "another time"
                )
        return cls(times, tuple(path for _, path in ordered))

    def at(self, time: Fraction) -> tuple[tuple[Path, ...], tuple[float, ...]]:
        """Return the styles of a frame and their weights.

        Before the first moment and after the last one, the nearest style counts alone. Between two,
        the weights change linearly. A style of weight 0 is left out, and one that is both the
        style before and the style after counts once.

        Parameters
        ----------
        time
            Of the frame, in seconds.

        Returns
        -------
        paths : tuple of Path
            One or two pictures.
        weights : tuple of float
            Their weights, which add up to 1.
        """
        after = bisect_right(self.times, time)
        if after == 0:
            return self.paths[:1], (1.0,)
        first, second = self.paths[after - 1], self.paths[min(after, len(self.paths) - 1)]
        if first == second or time == self.times[after - 1]:
            return (first,), (1.0,)
        begin, end = self.times[after - 1 : after + 1]
        weight = float((time - begin) / (end - begin))
        return (first, second), (1.0 - weight, weight)
