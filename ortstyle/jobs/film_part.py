"""What makes a job that of a film: how frames hang together, the file, the part, styles by time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any, Self

from ortstyle.errors import SettingsError
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.serialization import record_from_dict
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.times import format_time

_LONGEST = 50  # characters of a number of seconds
_MOST_SECONDS = 10**9
_MOST_RATE = 1000
_MOST_STYLES = 10_000


@dataclass(frozen=True, kw_only=True)
class FilmPart:
    """What a job says of a film, beside its `Settings`. It names no files; see `Job.inputs`.

    Attributes
    ----------
    settings, encoding
        How frames hang together, and how the film's file is encoded.
    begin, end
        The part to paint, in seconds from the clip's first frame; None for all of it.
    rate
        Frames a second of a folder of pictures; None for the usual ones.
    style_times
        The moments, in seconds from the clip's first frame, at which the last so many styles of
        the job count alone. One style may come before them, which counts at the beginning.

    Raises
    ------
    SettingsError
        A time or the rate is out of range, or the end is not after the beginning.
    """

    settings: FilmSettings = field(default_factory=FilmSettings)
    encoding: FilmEncoding = field(default_factory=FilmEncoding)
    begin: Fraction | None = None
    end: Fraction | None = None
    rate: Fraction | None = None
    style_times: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        for time in (self.begin, self.end, *self.style_times):
            if time is not None and not 0 <= time <= _MOST_SECONDS:
                raise SettingsError("a time of a film is out of range; give seconds from 0 on")
        if self.rate is not None and not 0 < self.rate <= _MOST_RATE:
            raise SettingsError(f"a film has up to {_MOST_RATE} frames a second; give a lower rate")
        if self.end is not None and self.end <= (self.begin or 0):
            raise SettingsError(
                f"--to {format_time(self.end)} is not after --from "
                f"{format_time(self.begin or Fraction(0))}; give a later time"
            )

    def check_styles(self, count: int) -> None:
        """Raise a `ValueError` unless the times go with so many styles."""
        times = len(self.style_times)
        if times and not times <= count <= times + 1:
            raise ValueError("its styles are not those that its times ask for")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it in a form that JSON can hold; times are exact, such as "1/3"."""
        return {
            "settings": self.settings.to_dict(),
            "encoding": asdict(self.encoding),
            "begin": _written(self.begin),
            "end": _written(self.end),
            "rate": _written(self.rate),
            "style_times": [str(time) for time in self.style_times],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` returned, also once it has been JSON of a stranger.

        Raises
        ------
        SettingsError
            A value is unknown or out of range.
        LookupError, TypeError, ValueError, ArithmeticError
            The data have another form.
        """
        times = data["style_times"]
        if not isinstance(times, Sequence) or isinstance(times, str) or len(times) > _MOST_STYLES:
            raise TypeError("the times of its styles are no list")
        return cls(
            settings=record_from_dict(FilmSettings, data["settings"]),
            encoding=record_from_dict(FilmEncoding, data["encoding"]),
            begin=_read(data["begin"]),
            end=_read(data["end"]),
            rate=_read(data["rate"]),
            style_times=tuple(map(_number, times)),
        )


def _written(number: Fraction | None) -> str | None:
    return None if number is None else str(number)


def _read(value: Any) -> Fraction | None:
    return None if value is None else _number(value)


def _number(value: Any) -> Fraction:
    """Return a number of `Fraction`'s text, of which "1e999999999" would take all memory."""
    if not isinstance(value, str) or len(value) > _LONGEST or "e" in value.lower():
        raise ValueError(f"{str(value)[:_LONGEST]!r} is no number of a film")
    return Fraction(value)
