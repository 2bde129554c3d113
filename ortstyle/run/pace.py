"""How fast a run is: the time that it took and the time that is left, without pauses."""

from collections import deque
from collections.abc import Callable
from statistics import median_low
from time import perf_counter, process_time
from typing import NamedTuple

_OUTLIER = 10  # times as long as the evaluations usually take
_PAUSE = 5.0  # seconds; less is no pause
_FIRST_PAUSE = 30.0  # the same for an evaluation that none can be compared with
_RECENT = 100  # evaluations from which the pace is estimated


class _Taken(NamedTuple):
    """The seconds of an evaluation: in all, of the processor's cores together, without a pause."""

    passed: float
    busy: float
    active: float


class Pace:
    """Measures the evaluations of a run, scale by scale.

    A pause is no work: the process was stopped by Ctrl-Z, or the computer slept, and no clock of
    all systems leaves both out. An evaluation counts as interrupted by a pause if it takes many
    times as long as the others and the processor did little meanwhile.

    Parameters
    ----------
    seconds
        The time that the run took before it was resumed.
    clock, processor
        The time, and the processor time of this process, in seconds.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        *,
        clock: Callable[[], float] = perf_counter,
        processor: Callable[[], float] = process_time,
    ) -> None:
        self._clock, self._processor = clock, processor
        #: The time that the run has taken up to the last evaluation, without pauses.
        self.seconds = seconds
        self._mark: tuple[float, float] | None = None  # both clocks, when last looked at
        self._taken: deque[_Taken] = deque(maxlen=_RECENT)
        self._pixels = 0
        self._expected: _Taken | None = None  # of the first evaluation of a scale

    def begin_scale(self, pixels: int) -> None:
        """Begin to measure the evaluations of a scale, whose picture has so many pixels.

        The time since the last evaluation of the scale before is part of the run.
        """
        since = self._look()
        if since is not None:
            self.seconds += since[0]
        if self._taken:
            usual, more = self._usual(), pixels / self._pixels
            self._expected = _Taken(usual.passed * more, usual.busy * more, 0.0)
        self._pixels = pixels
        self._taken.clear()

    def count_evaluation(self) -> None:
        """Count the time since this was called last, or the scale was begun, as an evaluation."""
        since = self._look()
        assert since is not None  # noqa: S101  a scale was begun
        active = self._without_pause(*since)
        self._taken.append(_Taken(*since, active))
        self.seconds += active

    def skip(self) -> None:
        """Leave out the time since the last evaluation: the caller has let the run wait."""
        if self._mark is not None:
            self._look()

    def _without_pause(self, passed: float, busy: float) -> float:
        """Return how much of the time that an evaluation took was no pause."""
        usual = self._usual() if self._taken else self._expected
        if usual is None:
            paused = passed - busy > _FIRST_PAUSE and busy < passed / 4
            return busy if paused else passed
        # More work than usual takes more of the processor, unless another device does it all.
        more = busy / usual.busy if usual.busy > usual.passed / 20 else 1.0
        active = usual.passed * max(1.0, more)
        paused = passed > _OUTLIER * usual.passed and passed - active > _PAUSE
        return active if paused else passed

    @property
    def seconds_each(self) -> float:
        """The time that an evaluation takes at this scale; outliers count as any other."""
        usual = self._usual().passed
        counted = [usual if one.passed > _OUTLIER * usual else one.active for one in self._taken]
        return sum(counted) / len(counted)

    def _usual(self) -> "_Taken":
        """Return the evaluation of this scale that took the median of the times."""
        return median_low(self._taken)

    def _look(self) -> tuple[float, float] | None:
        """Return the time and the processor time that have passed since the last call, if any."""
        last, self._mark = self._mark, (self._clock(), self._processor())
        return last and (self._mark[0] - last[0], self._mark[1] - last[1])
