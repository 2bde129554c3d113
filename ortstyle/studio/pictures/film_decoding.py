"""What is done with films' files in the process that reads pictures: see `reader`.

Nothing here may be called in the server's own process: the files come from strangers.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from ortstyle.errors import FilmError
from ortstyle.files import write_atomically
from ortstyle.pictures.file_kinds import HEAD_BYTES
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.video.frames.frame_file import write_frame
from ortstyle.video.media.clip import Clip, open_clip
from ortstyle.video.media.decode import SourceFrame, read_frames

_QUALITY = 88  # of the JPEG of a frame
_SECONDS_BEFORE = (Fraction(0), Fraction(2), Fraction(30))
"""How far before a moment a frame is looked for that is still to be seen then."""

_BOXES = {b"qt  ": ".mov", b"M4V ": ".m4v"}  # brand → suffix; others are .mp4
_STARTS = {
    b"RIFF": ".avi",
    b"GIF8": ".gif",
    b"\x89PNG": ".png",
    b"OggS": ".ogv",
    b"FLV\x01": ".flv",
    b"\0\0\x01\xba": ".mpg",
    b"G": ".ts",
}
_OTHER_SUFFIX = ".film"


class FilmDecoder:
    """Reads films from strangers, and remembers what the last one is.

    Parameters
    ----------
    max_pixels
        Largest number of pixels that a frame may have.

    Raises
    ------
    FilmError
        From every method: the file is no film, is damaged, or its frames are too large.
    OSError
        From methods that write: the file can't be written.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._last: tuple[tuple[Any, ...], Clip] | None = None

    def inspect(self, path: Path) -> dict[str, Any]:
        """Return what a film is, after its first frame was decoded.

        Returns
        -------
        dict
            "suffix", "width" and "height", "seconds" and "frames" (None where the file does not
            tell), "rate" (frames a second) and "sound".
        """
        clip = self._opened(path)
        return {
            "suffix": film_suffix(path),
            "width": clip.width,
            "height": clip.height,
            "seconds": _seconds(clip),
            "frames": clip.frames,
            "rate": float(clip.rate),
            "sound": any(stream.kind == "audio" for stream in clip.others),
        }

    def frame(self, path: Path, out: Path, *, at: float, side: int) -> dict[str, Any]:
        """Write the frame that is seen at a moment as a JPEG.

        Parameters
        ----------
        path
            The film.
        out
            Where to write it.
        at
            Seconds from the first frame.
        side
            The longest side in pixels, at most; a smaller film keeps its size.
        """
        clip = self._opened(path)
        side = min(side, max(clip.width, clip.height))
        pixels = _frame_at(clip, scaled_size((clip.width, clip.height), side), at).pixels
        if pixels.dtype != np.uint8:
            pixels = (pixels // 257).astype(np.uint8)
        image = Image.fromarray(pixels)

        def write(file: BinaryIO) -> None:
            image.save(file, "JPEG", quality=_QUALITY)

        write_atomically(out, write)
        return {}

    def still(self, path: Path, out: Path, *, at: float) -> dict[str, Any]:
        """Write the frame that is seen at a moment as a PNG, with all its pixels and bits."""
        clip = self._opened(path)
        pixels = _frame_at(clip, (clip.width, clip.height), at).pixels
        write_atomically(out, lambda file: write_frame(file, pixels))
        return {}

    def _opened(self, path: Path) -> Clip:
        found = path.stat()
        identity = (str(path), found.st_ino, found.st_size, found.st_mtime_ns)
        if self._last is None or self._last[0] != identity:
            self._last = identity, open_clip(path, max_pixels=self._max_pixels)
        return self._last[1]


def film_suffix(path: Path) -> str:
    """Return the suffix of a film's file by its first bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        plain = ".mp4" if head[4:8] == b"ftyp" else ".mov"
        return _BOXES.get(head[8:12], plain)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ".webm" if b"webm" in head[:64] else ".mkv"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ".webp"
    return next((end for start, end in _STARTS.items() if head.startswith(start)), _OTHER_SUFFIX)


def _seconds(clip: Clip) -> float | None:
    if clip.duration is not None:
        return float(clip.duration)
    return None if clip.frames is None else float(clip.frames / clip.rate)


def _frame_at(clip: Clip, size: tuple[int, int], at: float) -> SourceFrame:
    """Return the last frame that is not after a moment; after the end the last one of all."""
    moment = clip.start + Fraction(at).limit_denominator(10**6)
    latest = moment + Fraction(1, 2000)  # the page knows moments to a millisecond
    for earlier in _SECONDS_BEFORE:
        begin = max(clip.start, moment - 2 / clip.rate - earlier)
        if found := _last_before(clip, size, begin, latest):
            return found
    # It ends long before its file says, or begins later.
    found = _last_before(clip, size, None, max(latest, clip.start + 1 / clip.rate))
    if found is None:
        raise FilmError(f"film {clip.path} holds no frame there; get a fresh copy")
    return found


def _last_before(
    clip: Clip, size: tuple[int, int], begin: Fraction | None, latest: Fraction
) -> SourceFrame | None:
    """Return the last frame that is not after a moment; None if there is none after `begin`."""
    found = None
    reader = read_frames(clip, size, begin=begin)
    try:
        for frame in reader:
            if frame.time > latest:
                break
            found = frame
    finally:
        reader.close()
    return found
