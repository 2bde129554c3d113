"""What paints the scenes of a film elsewhere: the interface, and the order of the work."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.painting.passes import Step, steps_of
from ortstyle.video.painting.scene_painter import PaintedFrame, Palette


@dataclass(frozen=True)
class Notice:
    """What a person should know while a film is painted.

    Attributes
    ----------
    text
        One line.
    """

    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class FilmWork:
    """What is to be painted of a film.

    Attributes
    ----------
    folder
        The folder of the film, with all source frames; painted frames are put into it.
    palette_at
        Returns what a frame is painted with, by its number.
    settings, film
        As for `painting.scene_painter.paint_scene`.
    memory
        Bytes that a worker may take; None for what it has.
    parts
        The steps that are missing. Those of a part follow each other, because a frame is held to
        those before it; different parts know nothing of each other.
    """

    folder: FilmFolder
    palette_at: Callable[[int], Palette]
    settings: Settings
    film: FilmSettings
    memory: int | None
    parts: Sequence[Sequence[Step]]


class SceneWorkers(Protocol):
    """Processes elsewhere that paint parts of a film; how many there are may change."""

    @property
    def device(self) -> str:
        """Name of the device that the workers paint on."""

    @property
    def at_once(self) -> int:
        """How many frames are being painted now, at least 1."""

    def paint(self, work: FilmWork) -> Iterator[PaintedFrame | Notice]:
        """Paint a film; yield each frame once it is in the folder, and notices.

        Closing the iterator gives up the frames that are being painted.

        Raises
        ------
        OrtStyleError
            A frame can't be painted, read or kept, or no worker is left.
        """


def parts_of(folder: FilmFolder, film: FilmSettings) -> list[list[Step]]:
    """Return the steps that are missing, as the parts of `FilmWork`.

    A part is a scene: each frame of it follows from those before, by way of all strokes that they
    have left, so a scene that is begun in its middle would look different from there on. Where
    frames do not depend on each other each of them is a part.
    """
    parts = []
    for scene in folder.scenes:
        is_whole = len(scene) == folder.source_count
        steps = steps_of(scene, film, is_whole=is_whole)
        missing = [s for s in steps if not folder.is_painted(s.index, pass_=s.pass_)]
        parts += [[step] for step in missing] if film.consistency == "none" else [missing]
    return [part for part in parts if part]
