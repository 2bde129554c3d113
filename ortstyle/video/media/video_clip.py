"""What a film's file says of itself, and what its first frame shows."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from ortstyle.errors import FilmError
from ortstyle.pictures.code_points import HDR, UNSPECIFIED
from ortstyle.video.media.clip_record import Clip, OtherStream, StreamKind
from ortstyle.video.media.colors import KNOWN_MATRICES, RGB_MATRIX, ColorTags
from ortstyle.video.media.frame_clock import FrameClock
from ortstyle.video.media.frame_colors import has_alpha, is_grey, is_yuv
from ortstyle.video.media.orientation import orientation_of, square_size
from ortstyle.video.media.pyav import fraction_of
from ortstyle.video.media.video_file import (
    VideoFile,
    check_size,
    is_cover,
    open_video,
)
from ortstyle.video.media.video_frames import Damage, decode

_ICTCP = 14
_KINDS: dict[str, StreamKind] = {
    "video": "video",
    "audio": "audio",
    "subtitle": "subtitle",
    "attachment": "attachment",
}
_MOST_RATE = 1000  # frames a second that are believed
_MOST_SECONDS = 10**7
_DEPTHS = (8, 10, 12, 16)


def open_video_clip(path: Path, *, max_pixels: int) -> Clip:
    """Return what a film's file says of itself; its first frame is decoded.

    Raises
    ------
    FilmError
        See `clip.open_clip`.
    """
    label = f"film {path}"
    with open_video(path, max_pixels=max_pixels) as file:
        damage = Damage()
        frame = next(decode(file, damage), None)
        if frame is None:
            why = damage.reason or damage.ending or "it holds no frame"
            raise FilmError(f"nothing of {label} can be decoded ({why}); get a fresh copy")
        check_size(frame, label, max_pixels=max_pixels)
        turn = orientation_of(frame)
        aspect = fraction_of(file.stream.sample_aspect_ratio)
        size = turn.sides(square_size(frame.width, frame.height, aspect))
        if size[0] * size[1] > max_pixels or min(size) < 1:
            raise FilmError(f"{label} has no usable size: {size[0]}×{size[1]}; convert it to MP4")
        colors = _colors(file, frame, label)
        rate = _rate(file)
        duration = _duration(file)
        unit = fraction_of(file.stream.time_base) or 1 / rate
        deepest = max(component.bits for component in frame.format.components)
        return Clip(
            path=path,
            kind="video",
            width=size[0],
            height=size[1],
            bits=next((depth for depth in _DEPTHS if deepest <= depth), 16),
            colors=colors,
            has_alpha=has_alpha(frame.format),
            rate=rate,
            time_base=unit,
            start=FrameClock(unit, 1 / rate).read(frame)[0],
            duration=duration,
            frames=_count(file, duration, rate),
            stream=file.stream.index,
            max_pixels=max_pixels,
            others=tuple(_other(s) for s in file.container.streams if s is not file.stream),
            notices=tuple(f"{label} {text}" for text in _notices(file, frame, colors)),
        )


def _colors(file: VideoFile, frame: Any, label: str) -> ColorTags:
    """Return the code points of a film: those of its first frame, else its stream's.

    Raises
    ------
    FilmError
        Its colours can't be converted.
    """
    context = file.stream.codec_context

    def told(name: str) -> int:
        first = int(getattr(frame, name, 2))  # PyAV before 17 gives a frame no primaries
        return first if first not in (0, 2) else int(getattr(context, name, 2)) or 2

    primaries, transfer = told("color_primaries"), told("color_trc")
    matrix = told("colorspace")
    if not is_yuv(frame.format):
        matrix = RGB_MATRIX
    elif int(frame.colorspace) == RGB_MATRIX:
        matrix = 2
    tags = ColorTags(
        primaries=primaries, transfer=transfer, matrix=matrix, full_range=_range(frame, context)
    )
    if matrix == _ICTCP or (not tags.is_hdr and _is_dolby_vision(frame) and matrix == 2):
        kind = "ICtCp" if matrix == _ICTCP else "Dolby Vision without a base layer"
        raise FilmError(
            f"{label} has colours that can't be converted ({kind}); convert it to HDR10"
        )
    return tags


def _range(frame: Any, context: Any) -> bool | None:
    """Return whether the range is full; None where nothing is said."""
    layout = frame.format
    if layout.name.startswith("yuvj"):
        return True
    for said in (int(frame.color_range), int(getattr(context, "color_range", 0))):
        if said in (1, 2):
            return said == 2
    return True if not is_yuv(layout) or is_grey(layout) else None  # as FFmpeg takes grey


def _is_dolby_vision(frame: Any) -> bool:
    try:
        return frame.side_data.get("DOVI_METADATA") is not None
    except (ValueError, KeyError):  # a kind of side data that PyAV does not know
        return False


def _rate(file: VideoFile) -> Fraction:
    """Return frames a second: the average, or what comes nearest to it."""
    stream = file.stream
    for told in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        rate = fraction_of(told)
        if rate and 0 < rate <= _MOST_RATE:
            return rate
    return Fraction(25)


def _duration(file: VideoFile) -> Fraction | None:
    """Return the seconds that a file gives for the stream, or for all of it."""
    stream, whole = file.stream, file.container.duration
    found = (stream.duration or 0) * (fraction_of(stream.time_base) or 0)
    if not found and whole:
        found = Fraction(whole, 10**6)
    return Fraction(found) if 0 < found <= _MOST_SECONDS else None


def _count(file: VideoFile, duration: Fraction | None, rate: Fraction) -> int | None:
    """Return the number of frames that a file gives, or an estimate.

    There can't be more than bytes.
    """
    found = file.stream.frames
    if found <= 0:
        if duration is None:
            return None
        found = max(1, round(duration * rate))
    return found if found <= max(1, file.container.size) else None


def _other(stream: Any) -> OtherStream:
    context = stream.codec_context
    name = context.name if context is not None else getattr(stream, "name", "")
    return OtherStream(
        index=stream.index,
        kind=_KINDS.get(str(stream.type), "data"),
        codec=str(name or ""),
        language=str(stream.metadata.get("language", "")),
    )


def _notices(file: VideoFile, frame: Any, colors: ColorTags) -> list[str]:
    """Return what the user should know of a film, without its name."""
    found = []
    films = [s for s in file.container.streams.video if not is_cover(s)]
    if len(films) > 1:
        found.append(f"holds {len(films)} films; stream {file.stream.index} is painted")
    if frame.interlaced_frame:
        found.append("is interlaced, and painted so; deinterlace it first for calm edges")
    if colors.is_hdr:
        found.append(
            f"is of high dynamic range ({HDR[colors.transfer]}), and tone-mapped to BT.709"
        )
    elif colors.is_wide:
        found.append("has wide colours, which are converted to BT.709")
    if colors.matrix not in KNOWN_MATRICES | {UNSPECIFIED}:
        found.append(f"has an unusual matrix ({colors.matrix}), which is taken for a usual one")
    if has_alpha(frame.format):
        found.append("is transparent; it is painted on white")
    elif file.stream.metadata.get("alpha_mode") == "1":
        found.append("is transparent in a way that is not read; it is painted opaque")
    if text := orientation_of(frame).notice:
        found.append(text)
    return found
