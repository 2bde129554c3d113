"""What is asked of a film, checked before any file is read."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import check_one_each
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.painting.styles_over_time import StylesOverTime
from ortstyle.video.times import format_time

#: What stays of the folder of a film that is finished; see `frames.film_folder`.
Keep = Literal["nothing", "painted", "all"]

_STARTS = ("content", "noise", "style")  # words of `Settings.init`
#: Settings that tell several styles apart, which --style-at does by time.
_BY_STYLE = ("content_mask", "style_mask", "style_blend")


@dataclass(frozen=True, kw_only=True)
class FilmOrder:
    """What to paint, how, and where to.

    Attributes
    ----------
    source
        The clip: a film, an animation, or a folder of pictures.
    styles
        Pictures of the styles. Beside `style_times` at most one, which is the style at the
        beginning.
    settings
        The settings of each picture. `content_mask` may name films and folders of pictures.
    film, encoding
        How frames hang together, and how the film's file is encoded.
    output
        The film's file; for PNG a folder or a pattern.
    folder
        The folder of frames while the film is painted; None for the output's name with ".frames".
    begin, end
        The part to paint, in seconds from the clip's first frame; None for all of it.
    rate
        Frames a second of a folder of pictures.
    style_times
        Moments, in seconds from the clip's first frame, at each of which one style counts alone.
    keep
        What stays of the folder when the film is written.
    restart
        Whether to throw away what an earlier run with the same folder has painted.

    Raises
    ------
    SettingsError
        There is no style, or what is asked contradicts itself.
    """

    source: Path
    styles: tuple[Path, ...]
    output: Path
    settings: Settings = field(default_factory=Settings)
    film: FilmSettings = field(default_factory=FilmSettings)
    encoding: FilmEncoding = field(default_factory=FilmEncoding)
    folder: Path | None = None
    begin: Fraction | None = None
    end: Fraction | None = None
    rate: Fraction | None = None
    style_times: tuple[tuple[Fraction, Path], ...] = ()
    keep: Keep = "nothing"
    restart: bool = False

    def __post_init__(self) -> None:
        if not self.styles and not self.style_times:
            raise SettingsError("there is no style; name a painting, or give --style-at")
        if self.end is not None and self.end <= (self.begin or 0):
            raise SettingsError(
                f"--to {format_time(self.end)} is not after --from "
                f"{format_time(self.begin or Fraction(0))}; give a later time"
            )
        if self.settings.init not in _STARTS:
            raise SettingsError(
                f"--init {self.settings.init}: a film starts from its own frames; give content, "
                "noise or style"
            )
        if self.style_times:
            self._check_style_times()
        else:
            self._check_styles()

    @property
    def work_folder(self) -> Path:
        """The folder of frames while the film is painted."""
        name = self.output.name.replace("%", "")  # of a pattern such as frame-%05d.png
        return self.folder or self.output.with_name(f"{name}.frames")

    @property
    def styles_over_time(self) -> StylesOverTime | None:
        """The styles by time; None where the same ones count for the whole film."""
        if not self.style_times:
            return None
        start = [(Fraction(0), path) for path in self.styles]
        return StylesOverTime.of([*start, *self.style_times])

    @property
    def all_styles(self) -> tuple[Path, ...]:
        """All pictures of styles, each once."""
        return tuple(dict.fromkeys([*self.styles, *(path for _, path in self.style_times)]))

    def with_settings(self, settings: Settings) -> "FilmOrder":
        """Return the order with other settings."""
        return replace(self, settings=settings)

    def _check_styles(self) -> None:
        count, settings = len(self.styles), self.settings
        settings.blend(count)
        settings.style_scales(count)
        for name in ("content_mask", "style_mask"):
            if masks := getattr(settings, name):
                check_one_each(f"--{name.replace('_', '-')}", "masks", masks, count)

    def _check_style_times(self) -> None:
        if len(self.styles) > 1:
            raise SettingsError(
                "--style-at: name one STYLE at most, which is the style at the beginning"
            )
        given = [name for name in _BY_STYLE if getattr(self.settings, name)]
        if isinstance(self.settings.style_scale, tuple):
            given.append("style_scale")
        if given:
            raise SettingsError(
                f"--{given[0].replace('_', '-')} is for styles that count together; --style-at "
                "gives them by time, so use one of them"
            )
        _ = self.styles_over_time
