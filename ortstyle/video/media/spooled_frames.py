"""Frames that are put on the disk for a second look, by formats that must know all beforehand."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.media.film_times import TimedFrame
from ortstyle.video.media.pixel_planes import to_levels


@dataclass(frozen=True, eq=False)
class SpooledFrames:
    """Frames of 8 bits in a temporary file that vanishes once it is closed.

    Attributes
    ----------
    frames
        The frames' times; their pixels are dropped.
    size
        Width and height in pixels.
    """

    frames: list[TimedFrame]
    size: tuple[int, int]
    _file: IO[bytes]

    @classmethod
    def gather(
        cls, frames: Iterable[TimedFrame], size: tuple[int, int], *, folder: Path
    ) -> "SpooledFrames":
        """Put frames into a temporary file in a folder.

        Raises
        ------
        OSError
            The disk is full, or the folder can't be written.
        """
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed by `close`
        kept: list[TimedFrame] = []
        try:
            for frame in frames:
                file.write(to_levels(frame.frame.pixels, 8).tobytes())
                kept.append(frame.without_pixels())
            file.flush()
        except BaseException:
            file.close()
            raise
        return cls(kept, size, file)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Yield each frame's pixels, ``(H, W, 3)`` uint8."""
        width, height = self.size
        self._file.seek(0)
        for _ in self.frames:
            data = self._file.read(width * height * 3)
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
