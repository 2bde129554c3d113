"""How fast a film is painted: seconds a frame, and the time that is left."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from statistics import median_low
from time import perf_counter

_RECENT = 20  # frames of each kind from which the pace is estimated


class FilmPace:
    """Measures frames of two kinds: those that begin a scene, and those that follow another.

    The median of the last frames counts, so that a pause, such as by Ctrl-Z, does not.

    Parameters
    ----------
    ratio
        How many times as long a frame that begins a scene is expected to take as another. It counts
        only while frames of one kind alone have been measured.
    """

    def __init__(self, *, ratio: float = 1.0) -> None:
        self._ratio = ratio
        self._firsts = deque[float](maxlen=_RECENT)
        self._others = deque[float](maxlen=_RECENT)

    def add(self, seconds: float, *, is_first: bool = False) -> None:
        """Count the seconds that a frame took."""
        (self._firsts if is_first else self._others).append(seconds)

    @property
    def seconds_each(self) -> float | None:
        """Seconds of a frame that follows another; None before any frame was measured."""
        if self._others:
            return median_low(self._others)
        return median_low(self._firsts) / self._ratio if self._firsts else None

    def seconds_left(self, *, firsts: int = 0, others: int = 0) -> float | None:
        """Return the seconds that so many frames will take; None before any was measured."""
        each = self.seconds_each
        if each is None:
            return None
        first = median_low(self._firsts) if self._firsts else each * self._ratio
        return firsts * first + others * each


class Stopwatch:
    """Measures the time between its calls.

    Parameters
    ----------
    clock
        The time in seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._mark = clock()

    def lap(self) -> float:
        """Return the seconds since the last call, or since the stopwatch was made."""
        before, self._mark = self._mark, self._clock()
        return self._mark - before


def timed(indices: Iterable[int]) -> Iterator[tuple[int, float | None]]:
    """Yield numbers of frames, each with the seconds that a frame takes.

    What is done with a frame after it was yielded is not counted.
    """
    pace, watch = FilmPace(), Stopwatch()
    for index in indices:
        pace.add(watch.lap())
        yield index, pace.seconds_each
        watch.lap()
