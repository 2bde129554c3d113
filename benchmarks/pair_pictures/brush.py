"""Pictures of brush and light, painted from a seed: ink, watercolour, a dark room."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from pair_pictures.noise import SIZE, Floats, cells, clouds, mixed, picture, step, strands


def ink() -> Image.Image:
    """Paint bamboo before misty hills with a wet brush on rice paper, and a seal in red."""
    rng = np.random.default_rng(12)
    width, height = SIZE
    shape = (height, width)
    y = np.arange(height, dtype=np.float64)[:, None]
    dark = np.zeros(shape)
    for base, swing, wash in ((330, 70, 0.20), (430, 50, 0.28), (560, 40, 0.2)):
        ridge = base + swing * (
            cells((1, width), (1, 220), rng) + 0.3 * cells((1, width), (1, 50), rng)
        )
        depth = y - ridge
        dark += (
            wash
            * step(depth, -3, 3)
            * np.exp(-np.clip(depth, 0, None) / 90)
            * (1 + 0.25 * clouds(shape, 60, rng))
        )
    strokes = Image.new("L", (2 * width, 2 * height))
    draw = ImageDraw.Draw(strokes)
    for foot, lean, thick, tone in ((240, 60, 17, 200), (330, 20, 11, 150), (140, 100, 8, 110)):
        bottom, place = height + 30.0, float(foot)
        while bottom > -40:
            length = rng.uniform(110, 170)
            top = bottom - length
            tip = place + lean * length / height
            for part in np.linspace(0, 1, 160):  # thicker at the joints
                half = thick * (1 + 0.35 * abs(2 * part - 1) ** 6)
                cx, cy = place + (tip - place) * part, bottom - (length - 5) * part
                tint = int(tone * (0.75 + 0.25 * abs(2 * part - 1) ** 4))
                draw.line((2 * (cx - half), 2 * cy, 2 * (cx + half), 2 * cy), tint, 3)
            draw.line((2 * (tip - thick - 4), 2 * top, 2 * (tip + thick + 4), 2 * top - 4), 250, 7)
            if top < 620:
                for _ in range(rng.integers(3, 7)):
                    _leaf(draw, (tip, top), rng)
            bottom, place = top - 3, tip
    for foot, reach in (((330, 190), (640, 90)), ((345, 300), (610, 330)), ((255, 60), (420, -10))):
        t = np.linspace(0, 1, 12)[:, None]
        branch = (1 - t) * foot + t * np.array(reach) - np.array((0, 46)) * t * (1 - t)
        draw.line([tuple(2 * p) for p in branch], 190, 7)
        for at in np.repeat(branch[4:], 2, axis=0):
            _leaf(draw, tuple(at), rng)
    brush = np.asarray(strokes.resize(SIZE, Image.Resampling.LANCZOS), dtype=np.float64) / 255
    bleed = strokes.resize(SIZE).filter(ImageFilter.GaussianBlur(5))
    brush *= 0.86 + 0.14 * step(strands(90, 1.6, 70, rng), -1.6, -0.4)
    dark = np.maximum(dark, brush + 0.12 * np.asarray(bleed, dtype=np.float64) / 255)
    sheet = (
        np.array((238, 230, 212))
        + 2.5 * (clouds(shape, 8, rng) + strands(40, 1.5, 5, rng))[..., None]
    )
    whole = picture(
        mixed(dark, (24, 23, 26), (0, 0, 0)) + (1 - np.clip(dark, 0, 1))[..., None] * sheet
    )
    seal = ImageDraw.Draw(whole)
    seal.rounded_rectangle((912, 640, 968, 708), 6, (176, 38, 30))
    for line in (
        (924, 652, 956, 652),
        (940, 652, 940, 696),
        (924, 672, 956, 672),
        (926, 696, 954, 696),
    ):
        seal.line(line, (238, 222, 204), 4)
    return whole


def _leaf(draw: ImageDraw.ImageDraw, at: tuple[float, float], rng: np.random.Generator) -> None:
    """Draw a leaf of bamboo: one press of the brush, thin at both ends."""
    length, angle = rng.uniform(60, 130), rng.normal(0.95, 0.5)
    t = np.linspace(0, 1, 24)
    bend = rng.normal(0, 14) * t**2
    spine = np.stack([t * length * np.cos(angle), t * length * np.sin(angle)], 1)
    normal = np.array((-np.sin(angle), np.cos(angle)))
    half = rng.uniform(6, 11) * np.sin(np.pi * np.clip(t, 0, 1) ** 0.6) + 0.4
    middle = np.array(at) + spine + bend[:, None] * normal
    rim = np.concatenate([middle + half[:, None] * normal, (middle - half[:, None] * normal)[::-1]])
    draw.polygon([tuple(2 * p) for p in rim], int(rng.uniform(120, 250)))


def watercolour() -> Image.Image:
    """Lay thin washes over each other, wet, with darker edges, on rough paper: hills at a sea."""
    rng = np.random.default_rng(24)
    width, height = SIZE
    shape = (height, width)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    tooth = clouds(shape, 5, rng)
    whole = np.full((*shape, 3), (248.0, 245.0, 236.0))

    wide = (height + 300, width + 300)
    ragged, pools, blots = (clouds(wide, cell, rng) for cell in (40, 170, 30))

    def elsewhere(field: Floats) -> Floats:
        """Return the field cut out elsewhere, so that no two washes dry alike."""
        top, left = rng.integers(0, 300, 2)
        return field[top : top + height, left : left + width]

    def wash(inside: Floats, pigment: tuple[float, float, float], strength: Floats | float) -> None:
        """Multiply by a pigment's transmittance; `inside` counts pixels from the outline."""
        rough = inside + 3.5 * elsewhere(ragged) + 0.8 * tooth
        cover = step(rough, -1, 1.2)
        rim = np.exp(-np.clip(rough, 0, None) / 3.0) * cover * 0.4
        flow = np.clip(1 + 0.28 * elsewhere(pools) + 0.1 * elsewhere(blots), 0.25, None)
        granules = 1 + 0.10 * tooth
        density = strength * (cover * flow * granules + rim)
        np.multiply(whole, np.array(pigment) ** np.clip(density, 0, 3)[..., None], out=whole)

    horizon = 400.0
    wash(
        horizon - 30 - y + 60 * cells((1, width), (1, 200), rng),
        (0.55, 0.74, 0.9),
        1.1 * (1 - y / 520).clip(0.1),
    )
    wash(44 - np.hypot(x - 700, (y - 180) * 1.1), (1.0, 0.80, 0.42), 0.8)
    wash(22 * cells(shape, (60, 220), rng) - 26 - 0.12 * np.abs(y - 170), (0.84, 0.84, 0.9), 0.6)
    for base, swing, cell, pigment in (
        (330, 36, 170, (0.66, 0.70, 0.86)),
        (372, 30, 120, (0.50, 0.64, 0.70)),
        (405, 22, 90, (0.42, 0.60, 0.44)),
    ):
        ridge = base - swing * np.abs(cells((1, width), (1, cell), rng))
        wash(np.minimum(y - ridge, horizon + 40 - y), pigment, 0.8)
    wash(
        np.minimum(y - horizon - 30, 640 - y + 40 * cells((1, width), (1, 260), rng)),
        (0.46, 0.72, 0.82),
        0.75,
    )
    for _ in range(9):
        top, left = rng.uniform(450, 610), rng.uniform(-50, width - 200)
        stroke = 4.5 - np.abs(y - top - 3 * np.sin(x / 60)) - 0.02 * np.abs(x - left - 140)
        wash(stroke, (0.42, 0.66, 0.8), 0.5)
    shore = 610 + 24 * cells((1, width), (1, 210), rng) + 0.05 * (x - 400)
    wash(y - shore, (0.86, 0.76, 0.46), 0.8)
    wash(y - shore - 50 - 30 * cells((1, width), (1, 130), rng), (0.60, 0.70, 0.34), 0.9)
    for cx, cy, size in ((170, 470, 92), (262, 520, 66), (90, 540, 60), (880, 560, 58)):
        crown = size - np.hypot(x - cx, (y - cy) * 1.15) + 12 * cells(shape, (26, 26), rng)
        wash(crown, (0.48, 0.66, 0.30), 0.9)
        wash(crown - 0.45 * size + 10 * cells(shape, (30, 30), rng), (0.36, 0.5, 0.4), 0.7)
        trunk = np.minimum(
            5 - np.abs(x - cx - 4 * np.sin(y / 25)), np.minimum(y - cy, cy + 1.9 * size - y)
        )
        wash(trunk, (0.5, 0.36, 0.28), 1.0)
    for cx, cy in ((560, 470), (640, 492)):  # boats
        hull = np.minimum(y - cy, 12 - (y - cy) - 0.012 * (x - cx) ** 2 + 8)
        wash(hull, (0.74, 0.32, 0.28), 1.1)
        wash(
            np.minimum(np.minimum(x - cx, cy - 6 - y), 46 - (x - cx) * 1.6 - (cy - y) * 0.6),
            (0.92, 0.86, 0.7),
            0.8,
        )
    return picture(whole + 2.2 * tooth[..., None])


def almost_black() -> Image.Image:
    """Show a room at night: black but for the glow under a door and its gleam on the floor."""
    rng = np.random.default_rng(26)
    width, height = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float64)
    slit = np.exp(-(((y - 520) / 2.5) ** 2)) * step(90 - np.abs(x - 640), 0, 6)
    reach = np.clip(y - 520, 0, None)
    gleam = np.exp(-reach / 70) * (y > 520) * np.exp(-(((x - 640) / (90 + 0.9 * reach)) ** 2))
    seam = (
        np.exp(-(((np.abs(x - 640) - 92) / 1.6) ** 2)) * step(520 - y, 0, 5) * step(y - 180, 0, 5)
    )
    boards = 0.7 + 0.3 * strands(260, 6, 0, rng)
    light = 120 * slit + 22 * gleam * boards + 7 * seam
    whole = np.array((5, 5, 8)) + light[..., None] * np.array((1.0, 0.72, 0.38))
    return picture(whole + 1.1 * clouds((height, width), 4, rng)[..., None])
