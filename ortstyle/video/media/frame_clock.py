"""The exact times of a film's frames, also where the file's are missing or run backwards."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ortstyle.video.media.pyav import fraction_of

_JUMP_BACK = 1  # seconds; a film whose times run back so far has begun anew
_JUMP_AHEAD = 24 * 3600  # seconds; the same
_FARTHEST = 10**7  # seconds from 0 at which a film may begin


@dataclass
class FrameClock:
    """Gives each frame a time later than the one before it, the file's own where that is one.

    Attributes
    ----------
    time_base
        The unit of times.
    step
        Seconds from frame to frame where nothing else is known.
    mended
        How many frames had no time, or one that could not be.
    """

    time_base: Fraction
    step: Fraction
    mended: int = 0
    _last: Fraction | None = field(default=None, repr=False)
    _step: Fraction | None = field(default=None, repr=False)
    _shift: Fraction = field(default=Fraction(0), repr=False)

    def read(self, frame: Any) -> tuple[Fraction, Fraction | None]:
        """Return the time and the duration of a decoded frame of PyAV, in seconds.

        The duration is None where the file gives none.
        """
        unit = fraction_of(frame.time_base) or self.time_base
        told = (getattr(frame, "duration", None) or 0) * unit  # PyAV before 15 does not tell it
        duration = told if 0 < told < _JUMP_AHEAD else None
        time = None if frame.pts is None else frame.pts * unit
        self._last = self._place(time)
        self._step = duration
        return self._last, duration

    def _place(self, time: Fraction | None) -> Fraction:
        last = self._last
        if last is None:
            if time is not None and abs(time) < _FARTHEST:
                return time
            self.mended += 1
            self._shift = -time if time is not None else Fraction(0)
            return Fraction(0)
        following = last + (self._step or self.step)
        if time is None:
            self.mended += 1
            return following
        time += self._shift
        if -_JUMP_BACK < time - last < _JUMP_AHEAD:
            self.mended += time <= last
            return max(time, last + self.time_base)
        self.mended += 1
        self._shift += following - time
        return following
