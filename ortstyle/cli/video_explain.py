"""`--explain` of a film: the clip, pictures, device and settings, without painting."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ortstyle.cli.explain import device_in_words, in_columns, setting_rows
from ortstyle.cli.messages import show
from ortstyle.cli.video_run import check_extra
from ortstyle.pictures.read import read_rgb
from ortstyle.settings.presets import Origin
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.masks import FilmMasks
from ortstyle.video.media.clip import Clip, open_clip
from ortstyle.video.media.fitting import fitting_size
from ortstyle.video.times import format_time


def print_film_explanation(order: FilmOrder, *, origins: Sequence[Origin], device: str) -> None:
    """Print the clip, pictures, device and settings of a film, and where each setting is from.

    Parameters
    ----------
    order
        What is asked.
    origins
        The settings by their origins, such as a preset; later origins win.
    device
        Name of a device, or "auto", as `--device` takes it.

    Raises
    ------
    OrtStyleError
        The clip, or a picture, can't be read.
    """
    check_extra()
    clip = open_clip(order.source, rate=order.rate, max_pixels=order.settings.max_pixels)
    side = None if order.settings.size == "content" else order.settings.side
    size = fitting_size(clip, side, order.encoding, output=order.output)
    FilmMasks(order.settings.content_mask, clip, max_pixels=order.settings.max_pixels)
    rows = [
        ("clip", f"{order.source}, {_clip_in_words(clip)} → {_size_text(size)}", ""),
        *_part(order),
        *_picture_rows(order),
        ("sizes", ", ".join(f"{s}: {n}" for s, n in _schedule(order, size)), ""),
        ("output", str(order.output), ""),
        ("folder", str(order.work_folder), ""),
        ("device", device_in_words(device), ""),
        ("", "", ""),
        *setting_rows(order.settings, origins),
        ("", "", ""),
        *setting_rows(order.film, origins),
    ]
    for line in in_columns(rows):
        show(line)


def _clip_in_words(clip: Clip) -> str:
    frames = f"{clip.frames} frames, " if clip.frames else ""
    length = f", {format_time(clip.duration)}" if clip.duration else ""
    return (
        f"{_size_text((clip.width, clip.height))}, {frames}{float(clip.rate):.4g} a second{length}"
    )


def _part(order: FilmOrder) -> Iterator[tuple[str, str, str]]:
    if order.begin is not None or order.end is not None:
        begin = "its beginning" if order.begin is None else format_time(order.begin)
        end = "its end" if order.end is None else format_time(order.end)
        yield "part", f"from {begin} to {end}", ""


def _picture_rows(order: FilmOrder) -> Iterator[tuple[str, str, str]]:
    limit = order.settings.max_pixels
    times = order.styles_over_time
    if times is None:
        named = [("style", path) for path in order.styles]
    else:
        named = [
            (f"style at {format_time(time)}", path)
            for time, path in zip(times.times, times.paths, strict=True)
        ]
    for role, path in named:
        yield role, f"{path}, {_size_text(read_rgb(path, name='style', max_pixels=limit).size)}", ""
    for name in filter(None, order.settings.content_mask):
        yield "content mask", name, ""
    for mask in filter(None, order.settings.style_mask):
        found = read_rgb(Path(mask), name="style mask", max_pixels=limit)
        yield "style mask", f"{mask}, {_size_text(found.size)}", ""


def _schedule(order: FilmOrder, size: tuple[int, int]) -> Sequence[tuple[int, int]]:
    return replace(order.settings, size=max(size)).schedule()


def _size_text(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
