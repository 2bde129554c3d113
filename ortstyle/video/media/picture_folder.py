"""Folders of pictures as films: each picture is a frame, in the order of the numbers in names."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from ortstyle.errors import FilmError, PictureError
from ortstyle.files import reason_of
from ortstyle.pictures.file_kinds import PICTURE_SUFFIXES
from ortstyle.pictures.header import PictureHeader, read_header
from ortstyle.pictures.picture import Picture, to_levels
from ortstyle.pictures.read import read_picture
from ortstyle.video.media.clip_record import Clip, Pixels, SourceFrame

USUAL_RATE = Fraction(25)
"""Frames a second of a folder for which nothing else is asked."""

_MOST_RATE = 1000
_NUMBER = re.compile(r"(\d+)")
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_NAME = "picture"


def open_folder(path: Path, *, rate: Fraction | None, max_pixels: int) -> Clip:
    """Return what a folder of pictures is as a film; the header of every picture is read.

    Raises
    ------
    FilmError
        There are no pictures, one can't be read, they differ in size, or the rate is none.
    """
    label = f"film {path}"
    rate = USUAL_RATE if rate is None else Fraction(rate)
    if not 0 < rate <= _MOST_RATE:
        raise FilmError(f"{label}: {float(rate):g} frames a second; give 1 to {_MOST_RATE}")
    pictures = find_frames(path)
    headers = [_header(picture, max_pixels=max_pixels) for picture in pictures]
    size = headers[0].size
    for picture, header in zip(pictures, headers, strict=True):
        if header.size != size:
            raise FilmError(
                f"{label} holds pictures of different sizes: {pictures[0].name} is "
                f"{size[0]}×{size[1]}, {picture.name} is {header.size[0]}×{header.size[1]}; give "
                "them one size"
            )
    is_deep = any(header.is_deep for header in headers)
    first = _read(pictures[0], max_pixels=max_pixels)
    notices = [f"{label} {text}" for text in _gaps(pictures)]
    if first.alpha is not None:
        notices.append(f"{label} is transparent; it is painted on white")
    return Clip(
        path=path,
        kind="pictures",
        width=size[0],
        height=size[1],
        bits=16 if is_deep or first.depth == 16 else 8,
        has_alpha=first.alpha is not None,
        rate=rate,
        time_base=1 / rate,
        duration=len(pictures) / rate,
        frames=len(pictures),
        max_pixels=max_pixels,
        notices=tuple(notices),
    )


def find_frames(path: Path) -> list[Path]:
    """Return the pictures of a folder in the order of their numbers; hidden ones are left out.

    Raises
    ------
    FilmError
        The folder can't be read, or holds no pictures.
    """
    try:
        found = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise FilmError(f"film {path} can't be read ({reason_of(error)}); check it") from error
    pictures = [p for p in found if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()]
    if not pictures:
        others = f", but other files, such as {min(p.name for p in found)}" if found else ""
        raise FilmError(f"film {path} is a folder without pictures{others}; name one with frames")
    return sorted(pictures, key=lambda picture: _order(picture.name))


def read_folder(
    clip: Clip, size: tuple[int, int], *, begin: Fraction | None, end: Fraction | None
) -> Iterator[SourceFrame]:
    """Yield the frames of a folder from ``begin`` on and before ``end``, scaled to ``size``.

    Raises
    ------
    FilmError
        A picture can't be read any more, or has got another size.
    """
    step = 1 / clip.rate
    for index, picture in enumerate(find_frames(clip.path)):
        time = index * step
        if begin is not None and time < begin:
            continue
        if end is not None and time >= end:
            return
        found = _read(picture, max_pixels=clip.max_pixels)
        if found.proportions != (clip.width, clip.height):
            raise FilmError(f"film {clip.path}: {picture.name} has another size than before")
        yield SourceFrame(time, step, pixels_of(found, size, bits=clip.bits))


def pixels_of(picture: Picture, size: tuple[int, int], *, bits: int) -> Pixels:
    """Return the pixels of a picture, ``(H, W, 3)`` uint8, or uint16 for more than 8 bits."""
    scaled = picture if picture.size == size else picture.resize(size)
    if bits == 8:
        return to_levels(scaled.pixels).astype(np.uint8)
    return to_levels(scaled.pixels, depth=16)


def _header(path: Path, *, max_pixels: int) -> PictureHeader:
    try:
        return read_header(path, name=_NAME, max_pixels=max_pixels)
    except PictureError as error:
        raise FilmError(f"{error} (it is a frame of film {path.parent})") from error


def _read(path: Path, *, max_pixels: int) -> Picture:
    try:
        return read_picture(path, name=_NAME, max_pixels=max_pixels)
    except PictureError as error:
        raise FilmError(f"{error} (it is a frame of film {path.parent})") from error


def _order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return what names are sorted by: their numbers as numbers, then letters."""
    parts = _NUMBER.split(name.casefold())
    return [
        (1, 0, part) if k % 2 == 0 else (0, int(part), "") for k, part in enumerate(parts)
    ], name


def _gaps(pictures: list[Path]) -> list[str]:
    """Return what to say of numbers that are missing between those of the names."""
    found = [_LAST_NUMBER.search(picture.stem) for picture in pictures]
    numbers = [int(match.group(1)) for match in found if match]
    missing = numbers[-1] - numbers[0] + 1 - len(numbers) if len(numbers) == len(pictures) else 0
    if missing <= 0:
        return []
    after = next(a for a, b in pairwise(numbers) if b != a + 1)
    return [f"lacks {missing} numbers, the first after {after}; the others follow each other"]
