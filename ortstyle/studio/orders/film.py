"""What an order says of a film: how its frames hang together, its file, and the part to paint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from ortstyle.jobs.film_part import FilmPart
from ortstyle.settings.checks import check_choice
from ortstyle.settings.declaration import Option, options_of
from ortstyle.settings.film import FilmSettings
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order_values import read_moment
from ortstyle.studio.orders.ordered_settings import read_value, refusing
from ortstyle.video.media.encoding import FilmEncoding

if TYPE_CHECKING:
    from ortstyle.studio.orders.order import Order

DRAFT_SECONDS = 3
"""How much of a film a draft of it paints."""

_NAMES = {"settings", "begin", "end"}
#: The kind of file by the codec that asks for another one than MP4.
_SUFFIXES = {"prores": ".mov", "ffv1": ".mkv"}


@cache
def film_options() -> Mapping[str, Option]:
    """Return the options of films that an order may change, by name."""
    return {
        each.name: each for record in (FilmSettings, FilmEncoding) for each in options_of(record)
    }


@dataclass(frozen=True, kw_only=True)
class OrderedFilm:
    """How to paint a film.

    Attributes
    ----------
    settings
        Values of `FilmSettings` and `FilmEncoding` that differ from the defaults, by name.
    begin, end
        The part to paint, in seconds from the first frame; None for all of it.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    begin: float | None = None
    end: float | None = None

    @classmethod
    def from_json(cls, data: object) -> Self | None:
        """Return the film of an order as a page has sent it; None for none.

        Raises
        ------
        Refused
            It has the wrong form, or a value is unfit.
        """
        if data is None:
            return None
        if not isinstance(data, dict) or data.keys() - _NAMES:
            raise Refused("A film has settings, a begin and an end, and nothing else", field="film")
        values = data.get("settings", {})
        if not isinstance(values, dict):
            raise Refused("The settings of a film must be names with values", field="film")
        found = {}
        for name, value in values.items():
            with refusing("film"):
                check_choice("setting", name, film_options())
            with refusing(name):
                found[name] = read_value(film_options()[name], value)
        begin, end = (read_moment(data.get(name), name) for name in ("begin", "end"))
        if end is not None and end <= (begin or 0.0):
            raise Refused("The part of the film ends before it begins", field="end")
        film = cls(settings=found, begin=begin, end=end)
        _ = film.records  # all of them together
        return film

    @property
    def records(self) -> tuple[FilmSettings, FilmEncoding]:
        """The settings of the film, and how its file is encoded."""
        with refusing("film"):
            return FilmSettings(**self._of(FilmSettings)), FilmEncoding(**self._of(FilmEncoding))

    @property
    def suffix(self) -> str:
        """The suffix of the film's file."""
        return _SUFFIXES.get(self.records[1].codec, ".mp4")

    def part_for(self, order: "Order") -> FilmPart:
        """Return what makes the job of an order that of this film."""
        settings, encoding = self.records
        begin, end = self.span(order)
        return FilmPart(settings=settings, encoding=encoding, begin=_exact(begin), end=_exact(end))

    def span(self, order: "Order") -> tuple[float | None, float | None]:
        """Return the part of the film that an order paints; of a draft some seconds."""
        if not order.draft:
            return self.begin, self.end
        begin = self.begin or 0.0 if order.moment is None else order.moment
        return begin, begin + DRAFT_SECONDS

    def _of(self, record: type) -> dict[str, Any]:
        names = {option.name for option in options_of(record)}
        return {name: value for name, value in self.settings.items() if name in names}


def _exact(seconds: float | None) -> Fraction | None:
    """Return a moment to the millisecond, as the page knows it."""
    return None if seconds is None else Fraction(round(seconds * 1000), 1000)
