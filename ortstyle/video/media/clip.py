"""Opening of films: what a path is, and what there is to know before frames are read."""

import os
import stat
from fractions import Fraction
from pathlib import Path

from ortstyle.errors import FilmError
from ortstyle.files import reason_of
from ortstyle.pictures.file_kinds import HEAD_BYTES, find_kind
from ortstyle.pictures.pillow_guard import MAX_PIXELS
from ortstyle.special_files import special_kind
from ortstyle.video.media.animation import ANIMATED, open_animation
from ortstyle.video.media.clip_record import Clip, OtherStream, StreamKind
from ortstyle.video.media.picture_folder import open_folder
from ortstyle.video.media.video_clip import open_video_clip

__all__ = ["Clip", "OtherStream", "StreamKind", "open_clip"]

_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<MPD", b"[Reference]", b"<ASX", b"v=0\r\n")
_LIKE_TEXT = (
    b"YUV4MPEG2 "  # a film with a header of text, whose pixels may be no control characters
)
_NOT_TEXT = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")


def open_clip(
    path: str | os.PathLike[str], *, rate: Fraction | None = None, max_pixels: int = MAX_PIXELS
) -> Clip:
    """Find out what a film is; its first frame is decoded, and nothing is kept open.

    Parameters
    ----------
    path
        A film, an animated GIF, PNG or WebP, or a folder of pictures. No other file is opened, and
        nothing is fetched, whatever the film may name.
    rate
        Frames a second of a folder of pictures; 25 if None.
    max_pixels
        Largest number of pixels of a frame.

    Raises
    ------
    FilmError
        There is no film, it can't be read, nothing of it can be decoded, or its frames are too
        large. A still picture is none.
    """
    path = Path(path)
    label = f"film {path}"
    mode = _mode_of(path, label)
    if stat.S_ISDIR(mode):
        return open_folder(path, rate=rate, max_pixels=max_pixels)
    if kind := special_kind(path):
        raise FilmError(f"{label} is {kind}, and a film is read more than once; name a file")
    head = _read_head(path, label)
    picture = find_kind(head)
    if picture and picture.name in ANIMATED:
        return open_animation(path, max_pixels=max_pixels)
    if picture and picture.name != "a video":
        raise FilmError(_describe_other(label, picture.name, picture.advice))
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_PLAYLISTS):
        raise FilmError(f"{label} is a playlist, which names other files; name the film itself")
    if not _NOT_TEXT & set(head) and not head.startswith(_LIKE_TEXT):
        raise FilmError(f"{label} is a text file; name a film")
    return open_video_clip(path, max_pixels=max_pixels)


def _mode_of(path: Path, label: str) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError as error:
        raise FilmError(f"{label} does not exist; check the path") from error
    except OSError as error:
        raise FilmError(f"{label} can't be read ({reason_of(error)}); check the path") from error
    except ValueError as error:  # a null, or half of a surrogate pair
        raise FilmError(f"film {str(path)!r} can't be the name of a file; check it") from error


def _read_head(path: Path, label: str) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FilmError(f"{label} can't be read ({reason_of(error)}); check it") from error
    if not head:
        raise FilmError(f"{label} is empty; get a fresh copy")
    return head


def _describe_other(label: str, kind: str, advice: str) -> str:
    """Return what to say of a file that is no film."""
    if not advice:
        return f"{label} is a still picture ({kind}); paint it with ortstyle render"
    if "picture" in kind or "document" in kind or "drawing" in kind:
        return f"{label} is {kind}, not a film; to paint it, {advice} and use ortstyle render"
    return f"{label} is {kind}, not a film; name a film"
