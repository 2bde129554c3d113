"""Little films for tests, written with PyAV: times, colours, rotation and other streams as asked.

Each frame tells its index (`index_of`) and which way is up (`is_upright`), also after lossy coding
and resizing.
"""

import struct
from fractions import Fraction
from itertools import count

import numpy as np
import pytest

SIZE = (64, 48)
_LEVELS = 12  # by how much red differs from frame to frame
_SOUND_RATE = 48_000


def frame(index, size=SIZE, *, depth=8):
    """Return frame ``index``, ``(H, W, 3)``: red tells the index, the first corner is blue."""
    width, height = size
    top = 255 if depth == 8 else 65535
    pixels = np.zeros((height, width, 3), np.uint8 if depth == 8 else np.uint16)
    pixels[..., 0] = _red(index) * (top // 255)
    pixels[..., 1] = top // 4
    pixels[: height // 2, : width // 2, 2] = top
    return pixels


def index_of(pixels):
    """Return which of the first 20 frames `frame` made these pixels for."""
    level = pixels[..., 0].astype(float).mean() / (257 if pixels.dtype == np.uint16 else 1)
    return round((level - 10) / _LEVELS)


def is_upright(pixels):
    """Return whether the corner of a frame that was at the top left is there."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    blue = pixels[..., 2].astype(float)
    corners = [blue[:height, :width], blue[:height, width:], blue[height:, :width]]
    first, *others = (corner.mean() / np.iinfo(pixels.dtype).max for corner in corners)
    return first > 0.6 and max(others) < 0.4


def _red(index):
    return 10 + _LEVELS * index


def write_film(
    path,
    *,
    frames=8,
    times=None,
    rate=25,
    time_base=None,
    size=SIZE,
    codec="libx264",
    pix_fmt="yuv420p",
    pictures=None,
    colors=None,
    aspect=None,
    rotation=0,
    sound=False,
    subtitles=False,
    chapters=(),
    options=None,
    container_options=None,
):
    """Write a film and return its path; ``ffv1`` in .mkv is lossless but for YUV.

    Parameters
    ----------
    path
        Its suffix names the container.
    frames, rate
        Number of frames and frames a second, where there are no ``times``.
    times
        Seconds of each frame, as `Fraction`, for a variable rate.
    time_base
        The unit of the times; 1 / 12800 if None. Matroska has 1 / 1000 whatever is said.
    pictures
        The frames, ``(H, W, 3)`` uint8 RGB or uint16 for more than 8 bits, instead of `frame`'s; or
        VideoFrames, which are encoded as they are.
    colors
        Code points of H.273 as a tuple (primaries, transfer, matrix, full range); with them RGB is
        converted by this matrix.
    aspect
        Width over height of a pixel as it is stored.
    rotation
        Degrees counterclockwise, a multiple of 90, by which a player is to turn the frames; for
        MP4 and MOV alone. The frames are stored turned the other way, so that they come out upright
        and of ``size``.
    sound, subtitles
        Whether there is a tone, and two lines of text.
    chapters
        Tuples of begin, end (seconds) and title.
    options, container_options
        Of the encoder and of the container.
    """
    av = pytest.importorskip("av")
    time_base = time_base or Fraction(1, 12800)
    times = [Fraction(k, 1) / rate for k in range(frames)] if times is None else times
    if pictures is None:
        depth = 8 if av.VideoFormat(pix_fmt, 2, 2).components[0].bits == 8 else 16
        pictures = [frame(k, size, depth=depth) for k in range(len(times))]
    turned = [np.rot90(p, -rotation // 90) if rotation else p for p in pictures]
    with av.open(str(path), "w", options=container_options or {}) as container:
        video = container.add_stream(codec, rate=Fraction(rate), options=options or {})
        video.width, video.height = size[::-1] if rotation % 180 else size
        video.pix_fmt = pix_fmt
        video.codec_context.time_base = time_base
        video.codec_context.thread_count = 1
        if aspect is not None:
            video.codec_context.sample_aspect_ratio = Fraction(aspect)
        if colors is not None:
            _tag(video.codec_context, colors)
        tone = _add_tone(container, path) if sound else None
        text = _add_text(container, path) if subtitles else None
        if chapters:
            container.set_chapters([_chapter(k, *entry) for k, entry in enumerate(chapters)])
        end = times[-1] + Fraction(1) / rate
        for time, pixels in zip(times, turned, strict=True):
            image = _image(av, pixels, pix_fmt, colors)
            image.pts, image.time_base = round(time / time_base), time_base
            container.mux(video.encode(image))
        container.mux(video.encode())
        if tone:
            _write_tone(av, container, tone, end)
        if text:
            _write_text(av, container, text, path, end)
    if rotation:
        _write_rotation(path, rotation)
    return path


def _image(av, pixels, pix_fmt, colors):
    if isinstance(pixels, av.VideoFrame):
        return pixels
    kind = "rgb24" if pixels.dtype == np.uint8 else "rgb48le"
    image = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=kind)
    if pix_fmt.startswith(("yuv", "gray")):
        matrix, full = (colors[2], colors[3]) if colors else (6, False)
        image = image.reformat(
            format=pix_fmt,
            dst_colorspace={1: 1, 9: 9}.get(matrix, 5),
            dst_color_range=2 if full else 1,
            interpolation="BICUBIC",
        )
    if colors is not None:
        _tag(image, colors)
    return image


def _tag(target, colors):
    primaries, transfer, target.colorspace, full = colors
    if hasattr(target, "color_primaries"):  # as frames have since PyAV 17
        target.color_primaries, target.color_trc = primaries, transfer
    target.color_range = 2 if full else 1


def _chapter(index, begin, end, title):
    start, stop = round(Fraction(begin) * 1000), round(Fraction(end) * 1000)
    unit = Fraction(1, 1000)
    return {
        "id": index + 1,
        "start": start,
        "end": stop,
        "time_base": unit,
        "metadata": {"title": title},
    }


def _add_tone(container, path):
    stream = container.add_stream("pcm_s16le" if path.suffix == ".avi" else "aac", _SOUND_RATE)
    stream.codec_context.layout = "mono"
    stream.metadata["language"] = "eng"
    return stream


def _write_tone(av, container, stream, seconds):
    length = round(seconds * _SOUND_RATE)
    tone = 0.3 * np.sin(np.arange(length) * (2 * np.pi * 440 / _SOUND_RATE))
    kind = "fltp" if stream.codec_context.name == "aac" else "s16"
    for start in range(0, length, 1024):
        part = tone[None, start : start + 1024]
        data = part.astype(np.float32) if kind == "fltp" else (part * 32767).astype(np.int16)
        sound = av.AudioFrame.from_ndarray(data, format=kind, layout="mono")
        sound.sample_rate, sound.pts = _SOUND_RATE, start
        sound.time_base = Fraction(1, _SOUND_RATE)
        container.mux(stream.encode(sound))
    container.mux(stream.encode())


def _is_mp4(path):
    return path.suffix in (".mp4", ".mov", ".m4v")


def _add_text(container, path):
    if not hasattr(container, "add_mux_stream"):
        pytest.skip("PyAV before 17 writes no subtitles")
    stream = container.add_mux_stream("mov_text" if _is_mp4(path) else "subrip")
    stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = "deu"
    return stream


def _write_text(av, container, stream, path, seconds):
    half = round(seconds * 500)
    for index, line in enumerate((b"one", b"two")):
        packet = av.Packet(struct.pack(">H", len(line)) + line if _is_mp4(path) else line)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = index * half
        packet.duration = half
        container.mux(packet)


def _write_rotation(path, degrees):
    """Write the matrix of the first track of an MP4 or MOV (ISO/IEC 14496-12, section 8.3.2)."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4
    matrix = start + (52 if data[start] else 40)
    quarter = degrees // 90 % 4
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter]
    one = 1 << 16
    struct.pack_into(
        ">9i", data, matrix, cos * one, -sin * one, 0, sin * one, cos * one, 0, 0, 0, 1 << 30
    )
    path.write_bytes(data)


def write_pictures(folder, *, frames=4, size=SIZE, name="frame-{:04d}.png", first=1):
    """Write a folder of numbered pictures and return it."""
    image = pytest.importorskip("PIL.Image")
    folder.mkdir()
    for index, number in zip(range(frames), count(first), strict=False):
        image.fromarray(frame(index, size)).save(folder / name.format(number))
    return folder


def write_animation(path, *, durations=(40, 80, 120), size=SIZE, transparent=False, **options):
    """Write a GIF, APNG or WebP whose frames last for milliseconds, and return its path."""
    image = pytest.importorskip("PIL.Image")
    images = []
    for index in range(len(durations)):
        pixels = frame(index, size)
        if transparent:
            alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
            alpha[-size[1] // 4 :, -size[0] // 4 :] = 0
            pixels = np.concatenate([pixels, alpha], 2)
        images.append(image.fromarray(pixels))
    options = {"lossless": True} | options if path.suffix == ".webp" else options
    images[0].save(
        path, save_all=True, append_images=images[1:], duration=list(durations), loop=0, **options
    )
    return path
