"""Sheets for a blind comparison: two results side by side, called A and B in a random order."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from painted import Painted
from PIL import Image, ImageDraw, ImageFont

from ortstyle.pictures.picture import resize_to_side
from ortstyle.pictures.read import read_rgb

_GAP, _CAPTION, _SOURCE = 16, 32, 256  # pixels; the last is the longest side of the sources
_NEARLY = 16  # pixels by which sizes of engines may differ, cropped from the larger result

Box = tuple[int, int, int, int]


def draw_order(
    found: Sequence[Painted],
    engines: Sequence[str],
    *,
    seed: int,
    against_first: bool = False,
    looks: Sequence[int | None] = (None,),
) -> list[dict[str, Any]]:
    """Return what each sheet shows, in random order.

    Parameters
    ----------
    found
        The results.
    engines
        The engines to compare with each other, those that painted a pair at a size.
    seed
        Seed of the order of the sheets and of A and B. Of the sheets of two engines, each engine
        is A on half of them.
    against_first
        Whether to compare the first engine with the others, and not those among each other.
    looks
        For each sheet of a comparison, the number of the crop, or None for the whole picture.

    Returns
    -------
    list
        Dictionaries of "pair", "size", "look", and the engines "A" and "B".
    """
    rng = np.random.default_rng(seed)
    painted = {(p.pair, p.size, p.engine) for p in found}
    places = dict.fromkeys((p.pair, p.size) for p in sorted(found))
    sheets = []
    for first, second in combinations(engines, 2):
        if against_first and first != engines[0]:
            continue
        shown = [
            {"pair": pair, "size": size, "look": look}
            for pair, size in places
            for look in looks
            if {(pair, size, first), (pair, size, second)} <= painted
        ]
        turned = rng.permutation((np.arange(len(shown)) + rng.integers(2)) % 2)
        for sheet, turn in zip(shown, turned, strict=True):
            a, b = (second, first) if turn else (first, second)
            sheets.append({**sheet, "A": a, "B": b})
    return [sheets[k] for k in rng.permutation(len(sheets))]


def crop_box(size: tuple[int, int], side: int, place: Sequence[int | str]) -> Box:
    """Return a square of `side` pixels in a picture of (width, height), by chance of its `place`.

    The same place, a seed and names, has the same square, for all engines.
    """
    rng = np.random.default_rng([crc32(str(part).encode()) for part in place])
    width, height = (min(side, n) for n in size)
    left, top = (int(rng.integers(n - m + 1)) for n, m in zip(size, (width, height), strict=True))
    return left, top, left + width, top + height


def of_one_size(pictures: Sequence[Image.Image]) -> list[Image.Image]:
    """Return pictures cropped about their middle to the smallest width and height among them.

    Raises
    ------
    ValueError
        They differ by more than 16 pixels.
    """
    width, height = (min(p.size[axis] for p in pictures) for axis in (0, 1))
    if any(p.width - width > _NEARLY or p.height - height > _NEARLY for p in pictures):
        sizes = ", ".join(f"{p.width}×{p.height}" for p in pictures)
        raise ValueError(f"the results have sizes that can't be compared: {sizes}")
    cropped = []
    for picture in pictures:
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        cropped.append(picture.crop((left, top, left + width, top + height)))
    return cropped


def draw_sheet(
    sources: Sequence[Path], results: Mapping[str, Path], *, box: Box | None, enlarge: int = 1
) -> Image.Image:
    """Return a sheet: photograph and painting above, the results "A" and "B" below.

    Parameters
    ----------
    sources
        The files of the photograph and of the painting.
    results
        The files of the results, by caption.
    box
        The part of the results to show, also outlined in the photograph; None shows them whole.
    enlarge
        How many times to enlarge the results, pixel by pixel.
    """
    above = [resize_to_side(read_rgb(path), _SOURCE) for path in sources]
    below = of_one_size([read_rgb(path) for path in results.values()])
    if box:
        photo, scale = above[0], above[0].width / below[0].width
        outline = [round(edge * scale) for edge in box]
        ImageDraw.Draw(photo).rectangle(outline, outline=(255, 0, 0))
        below = [picture.crop(box) for picture in below]
    if enlarge > 1:
        size = (below[0].width * enlarge, below[0].height * enlarge)
        below = [picture.resize(size, Image.Resampling.NEAREST) for picture in below]
    rows = [list(zip(("photograph", "painting"), above, strict=True))]
    rows.append(list(zip(results, below, strict=True)))
    widths = [sum(p.width + _GAP for _, p in row) + _GAP for row in rows]
    heights = [max(p.height for _, p in row) + _CAPTION + _GAP for row in rows]
    sheet = Image.new("RGB", (max(widths), sum(heights) + _GAP), (255, 255, 255))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_CAPTION * 3 // 4)
    top = _GAP
    for row, height in zip(rows, heights, strict=True):
        left = _GAP
        for caption, picture in row:
            draw.text((left, top), caption, (0, 0, 0), font)
            sheet.paste(picture, (left, top + _CAPTION))
            left += picture.width + _GAP
        top += height
    return sheet
