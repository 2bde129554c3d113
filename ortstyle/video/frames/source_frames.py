"""The source frames of a film: pixels, times and cuts, in the order of the film."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ortstyle.errors import FilmError
from ortstyle.video.frames.disk_room import frame_errors
from ortstyle.video.frames.frame_file import Levels
from ortstyle.video.frames.frame_store import FrameStore
from ortstyle.video.frames.frame_times import FrameTime, FrameTimes

TIMES, SOURCES = "frames.jsonl", "sources"


class SourceFrames:
    """The part of a film's folder that holds its source frames.

    Parameters
    ----------
    folder
        The film's folder, which this process has locked.
    size
        Width and height of every frame.

    Raises
    ------
    FilmError
        The folder holds links.
    OutputError
        It can't be written.
    """

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._folder = folder
        self._sources = FrameStore(folder / SOURCES, size, what="source frame")
        with frame_errors(folder):
            self._times = FrameTimes(folder / TIMES)

    @property
    def source_count(self) -> int:
        """The number of source frames that were put."""
        return len(self._times.frames)

    @property
    def times(self) -> Sequence[FrameTime]:
        """Time, duration and cut of each source frame that was put."""
        return self._times.frames

    @property
    def has_all_sources(self) -> bool:
        """Whether `finish_sources` was called: the film has no further frames."""
        return self._times.is_complete

    @property
    def scenes(self) -> tuple[range, ...]:
        """The frames of each scene, by the cuts that were put."""
        cuts = [index for index, each in enumerate(self.times) if each.is_cut and index]
        ends = [*cuts, self.source_count]
        return tuple(range(*ends_of) for ends_of in zip([0, *cuts], ends, strict=True) if ends[-1])

    def put_source(
        self,
        index: int,
        pixels: Levels,
        time: Fraction,
        duration: Fraction | None,
        *,
        is_cut: bool = False,
    ) -> None:
        """Put a source frame: the next one, or one that `missing_sources` names.

        Parameters
        ----------
        index
            Its number, from 0; at most `source_count`.
        pixels
            ``(H, W, 3)`` uint8 or uint16.
        time, duration
            Seconds; the duration may not be known.
        is_cut
            Whether a new scene begins with it.

        Raises
        ------
        FilmError
            A frame that was put before has another time: the clip has changed.
        OutputError
            It can't be written.
        """
        if index > self.source_count:
            raise ValueError(f"frame {index} is put before frame {self.source_count}")
        if index < self.source_count and self.times[index].time != time:
            raise FilmError(
                f"frame {index} of the clip is at {float(time):g} s and was at "
                f"{float(self.times[index].time):g} s; remove {self._folder} and start again"
            )
        with frame_errors(self._folder):
            self._sources.put(index, pixels)
            if index == self.source_count:
                self._times.add(FrameTime(time, duration, is_cut))

    def finish_sources(self) -> None:
        """Note that the film has no further source frames.

        Raises
        ------
        OutputError
            It can't be written.
        """
        with frame_errors(self._folder):
            self._times.complete()

    def source(self, index: int) -> Levels:
        """Return a source frame: ``(H, W, 3)`` uint8 or uint16.

        Raises
        ------
        DamagedFrameError
            It is damaged or missing, and `missing_sources` names it from now on.
        """
        return self._sources.read(index)

    def source_file(self, index: int) -> bytes:
        """Return the file of a source frame, of which only the beginning and the end are checked.

        Raises
        ------
        DamagedFrameError
            As `source`.
        """
        return self._sources.read_file(index)

    def missing_sources(self, frames: range | None = None) -> list[int]:
        """List those of some frames, or of all that were put, that are damaged or removed."""
        frames = range(self.source_count) if frames is None else frames
        return [index for index in frames if not self._sources.has(index)]

    def remove_sources(self, frames: range | None = None) -> None:
        """Remove some source frames, or all, that are no longer needed; times and cuts stay."""
        if frames is None:
            self._sources.remove_all()
        else:
            for index in frames:
                self._sources.remove(index)

    @property
    def source_bytes(self) -> int:
        """Bytes of the source frames on the disk."""
        return self._sources.size

    @staticmethod
    def remove_from(folder: Path) -> None:
        """Remove all that a film's folder holds of source frames."""
        FrameStore(folder / SOURCES, (1, 1), what="source frame").remove_all()
        (folder / TIMES).unlink(missing_ok=True)
