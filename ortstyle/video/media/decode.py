"""The frames of a film, whatever kind it is, with exact times."""

from collections.abc import Iterator
from fractions import Fraction

from ortstyle.video.media.animation import read_animation
from ortstyle.video.media.clip_record import Clip, SourceFrame
from ortstyle.video.media.picture_folder import read_folder
from ortstyle.video.media.video_frames import VideoReading

__all__ = ["FrameReader", "SourceFrame", "read_frames"]


class FrameReader(Iterator[SourceFrame]):
    """The frames of a film, one after another; the file is closed after the last one."""

    def __init__(self, frames: Iterator[SourceFrame], notices: list[str]) -> None:
        self._frames, self._notices = frames, notices

    def __next__(self) -> SourceFrame:
        return next(self._frames)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of the film's end, damage and times; after the last frame."""
        return tuple(self._notices)

    def close(self) -> None:
        """Close the file before the last frame."""
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()


def read_frames(
    clip: Clip,
    size: tuple[int, int],
    *,
    begin: Fraction | None = None,
    end: Fraction | None = None,
    known: Fraction | None = None,
) -> FrameReader:
    """Read the frames of a film, upright, with square pixels, in RGB.

    Frames of unspecified colours are BT.601 below 720 lines, else BT.709. High dynamic range and
    wide primaries become BT.709 (see `Clip.frame_colors`), and transparency is flattened on white;
    the notices of the clip say so.

    Parameters
    ----------
    clip
        The film.
    size
        Width and height to scale to.
    begin, end
        The time of the first frame and that of the first one that is left out, by the film's own
        clock, which begins at ``clip.start``. A frame is read if its time is not before ``begin``.
    known
        The time before which frames are known already, and not given. They are decoded all the
        same: after a seek some files give frames other times or durations, or none at all.

    Returns
    -------
    FrameReader
        Frames with strictly increasing times, the file's own where it gives possible ones; none if
        there is none between ``begin`` and ``end``. Reading raises a `FilmError` if the film can't
        be read any more, or if nothing of it can be decoded.
    """
    if clip.kind == "video":
        reading = VideoReading(clip, size, begin, end, known)
        return FrameReader(reading.frames(), reading.notices)
    read = read_folder if clip.kind == "pictures" else read_animation
    begin = max((time for time in (begin, known) if time is not None), default=None)
    return FrameReader(read(clip, size, begin=begin, end=end), [])
