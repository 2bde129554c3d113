"""Graphic styles, painted from a seed: blueprint, stained glass, pixel art, a page with a logo."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pair_pictures.noise import SIZE, cells, clouds, picture, step, strands

LINES = 235  # lightness of the lines of a blueprint


def blueprint() -> Image.Image:
    """Draw the elevation and the plan of a house in white on blue, with its measures."""
    rng = np.random.default_rng(13)
    sheet = Image.new("L", (2 * SIZE[0], 2 * SIZE[1]))
    draw = ImageDraw.Draw(sheet)
    _frame(draw)
    _house(draw)
    _rose(draw, (1600, 560))
    _measures(draw)
    white = np.asarray(sheet.resize(SIZE, Image.Resampling.LANCZOS), dtype=np.float64) / 255
    white *= 0.86 + 0.1 * clouds(SIZE[::-1], 12, rng)
    worn = clouds(SIZE[::-1], 200, rng)
    ground = np.array((24, 62, 128)) + np.array((5, 6, 8)) * worn[..., None]
    ground += 2 * clouds(SIZE[::-1], 4, rng)[..., None]
    return picture(
        white[..., None] * np.array((226, 234, 242))
        + (1 - np.clip(white, 0, 1))[..., None] * ground
    )


def _frame(draw: ImageDraw.ImageDraw) -> None:
    """Draw a grid, a border and the title."""
    for at in range(0, 2048, 64):
        draw.line((at, 0, at, 1536), 26, 2)
        draw.line((0, at, 2048, at), 26, 2)
    draw.rectangle((40, 40, 2008, 1496), outline=LINES, width=6)
    draw.rectangle((1500, 1300, 2008, 1496), outline=LINES, width=6)
    for row, words in enumerate(("HOUSE BY THE LAKE", "FRONT AND PLAN  1:100", "SHEET 3 OF 7")):
        draw.text((1530, 1316 + 58 * row), words, LINES, ImageFont.load_default(34))


def _house(draw: ImageDraw.ImageDraw) -> None:
    """Draw the front of the house and its plan."""
    draw.rectangle((200, 420, 1100, 860), outline=LINES, width=5)
    draw.line((140, 420, 650, 150, 1160, 420, 140, 420), LINES, 6)
    for at in range(190, 1120, 22):  # the roof's hatching
        top = 420 - (270 / 510) * (at - 140 if at < 650 else 1160 - at)
        draw.line((at, 420, at, top + 6), 120, 2)
    for left in (260, 460, 760, 950):
        draw.rectangle((left, 500, left + 100, 640), outline=LINES, width=4)
        draw.line((left + 50, 500, left + 50, 640), LINES, 3)
        draw.line((left, 570, left + 100, 570), LINES, 3)
    draw.rectangle((600, 600, 710, 860), outline=LINES, width=5)
    draw.arc((600, 545, 710, 655), 180, 360, LINES, 5)
    draw.rectangle((200, 1000, 1100, 1420), outline=LINES, width=9)
    for wall in (
        (520, 1000, 520, 1250),
        (200, 1250, 640, 1250),
        (760, 1000, 760, 1420),
        (760, 1200, 960, 1200),
    ):
        draw.line(wall, LINES, 9)
    for box, start in (
        ((420, 1150, 620, 1350), 180),
        ((660, 1100, 860, 1300), 90),
        ((860, 1100, 1060, 1300), 0),
    ):
        draw.arc(box, start, start + 90, LINES, 3)
    for step_at in range(800, 1080, 28):
        draw.line((step_at, 1320, step_at, 1420), LINES, 3)


def _rose(draw: ImageDraw.ImageDraw, centre: tuple[int, int]) -> None:
    """Draw a round window around a centre."""
    for radius in (300, 286, 190, 70, 40):
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        draw.ellipse(box, outline=LINES, width=4)
    for turn in np.arange(0, 2 * np.pi, np.pi / 12):
        ends = [(centre[0] + r * np.cos(turn), centre[1] + r * np.sin(turn)) for r in (70, 286)]
        draw.line(ends, LINES, 3)


def _measures(draw: ImageDraw.ImageDraw) -> None:
    """Draw three lines of measurement with their lengths."""
    for (x0, y0, x1, y1), words in (
        ((200, 930, 1100, 930), "9 000"),
        ((130, 420, 130, 860), "4 400"),
        ((1300, 960, 1900, 960), "6 000"),
    ):
        draw.line((x0, y0, x1, y1), LINES, 3)
        for px, py in ((x0, y0), (x1, y1)):
            draw.line((px - 12, py + 12, px + 12, py - 12), LINES, 4)
        draw.text(((x0 + x1) / 2 + 8, (y0 + y1) / 2 - 44), words, LINES, ImageFont.load_default(34))


def stained_glass() -> Image.Image:
    """Set glowing panes in lead around a rose, and let each pane vary like blown glass."""
    rng = np.random.default_rng(14)
    width, height = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float32)
    seeds, tints = [(width / 2, height / 2)], [(250, 200, 60)]
    jewels = [
        (200, 24, 36),
        (20, 60, 190),
        (16, 130, 80),
        (240, 170, 30),
        (120, 30, 140),
        (40, 150, 210),
    ]
    for ring, radius in enumerate((64, 128, 198, 270, 345)):
        count = (8, 16, 16, 24, 32)[ring]
        for k in range(count):
            turn = 2 * np.pi * (k + 0.5 * (ring % 2)) / count
            seeds.append((width / 2 + radius * np.cos(turn), height / 2 + radius * np.sin(turn)))
            tints.append(jewels[(ring * 2 + k % 2 * (ring + 1)) % 6])
    while len(seeds) < 230:
        place = rng.uniform((-30, -30), (width + 30, height + 30))
        far = np.hypot(place[0] - width / 2, place[1] - height / 2)
        if far > 400 and min(np.hypot(*(place - s)) for s in np.array(seeds)) > 42:
            seeds.append(tuple(place))
            tints.append(jewels[rng.choice([1, 1, 5, 2, 4, 0, 3])])
        elif rng.random() < 0.002:
            break
    points = np.array(seeds, dtype=np.float32)
    best, second = np.full(x.shape, 1e9, np.float32), np.full(x.shape, 1e9, np.float32)
    pane, other = np.zeros(x.shape, int), np.zeros(x.shape, int)
    for index, (px, py) in enumerate(points):
        distance = (x - px) ** 2 + (y - py) ** 2
        nearer, next_ = distance < best, (distance >= best) & (distance < second)
        second = np.where(nearer, best, np.where(next_, distance, second))
        other = np.where(nearer, pane, np.where(next_, index, other))
        best, pane = np.where(nearer, distance, best), np.where(nearer, index, pane)
    apart = np.hypot(*(points[pane] - points[other]).transpose(2, 0, 1)) + 1e-6
    border = (second - best) / (2 * apart)
    varied = np.array(tints, dtype=np.float64) * rng.uniform(0.7, 1.15, (len(tints), 1))
    glow = 1.02 + 0.16 * clouds((height, width), 60, rng) + 0.05 * strands(60, 3, 30, rng)
    glow *= 1.15 - 0.5 * np.hypot(x / width - 0.5, y / height - 0.5)
    glass = varied[pane] * glow[..., None] + 26 * step(border.astype(np.float64), 3, 26)[..., None]
    lead = step(3.9 + 0.35 * clouds((height, width), 12, rng) - border, -0.7, 0.7)[..., None]
    shine = 26 + 46 * step(2.0 - border.astype(np.float64), 0, 2)
    return picture((1 - lead) * glass + lead * shine[..., None])


def pixel_art() -> Image.Image:
    """Place sixteen colours in squares of eight pixels: an evening at a lake, as games had it."""
    rng = np.random.default_rng(23)
    width, height = SIZE[0] // 8, SIZE[1] // 8  # 128 × 96 squares
    sky = [
        (34, 22, 74),
        (74, 36, 110),
        (140, 54, 120),
        (214, 84, 98),
        (246, 142, 86),
        (254, 206, 120),
    ]
    y, x = np.mgrid[:height, :width]
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
    depth = np.clip(y / 56 * 5.2 + bayer[y % 4, x % 4] - 0.5, 0, 5.49)
    image = Image.fromarray(np.array(sky, dtype=np.uint8)[np.rint(depth).astype(int)])
    draw = ImageDraw.Draw(image)
    for star in rng.integers((0, 0), (width, 22), (26, 2)):
        draw.point(tuple(star), (254, 236, 200))
    draw.ellipse((76, 30, 96, 50), (255, 240, 170))
    for row, cut in ((42, 1), (46, 2)):
        draw.rectangle((76, row, 96, row + cut - 1), sky[4])
    for base, high, near, dark in ((58, 22, (104, 60, 124), 0), (62, 14, (62, 40, 96), 1)):
        ridge = base - np.abs(cells((1, width), (1, 14 - 5 * dark), rng)[0]) * high / 2
        for at, top in enumerate(ridge):
            draw.line((at, int(top), at, 64), near)
            if not dark and top < 45:
                draw.line((at, int(top), at, int(top) + 2), (236, 214, 226))
    draw.rectangle((0, 64, width, height), (40, 38, 98))
    mirrored = image.crop((0, 34, width, 64)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    image.paste(
        Image.blend(mirrored.convert("RGB"), Image.new("RGB", mirrored.size, (30, 40, 110)), 0.45),
        (0, 64),
    )
    for _ in range(60):
        at, row, long = rng.integers(0, width), rng.integers(65, 92), rng.integers(2, 9)
        draw.line((at, row, at + long, row), (246, 172, 120) if 66 < at < 104 else (86, 74, 150))
    _shore(draw, rng)
    image = image.quantize(16, dither=Image.Dither.NONE).convert("RGB")
    return image.resize(SIZE, Image.Resampling.NEAREST)


def _shore(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Draw firs, meadows and a hut before a lake of 128 × 96 squares."""
    for at in (5, 13, 22, 29, 112, 120):  # firs
        foot, tall = int(rng.integers(68, 73)), int(rng.integers(15, 24))
        for level in range(tall):
            half = max(0, level * 5 // tall - (level % 4 == 0))
            draw.line(
                (at - half, foot - tall + level, at + half, foot - tall + level), (20, 44, 52)
            )
            draw.point((at - half, foot - tall + level), (38, 84, 74))
        draw.line((at, foot, at, foot + 2), (66, 38, 36))
    ground = 72 + np.rint(2 * cells((1, 128), (1, 12), rng)[0])
    for at, top in enumerate(ground):
        if at < 40 or at > 102:
            draw.line((at, int(top) + (2 if 34 < at < 110 else 0), at, 96), (24, 62, 54))
            draw.point((at, int(top)), (74, 132, 78))
    draw.polygon(((10, 62), (16, 54), (24, 54), (30, 62)), (150, 52, 48))
    draw.rectangle((12, 62, 28, 73), (110, 70, 52))
    for window in ((15, 65), (22, 65)):
        draw.rectangle((*window, window[0] + 3, window[1] + 3), (255, 222, 110))
    draw.rectangle((19, 69, 21, 73), (56, 32, 32))


def logo() -> Image.Image:
    """Set a mark, a name and a paragraph in black and red on a white page."""
    sheet = Image.new("RGB", (2 * SIZE[0], 2 * SIZE[1]), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((180, 180, 620, 620), (206, 32, 40))
    draw.polygon(((270, 520), (400, 250), (530, 520)), (255, 255, 255))
    draw.rectangle((372, 410, 428, 520), (206, 32, 40))
    draw.text((700, 250), "HALDEN", (16, 16, 18), ImageFont.load_default(250))
    draw.text((712, 520), "BOOKS & PRINTS SINCE 1871", (16, 16, 18), ImageFont.load_default(66))
    words = (
        "A page of plain text says little of colour and much of line. The\n"
        "letters stand in rows, dark on white, and most of the sheet is\n"
        "empty. Whoever paints with it should keep the white, and let the\n"
        "strokes of the letters draw what was in the photograph."
    )
    draw.multiline_text((190, 800), words, (24, 24, 26), ImageFont.load_default(56), spacing=28)
    draw.line((190, 1280, 1860, 1280), (16, 16, 18), 6)
    draw.text(
        (190, 1310),
        "No. 24    Halden & Daughter    page 7",
        (90, 90, 94),
        ImageFont.load_default(48),
    )
    return sheet.resize(SIZE, Image.Resampling.LANCZOS)
