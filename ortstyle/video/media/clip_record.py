"""What a film is before its frames are read, and the frames that are read."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.pillow_guard import MAX_PIXELS
from ortstyle.video.media.colors import ColorTags

Pixels: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""Of a frame: ``(H, W, 3)`` RGB, of the whole range of the type."""

StreamKind = Literal["video", "audio", "subtitle", "data", "attachment"]


@dataclass(frozen=True, kw_only=True)
class OtherStream:
    """A stream of a film's file beside the frames that are painted.

    Attributes
    ----------
    index
        Its index within the file.
    kind
        "video" for cover pictures and further films in the same file.
    codec
        FFmpeg's name of its codec; empty if that is unknown.
    language
        The language that the file gives, such as "eng"; empty if none.
    """

    index: int
    kind: StreamKind
    codec: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A film that can be read: see `clip.open_clip`, which makes it, and `decode.read_frames`.

    Attributes
    ----------
    path
        The file, or the folder of pictures.
    kind
        "video" for what FFmpeg reads, "pictures" for a folder, "animation" for GIF, APNG and WebP.
    width, height
        Pixels of a frame as it is to be seen: upright, with square pixels.
    bits
        Of a sample in the file: 8, 10, 12 or 16.
    colors
        What the file says of its colours. Frames are read in those of `frame_colors`.
    has_alpha
        Whether the file has transparency, which is read as lying on white.
    rate
        Average number of frames a second.
    time_base
        The unit of the times of frames, in seconds.
    start
        Time of the first frame in seconds, by the file's own clock, as the times of frames are.
    duration
        Seconds, as far as the file tells; None if it does not.
    frames
        Number of frames: an estimate for "video", exact for the others; None if nothing tells.
    stream
        Index of the stream that is painted; None unless the kind is "video".
    max_pixels
        Largest number of pixels of a frame that is read.
    others
        The other streams of the file.
    notices
        Lines that the user should see.
    """

    path: Path
    kind: Literal["video", "pictures", "animation"]
    width: int
    height: int
    bits: int = 8
    colors: ColorTags = field(default_factory=ColorTags)
    has_alpha: bool = False
    rate: Fraction = Fraction(25)
    time_base: Fraction = Fraction(1, 25)
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    frames: int | None = None
    stream: int | None = None
    max_pixels: int = MAX_PIXELS
    others: tuple[OtherStream, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def frame_colors(self) -> ColorTags:
        """What a result of the same colours is to say of them; see `ColorTags.of_frames`."""
        return self.colors.of_frames()


@dataclass(frozen=True, eq=False)
class SourceFrame:
    """A frame of a film.

    Attributes
    ----------
    time
        Seconds, by the file's own clock, which may begin anywhere.
    duration
        Seconds; None where the file gives none.
    pixels
        ``(H, W, 3)`` RGB, uint8, or uint16 for a film of more than 8 bits; upright.
    """

    time: Fraction
    duration: Fraction | None
    pixels: Pixels
