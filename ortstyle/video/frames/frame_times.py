"""The list of a film's source frames: their times, durations and cuts, in a file of lines.

A line is added once its frame's pixels are in the folder. The file may end in the middle of a line,
because the process was killed; what follows the last whole line is cut off when it is opened.
"""

import errno
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from ortstyle.errors import FilmError
from ortstyle.special_files import is_link, special_kind

MOST_FRAMES = 10_000_000
_LONGEST = 200  # characters of a line
_NUMBER = re.compile(r"(-?[0-9]{1,24})/([1-9][0-9]{0,23})", re.ASCII)
_END = "end"


@dataclass(frozen=True)
class FrameTime:
    """When a source frame is to be seen.

    Attributes
    ----------
    time
        Seconds, as the source has them: they may begin anywhere and vary.
    duration
        Seconds; None if it isn't known.
    is_cut
        Whether a new scene begins with this frame.
    """

    time: Fraction
    duration: Fraction | None
    is_cut: bool = False


class FrameTimes:
    """The file of the list; only one process at a time may use it.

    Parameters
    ----------
    path
        The file, which is made if it is missing.

    Raises
    ------
    FilmError
        The file is none of a film.
    OSError
        It can't be read or written.
    """

    def __init__(self, path: Path) -> None:
        if is_link(path) or special_kind(path):
            raise FilmError(f"{path} is no file of a film; remove it")
        path.touch()
        with path.open("rb") as file:
            self._frames, self.is_complete, end = _read_lines(file, path)
        # Unbuffered, so that no line waits in this process until it is killed.
        self._file = path.open("r+b", buffering=0)
        if self._file.seek(0, os.SEEK_END) > end:
            self._file.truncate(end)
            self._file.seek(end)

    @property
    def frames(self) -> Sequence[FrameTime]:
        """The frames, in the order of the film."""
        return self._frames

    def add(self, frame: FrameTime) -> None:
        """Add the next frame.

        Raises
        ------
        OSError
            It can't be written; the list is as it was.
        """
        duration = None if frame.duration is None else _text(frame.duration)
        self._write([_text(frame.time), duration, int(frame.is_cut)])
        self._frames.append(frame)

    def complete(self) -> None:
        """Note that there are no further frames.

        Raises
        ------
        OSError
            It can't be written; the list is as it was.
        """
        if not self.is_complete:
            self._write(_END)
            self.is_complete = True

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: Any) -> None:
        place, data = self._file.tell(), json.dumps(line).encode() + b"\n"
        written = 0
        try:
            written = self._file.write(data)
        finally:
            if written < len(data):
                self._file.truncate(place)
                self._file.seek(place)
        if written < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read_lines(file: BinaryIO, path: Path) -> tuple[list[FrameTime], bool, int]:
    """Return the frames, whether there are no further ones, and where the last whole line ends."""
    frames, end = list[FrameTime](), 0
    while line := file.readline(_LONGEST):
        found = _parse(line)
        if found == _END and frames:
            return frames, True, file.tell()
        if not isinstance(found, FrameTime):
            break
        if len(frames) == MOST_FRAMES:
            raise FilmError(f"{path} lists more than {MOST_FRAMES:,} frames; remove the folder")
        frames.append(found)
        end = file.tell()
    return frames, False, end


def _parse(line: bytes) -> FrameTime | str | None:
    """Return what a line says; None if it is not whole, or says nothing of a frame."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if found == _END:
        return _END
    match found:
        case [str(time), str() | None as duration, 0 | 1 as cut]:
            seconds, length = _fraction(time), _fraction("0/1" if duration is None else duration)
            if seconds is not None and length is not None and length >= 0:
                return FrameTime(seconds, None if duration is None else length, bool(cut))
    return None


def _text(seconds: Fraction) -> str:
    return f"{seconds.numerator}/{seconds.denominator}"


def _fraction(text: str) -> Fraction | None:
    found = _NUMBER.fullmatch(text)
    return Fraction(int(found[1]), int(found[2])) if found else None
