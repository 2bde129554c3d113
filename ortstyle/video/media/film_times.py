"""Frames that are written, and their times in the ticks of the film's file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COARSEST = 10_000  # ticks a second, so that no rate loses precision
_FINEST = 1_000_000
_LATE = 1  # seconds: streams of broadcasts begin anywhere


@dataclass(frozen=True, eq=False)
class FilmFrame:
    """A painted frame with its time in the source's file.

    Attributes
    ----------
    time
        When it is shown first, in seconds; see `decode.SourceFrame`.
    duration
        How long it is shown, in seconds, if that is known. It counts for the last frame only.
    pixels
        ``(H, W, 3)`` uint8 or uint16, RGB.
    """

    time: Fraction
    duration: Fraction | None
    pixels: NDArray[Any]


@dataclass(frozen=True, eq=False)
class TimedFrame:
    """A frame with its place in the file.

    Attributes
    ----------
    frame
        The frame.
    start, length
        When it is shown and how long, in ticks.
    """

    frame: FilmFrame
    start: int
    length: int

    def without_pixels(self) -> "TimedFrame":
        """Return the same times with no pixels, which take memory."""
        empty = np.empty((0, 0, 3), np.uint8)
        return replace(self, frame=replace(self.frame, pixels=empty))


@dataclass(frozen=True, kw_only=True)
class Span:
    """The part of a clip that its film holds.

    Attributes
    ----------
    origin
        The time of the clip's file that becomes 0, in seconds.
    is_cut
        Whether the film begins later than the clip.
    hides_early
        Whether the film's file can hold packets of negative times, which players do not show.
    end
        The time at which the film ends, in seconds of the clip's file; None for its end.
    """

    origin: Fraction
    is_cut: bool = False
    hides_early: bool = False
    end: Fraction | None = None


def ticks_of(time_base: Fraction) -> Fraction:
    """Return the length of a tick in which a film's times are written, in seconds.

    Its inverse is a whole number. Times in units of ``time_base`` are whole numbers of ticks,
    unless this would take more than a million ticks a second.
    """
    rate = time_base.denominator
    if rate > _FINEST:
        return Fraction(1, _FINEST)
    return Fraction(1, rate * -(-_COARSEST // rate))


def origin_of(first: Fraction, *, is_cut: bool, others: Fraction | None = None) -> Fraction:
    """Return the time of the source's file at which the new film begins, in seconds.

    A film that is cut begins with its first frame, and so does one whose first frame has a negative
    time, which players would not show. Else times stay as they are, unless the file begins later
    than after a second, as those of broadcasts do: then it begins with what comes first.

    Parameters
    ----------
    first
        Time of the first frame.
    is_cut
        Whether the film begins later than its source.
    others
        The earliest time of the streams that are copied; None for none.
    """
    if is_cut or first < 0:
        return first
    earliest = first if others is None else min(first, others)
    return earliest if earliest >= _LATE else Fraction(0)


def timed(
    frames: Iterable[FilmFrame],
    tick: Fraction,
    origin: Fraction,
    *,
    rate: Fraction,
    finest: Fraction = Fraction(0),
) -> Iterator[TimedFrame]:
    """Yield frames with their times in ticks, each once the next one is known.

    A frame lasts until the next one; the last one as long as it says, else as long as the others
    on average, and one alone as long as a frame of the average rate. Frames that come sooner than
    ``finest`` seconds after another are left out.

    Parameters
    ----------
    frames
        The frames, by time.
    tick
        Seconds of a tick.
    origin
        The time that becomes 0, in seconds.
    rate
        Average frames a second.
    finest
        The shortest time that a frame may be shown, in seconds.
    """
    least = max(1, round(finest / tick))
    waiting: FilmFrame | None = None
    start, count, reached = 0, 0, Fraction(0)
    for frame in frames:
        begins = round((frame.time - origin) / tick)
        if waiting is None:
            waiting, start = frame, begins
        elif begins >= start + least:
            yield TimedFrame(waiting, start, begins - start)
            count, reached = count + 1, reached + (begins - start) * tick
            waiting, start = frame, begins
    if waiting is not None:
        lasts = waiting.duration or (reached / count if count else 1 / rate)
        yield TimedFrame(waiting, start, max(least, round(lasts / tick)))
