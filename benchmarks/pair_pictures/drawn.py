"""Styles that are drawn after a photograph: engraving, pencil, mosaic, comic.

Each function takes photographs and returns an RGB picture; the same photographs give the same
picture.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from pair_pictures.noise import (
    SIZE,
    Colour,
    Floats,
    cells,
    clouds,
    mixed,
    picture,
    smoothed,
    step,
    strands,
)


def tones(photograph: Image.Image, size: tuple[int, int], radius: float = 0) -> Floats:
    """Return the photograph's lightness with full contrast, (H, W), 0 to 1, blurred."""
    grey = ImageOps.autocontrast(ImageOps.fit(photograph.convert("L"), size), cutoff=1)
    return np.asarray(grey.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float64) / 255


def outlines(photograph: Image.Image, size: tuple[int, int], radius: float) -> Floats:
    """Return where the photograph has dark edges, (H, W), 0 to 1: a difference of blurs."""
    fine, coarse = (tones(photograph, size, r) for r in (radius, 1.6 * radius))
    return step(coarse - fine, 0.012, 0.04)


def engraving(photograph: Image.Image) -> Image.Image:
    """Draw lines that swell with the dark, cross where it is darker, and follow the forms."""
    rng = np.random.default_rng(1)
    width, height = size = (SIZE[0] * 2, SIZE[1] * 2)
    light = tones(photograph, size, 3)
    form = tones(photograph, size, 24)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    ink = np.zeros((height, width))
    for degrees, period, bend, starts in ((8, 13, 60, 0.97), (-38, 14, 40, 0.5), (62, 15, 0, 0.24)):
        angle = np.radians(degrees)
        across = x * np.sin(angle) + y * np.cos(angle) + bend * form
        across += 2.5 * cells((height, width), (180, 180), rng)
        ridge = np.abs(across / period % 1 - 0.5) * 2  # 0 in the middle of a line
        swell = np.clip((starts - light) / starts, 0, 1) ** 0.8 * 0.72
        swell += 0.03 * cells((height, width), (9, 30), rng) * (swell > 0.02)
        ink = np.maximum(ink, step(swell - ridge, -0.09, 0.09) * (swell > 0.05))
    ink = np.maximum(ink, 0.9 * outlines(photograph, size, 3.0))
    pressed = mixed(ink * (0.93 + 0.05 * clouds((height, width), 40, rng)), (31, 26, 24), (0, 0, 0))
    paper = np.array((240, 231, 211)) + 2.2 * clouds((height, width), 60, rng)[..., None]
    whole = pressed + (1 - np.clip(ink, 0, 1))[..., None] * paper
    return picture(whole).resize(SIZE, Image.Resampling.LANCZOS)


def pencil(photograph: Image.Image) -> Image.Image:
    """Hatch with graphite in four directions, darker in the dark, over the grain of paper."""
    rng = np.random.default_rng(2)
    shape = SIZE[::-1]
    dark = 1 - tones(photograph, SIZE, 1.5)
    graphite = np.zeros(shape)
    for degrees, begins in ((52, 0.15), (38, 0.38), (80, 0.55), (10, 0.72)):
        hatch = strands(70, 2.2, degrees, rng) + 0.5 * strands(30, 1.3, degrees + 4, rng)
        pressure = step(dark, begins, begins + 0.5)
        graphite += 0.33 * pressure * step(hatch, 0.5 - 1.6 * pressure, 1.5 - 1.6 * pressure)
    graphite += 0.42 * outlines(photograph, SIZE, 2.2) * step(clouds(shape, 90, rng), -1.4, 0.6)
    grain = clouds(shape, 4, rng)
    graphite *= 0.82 + 0.3 * grain
    at = np.indices(shape)
    edge = np.minimum(at, at[:, ::-1, ::-1]).min(axis=0)
    graphite *= step(edge + 26 * clouds(shape, 120, rng), 14, 70)  # unfinished at the border
    paper = 244 + 1.3 * grain
    return picture(mixed(graphite, (52, 52, 56), (0, 0, 0)) + ((1 - graphite) * paper)[..., None])


def mosaic(photograph: Image.Image) -> Image.Image:
    """Lay square stones along the edges of a photograph (Hausner 2001), with mortar between."""
    rng = np.random.default_rng(3)
    side = 15  # pixels
    width, height = SIZE
    colours = ImageOps.fit(photograph.convert("RGB"), SIZE).filter(ImageFilter.GaussianBlur(4))
    light = tones(photograph, SIZE, 9)
    down, right = np.gradient(light)
    twice = np.arctan2(2 * down * right, right**2 - down**2)  # of the angle: it has no sign
    strength = np.hypot(down, right) ** 2
    wide = [smoothed(strength * f(twice), 24) for f in (np.cos, np.sin)]
    angle = np.arctan2(wide[1], wide[0]) / 2
    rows, columns = height // side + 1, width // side + 1
    at = (np.indices((rows, columns)) + 0.5 + rng.uniform(-0.2, 0.2, (2, rows, columns))) * side
    near = tuple(np.clip(at.astype(int), 0, [[[height - 1]], [[width - 1]]]))
    turn = angle[near]
    stones = np.asarray(colours, dtype=np.float64)[near]
    stones = (stones - 110) * 1.25 + 118 + rng.normal(0, 11, stones.shape)
    stones = np.minimum(stones, (232, 222, 198)) + rng.normal(0, 9, (rows, columns, 1))
    y, x = np.mgrid[:height, :width]
    best, second = np.full(x.shape, 1e9), np.full(x.shape, 1e9)
    chosen = np.zeros((2, *x.shape), dtype=int)
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            i, j = np.clip(y // side + dy, 0, rows - 1), np.clip(x // side + dx, 0, columns - 1)
            v, h, a = y - at[0, i, j], x - at[1, i, j], turn[i, j]
            along = np.abs(h * np.cos(a) + v * np.sin(a))
            distance = np.maximum(along, np.abs(v * np.cos(a) - h * np.sin(a)))
            same = (chosen[0] == i) & (chosen[1] == j)
            nearer = distance < best
            second = np.where(
                nearer & ~same, best, np.where(same, second, np.minimum(second, distance))
            )
            best = np.where(nearer, distance, best)
            chosen = np.where(nearer, np.stack([i, j]), chosen)
    stone = stones[chosen[0], chosen[1]] + 7 * clouds(SIZE[::-1], 8, rng)[..., None]
    height_map = step(second - best, 0.6, 5.0)
    slope = np.gradient(height_map)
    stone *= (1 - 0.9 * (slope[0] + slope[1]))[..., None]  # light from above and the left
    mortar = 176 + 9 * clouds(SIZE[::-1], 6, rng)
    gap = step(second - best, 0.8, 2.4)[..., None]
    return picture(gap * stone + (1 - gap) * mortar[..., None] * np.array((0.78, 0.75, 0.7)))


def _panel(photograph: Image.Image, size: tuple[int, int], paint: Colour) -> Floats:
    """Return a panel of a comic, (H, W, 3): flat colours, black outlines, printed dots."""
    width, height = size
    light = tones(photograph, size, 3)
    flat = ImageOps.fit(photograph.convert("RGB"), size).filter(ImageFilter.MedianFilter(9))
    flat = flat.filter(ImageFilter.ModeFilter(11)).quantize(7, dither=Image.Dither.NONE)
    whole = np.asarray(flat.convert("RGB"), dtype=np.float64)
    grey = whole.mean(axis=2, keepdims=True)
    whole = np.clip(grey + 2.1 * (whole - grey), 0, 255) * 0.75 + 72
    y, x = np.mgrid[:height, :width]
    u, v = (x + y) / 9.0, (x - y) / 9.0
    dots = np.hypot(u % 1 - 0.5, v % 1 - 0.5)
    radius = np.clip(0.62 - 0.75 * light, 0, 0.5)
    shade = step(radius - dots, -0.05, 0.05)[..., None]
    whole = whole * (1 - shade) + shade * whole * np.array(paint) / 255
    solid = step(0.2 - light, -0.015, 0.015)
    line = np.maximum(outlines(photograph, size, 2.2), solid)[..., None]
    return np.asarray(whole * (1 - line) + 16 * line)


def comic(*photographs: Image.Image) -> Image.Image:
    """Print three panels with flat colours, black outlines, dots and speech balloons."""
    width, height = SIZE
    page = np.full((height, width, 3), 250.0)
    frames = ((16, 16, 600, 752), (616, 16, 1008, 376), (616, 392, 1008, 752))
    paints = ((214, 60, 60), (60, 110, 214), (214, 90, 150))
    for photograph, (left, top, right, bottom), paint in zip(
        photographs, frames, paints, strict=True
    ):
        panel = _panel(photograph, (right - left, bottom - top), paint)
        page[top:bottom, left:right] = panel
    sheet = picture(page)
    draw = ImageDraw.Draw(sheet)
    for frame in frames:
        draw.rectangle(frame, outline=(12, 12, 14), width=5)
    letters = ImageFont.load_default(30)
    for box, tail, words in (
        ((40, 60, 260, 160), ((170, 152), (212, 148), (262, 200)), "WHO GOES\nTHERE?"),
        ((806, 404, 1000, 472), ((850, 466), (885, 468), (836, 510)), "ONLY ME!"),
    ):
        draw.ellipse(box, (255, 255, 255), (12, 12, 14), 4)
        draw.polygon(tail, (255, 255, 255))
        draw.line((tail[0], tail[2], tail[1]), (12, 12, 14), 4)
        middle = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
        draw.multiline_text(middle, words, (12, 12, 14), letters, "mm", align="center")
    return sheet
