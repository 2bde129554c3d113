"""Animations: GIF with one palette for the whole film, APNG and WebP."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.video.media.encoder_choice import EncoderChoice
from ortstyle.video.media.film_file import PictureStream, open_film, start
from ortstyle.video.media.film_times import FilmFrame, TimedFrame, timed
from ortstyle.video.media.output_formats import FilmFormat
from ortstyle.video.media.palette import PaletteMapper, make_palette
from ortstyle.video.media.spooled_frames import SpooledFrames

TICKS = {"gif": Fraction(1, 100), "webp": Fraction(1, 1000), "apng": Fraction(1, 30_000)}
"""Seconds of the unit of times of each format."""

_EFFORT = 4  # of WebP, 0 to 6


def write_animation(
    path: Path,
    frames: Iterable[FilmFrame],
    choice: EncoderChoice,
    row: FilmFormat,
    *,
    size: tuple[int, int],
    rate: Fraction,
) -> None:
    """Write an animation that begins with the first frame and repeats for ever.

    Parameters
    ----------
    path
        The file, which is replaced. Beside it lies for a while a temporary file of all frames.
    frames
        The frames, by time.
    choice, row
        The codec and the format.
    size
        Width and height in pixels.
    rate
        Average frames a second.

    Raises
    ------
    OSError, av.FFmpegError
        It can't be written.
    """
    name, ordered = choice.codec.name, iter(frames)
    first = next(ordered)
    again = chain([first], ordered)
    times = timed(again, TICKS[name], first.time, rate=rate, finest=row.finest)
    if name == "apng":
        _write_apng(path, times, choice, row, size=size, rate=rate)
        return
    with SpooledFrames.gather(times, size, folder=path.parent) as spooled:
        if name == "gif":
            _write_gif(path, spooled, choice, row, rate=rate)
        else:
            _write_webp(path, spooled, choice)


def _write_apng(
    path: Path,
    frames: Iterable[TimedFrame],
    choice: EncoderChoice,
    row: FilmFormat,
    *,
    size: tuple[int, int],
    rate: Fraction,
) -> None:
    """Write APNG; the last frame is shown as long as one of the average rate."""
    lasts = (1 / rate).limit_denominator(60_000)
    options = {**row.options, "final_delay": f"{lasts.numerator}/{lasts.denominator}"}
    with open_film(path, replace(row, options=options)) as container:
        pictures = PictureStream.add(
            container, choice, size=size, rate=rate, tick=TICKS["apng"], tags={}
        )
        start(container)
        for frame in frames:
            pictures.write(frame)
        pictures.finish()


def _write_gif(
    path: Path, spooled: SpooledFrames, choice: EncoderChoice, row: FilmFormat, *, rate: Fraction
) -> None:
    palette = make_palette(spooled, len(spooled.frames))
    mapper = PaletteMapper(palette, spooled.size)
    lasts = str(spooled.frames[-1].length)
    with open_film(path, replace(row, options={**row.options, "final_delay": lasts})) as container:
        pictures = PictureStream.add(
            container, choice, size=spooled.size, rate=rate, tick=TICKS["gif"], tags={}
        )
        start(container)
        for frame, pixels in zip(spooled.frames, spooled, strict=True):
            pictures.write_frame(_pal8(mapper.indices(pixels), palette), frame)
        pictures.finish()


def _pal8(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> av.VideoFrame:
    """Return FFmpeg's frame of ``(H, W)`` numbers of colours and their ``(256, 3)`` palette."""
    height, width = indices.shape
    frame = av.VideoFrame(width, height, "pal8")
    rows = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(height, -1)
    rows[:, :width] = indices
    colors = np.frombuffer(memoryview(frame.planes[1]), np.uint32)
    red, green, blue = palette.astype(np.uint32).T
    colors[:] = (255 << 24) | (red << 16) | (green << 8) | blue
    return frame


def _write_webp(path: Path, spooled: SpooledFrames, choice: EncoderChoice) -> None:
    images = (Image.fromarray(pixels) for pixels in spooled)
    next(images).save(
        path,
        "WEBP",
        save_all=True,
        append_images=images,
        duration=[frame.length for frame in spooled.frames],
        loop=0,
        method=_EFFORT,
        quality=int(choice.options["quality"]),
    )
