"""What a worker of a cluster is asked to paint: one frame of a film, as text and files."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from ortstyle.errors import JobError
from ortstyle.jobs.cluster_film_files import check_name
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.serialization import from_dict, record_from_dict, with_paths
from ortstyle.settings.settings import Settings
from ortstyle.video.painting.passes import Step
from ortstyle.video.painting.scene_painter import Palette

_MOST_PIXELS = 1 << 28  # of a frame
_MOST_NAMES = 1000
_MOST_INDEX = 10**9


@dataclass(frozen=True, kw_only=True)
class FilmRequest:
    """A frame to paint, as data of JSON.

    Attributes
    ----------
    film, part
        Names that no other film has, and no other part of it.
    is_last
        Whether no further frame of the part is asked of this worker.
    step
        What to paint: `passes.Step`.
    size
        Width and height of the frames.
    settings, film_settings
        Of each picture, where names of files stand for paths, and of the film.
    styles, weights, masks
        As in `Palette`, where names of files stand for pictures.
    needs
        The names of all files that the frame may take.
    device, memory
        Name of the device, and bytes that may be taken; None for what the worker has.
    threads, shares
        Threads that were asked for, 0 for none; and for each worker those that are its share.
    folder
        The folder of the film, if the worker sees it under this path; else None.
    """

    film: str
    part: str
    is_last: bool
    step: Step
    size: tuple[int, int]
    settings: Mapping[str, Any]
    film_settings: Mapping[str, Any]
    styles: tuple[str, ...]
    weights: tuple[float, ...] | None
    masks: tuple[str | None, ...] | None
    needs: tuple[str, ...]
    device: str
    memory: int | None
    threads: int
    shares: Mapping[str, int]
    folder: str | None

    def to_json(self) -> str:
        """Return the request as JSON, in ASCII."""
        found = asdict(self)
        found["step"]["of_last_pass"] = sorted(self.step.of_last_pass)
        return json.dumps(found)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a request, which may come from a stranger.

        Raises
        ------
        JobError
            It has another form.
        """
        try:
            found = json.loads(text)
            step = Step(
                **found["step"]
                | {name: _indices(found["step"][name]) for name in ("earlier", "to_keyframe")}
                | {"of_last_pass": frozenset(_indices(found["step"]["of_last_pass"]))}
            )
            request = cls(
                **found
                | {name: _tuple(found[name]) for name in ("size", "styles", "needs")}
                | {name: _tuple_or_none(found[name]) for name in ("weights", "masks")}
                | {"step": step}
            )
            request._check()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise JobError("a request to paint a frame has the wrong form") from error
        return request

    def _check(self) -> None:
        """Raise an error if a value is of the wrong kind; settings are checked when read."""
        width, height = self.size
        step = self.step
        numbers = (width, height, step.index, step.pass_, self.threads, *self.shares.values())
        if not all(type(number) is int and 0 <= number < _MOST_INDEX for number in numbers):
            raise ValueError("a number is out of range")
        if not 0 < width * height <= _MOST_PIXELS or not 0 <= step.own <= 1:
            raise ValueError("the size is out of range")
        if not all(type(values) is dict for values in (self.settings, self.film_settings)):
            raise TypeError("no settings")
        for text in (self.film, self.part, self.device, self.folder or ""):
            if not isinstance(text, str):
                raise TypeError("no text")
        if self.memory is not None and type(self.memory) is not int:
            raise TypeError("no number of bytes")
        for name in (*self.needs, *self.styles, *filter(None, self.masks or ())):
            check_name(name)
        if any(type(weight) not in {int, float} for weight in self.weights or ()):
            raise TypeError("no weight")

    def read_settings(self, path_of: Callable[[str], str]) -> Settings:
        """Return the settings, with the paths at which the files lie by their names.

        Raises
        ------
        SettingsError
            A setting is unknown, or out of range.
        """

        def rename(name: str) -> str:
            return path_of(check_name(name)) if name.startswith("file-") else name

        from_dict(self.settings)  # which checks the types
        return from_dict(with_paths(self.settings, rename))

    def read_film_settings(self) -> FilmSettings:
        """Return the settings of the film.

        Raises
        ------
        SettingsError
            A setting is unknown, or out of range.
        """
        return record_from_dict(FilmSettings, self.film_settings)

    def read_palette(self, picture_of: Callable[[str], Any]) -> Palette:
        """Return the palette, with the pictures of the files by their names."""
        masks = self.masks
        return Palette(
            tuple(picture_of(name) for name in self.styles),
            self.weights,
            None if masks is None else tuple(None if m is None else picture_of(m) for m in masks),
        )


def _indices(values: Any) -> tuple[int, ...]:
    found = _tuple(values)
    if not all(type(value) is int and 0 <= value < _MOST_INDEX for value in found):
        raise ValueError("no frames")
    return found


def _tuple(values: Any) -> tuple[Any, ...]:
    if type(values) is not list or len(values) > _MOST_NAMES:
        raise TypeError("no list")
    return tuple(values)


def _tuple_or_none(values: Any) -> tuple[Any, ...] | None:
    return None if values is None else _tuple(values)
