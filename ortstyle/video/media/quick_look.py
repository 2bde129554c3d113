"""Whether a file is a film, by a quick look at its beginning; nothing heavy is loaded for it."""

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from ortstyle.errors import FilmError
from ortstyle.pictures.file_kinds import HEAD_BYTES, find_kind
from ortstyle.special_files import special_kind

FILM_SUFFIXES = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".wmv", ".asf", ".flv", ".mpg"),
        *(".mpeg", ".m2v", ".vob", ".ts", ".mts", ".m2ts", ".ogv", ".3gp", ".3g2", ".mxf", ".dv"),
    )
)
"""Suffixes of films, which folders are searched for."""


def looks_like_film(path: Path, *, animations: bool = True) -> bool:
    """Return whether a file seems to be a film, which opening it may yet refute.

    A folder is none, nor is a file that can't be read. The suffix tells only where the beginning
    does not.

    Parameters
    ----------
    path
        The file.
    animations
        Whether GIF, PNG and WebP of several frames count as films too. They never do where PyAV is
        not installed, which would have to write them.
    """
    head = b""
    with suppress(OSError, ValueError):
        if path.is_file() and not special_kind(path):
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
    kind = find_kind(head) if head else None
    if kind is None:  # text, such as a program in TypeScript, has no zeros
        return path.suffix.lower() in FILM_SUFFIXES and b"\0" in head
    if kind.name == "a video":
        return True
    return animations and _is_animated(path, kind.name, head) and find_spec("av") is not None


def _is_animated(path: Path, kind: str, head: bytes) -> bool:
    if kind == "PNG":
        return b"acTL" in head
    if kind == "WebP":
        return head[12:16] == b"VP8X" and bool(head[20] & 2)
    if kind != "GIF":
        return False
    # These load Pillow.
    from ortstyle.pictures.pillow_guard import MAX_PIXELS  # noqa: PLC0415
    from ortstyle.video.media.animation import open_animation  # noqa: PLC0415

    try:
        return (open_animation(path, max_pixels=MAX_PIXELS).frames or 0) > 1
    except FilmError:  # a still, or a damaged one, which is told as that of a picture
        return False
