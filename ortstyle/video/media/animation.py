"""Animated GIF, PNG, WebP and AVIF as films, by Pillow, which tells each frame's own duration."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import lcm
from pathlib import Path

from PIL import Image

from ortstyle.errors import FilmError, PictureError
from ortstyle.files import reason_of
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.pillow_guard import (
    check_pixel_count,
    open_image,
    pixel_limit,
    reading_errors,
)
from ortstyle.pictures.read import read_picture
from ortstyle.video.media.clip_record import Clip, SourceFrame
from ortstyle.video.media.picture_folder import pixels_of

ANIMATED = frozenset(("GIF", "PNG", "WebP", "AVIF"))
"""The kinds of pictures that may move, by their names in `file_kinds`."""

_SHORTEST = Fraction(1, 100)  # seconds; browsers show a frame that is no longer than that
_INSTEAD = Fraction(1, 10)  # for so many
_LARGEST_DENOMINATOR = 65535  # of durations in PNG; the others have milliseconds
_FINEST = 10**6  # units a second


def open_animation(path: Path, *, max_pixels: int) -> Clip:
    """Return what an animated picture is as a film; all its frames are decoded once.

    Raises
    ------
    FilmError
        It is a still picture, damaged, or has too many pixels.
    """
    label = f"film {path}"
    durations, notices = [], []
    with _opened(path, max_pixels=max_pixels) as animation:
        first = animation.read(0)[0]
        for index in range(animation.count):
            try:
                durations.append(animation.read(index)[1])
            except FilmError:
                if not durations:
                    raise
                notices.append(f"{label} is damaged after {index} frames, which are painted")
                break
    if first.alpha is not None:
        notices.append(f"{label} is transparent; it is painted on white")
    duration = sum(durations, Fraction(0))
    unit = lcm(*(each.denominator for each in durations))
    return Clip(
        path=path,
        kind="animation",
        width=first.width,
        height=first.height,
        has_alpha=first.alpha is not None,
        rate=len(durations) / duration,
        time_base=Fraction(1, min(unit, _FINEST)),
        duration=duration,
        frames=len(durations),
        max_pixels=max_pixels,
        notices=tuple(notices),
    )


def read_animation(
    clip: Clip, size: tuple[int, int], *, begin: Fraction | None, end: Fraction | None
) -> Iterator[SourceFrame]:
    """Yield the frames of an animation from ``begin`` on and before ``end``, scaled to ``size``.

    Raises
    ------
    FilmError
        It can't be read any more.
    """
    time = Fraction(0)
    with _opened(clip.path, max_pixels=clip.max_pixels) as animation:
        for index in range(min(clip.frames or 0, animation.count)):
            if end is not None and time >= end:
                return
            picture, duration = animation.read(index)
            if begin is None or time >= begin:
                yield SourceFrame(time, duration, pixels_of(picture, size, bits=8))
            time += duration


class _Animation:
    """An animated picture that is open."""

    def __init__(self, image: Image.Image, label: str, *, max_pixels: int) -> None:
        self._image, self._label, self._max_pixels = image, label, max_pixels
        # PNG may hold a still picture beside the animation, for programs that show no others.
        self._first = 1 if image.info.get("default_image") else 0
        self.count = int(getattr(image, "n_frames", 1)) - self._first

    def read(self, index: int) -> tuple[Picture, Fraction]:
        """Return a frame and the seconds for which it is shown.

        Raises
        ------
        FilmError
            It is damaged.
        """
        with _errors(self._label, max_pixels=self._max_pixels):
            with pixel_limit(self._max_pixels):
                self._image.seek(self._first + index)
                check_pixel_count(*self._image.size, max_pixels=self._max_pixels)
                frame = self._image.copy()
                told = float(self._image.info.get("duration") or 0)
            picture = read_picture(frame, name=self._label, max_pixels=self._max_pixels)
        seconds = Fraction(told / 1000).limit_denominator(_LARGEST_DENOMINATOR)
        return picture, (seconds if seconds > _SHORTEST else _INSTEAD)


@contextmanager
def _opened(path: Path, *, max_pixels: int) -> Iterator[_Animation]:
    """Open an animated picture within the context; a still one is a `FilmError`."""
    label = f"film {path}"
    try:
        file = path.open("rb")
    except OSError as error:
        raise FilmError(f"{label} can't be read ({reason_of(error)}); check the path") from error
    with file:
        with _errors(label, max_pixels=max_pixels), pixel_limit(max_pixels):
            image = open_image(file, label=label)
            check_pixel_count(*image.size, max_pixels=max_pixels)
            animation = _Animation(image, label, max_pixels=max_pixels)
        with image:
            if animation.count < 2:
                raise FilmError(
                    f"{label} is a still picture ({image.format}); paint it with ortstyle render"
                )
            yield animation


@contextmanager
def _errors(label: str, *, max_pixels: int) -> Iterator[None]:
    """Turn any error raised inside into a `FilmError` of one line."""
    try:
        with reading_errors(label, max_pixels=max_pixels):
            yield
    except PictureError as error:
        raise FilmError(str(error)) from error
