"""What the films of a batch have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ortstyle.jobs.film_part import FilmPart
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding


@dataclass(frozen=True, kw_only=True)
class FilmOptions:
    """What the films of a batch have in common, beside settings.

    Attributes
    ----------
    values, encoding
        Values of `FilmSettings` and of `FilmEncoding`, by name.
    begin, end
        The part of each clip to paint, in seconds from its first frame.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    encoding: Mapping[str, Any] = field(default_factory=dict)
    begin: Fraction | None = None
    end: Fraction | None = None

    @property
    def part(self) -> FilmPart:
        """What each job says of its film.

        Raises
        ------
        SettingsError
            A value is out of range.
        """
        return FilmPart(
            settings=FilmSettings(**self.values),
            encoding=FilmEncoding(**self.encoding),
            begin=self.begin,
            end=self.end,
        )
