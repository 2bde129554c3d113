"""Paper and cloth, painted from a seed: plain sheets, canvas, knitting, batik."""

import numpy as np
from PIL import Image

from pair_pictures.noise import SIZE, Colour, Floats, cells, clouds, picture, step, strands

NORDIC = """
........................
x.x.x.x.x.x.x.x.x.x.x.x.
........................
o...o...o...o...o...o...
.o.o.o.o.o.o.o.o.o.o.o.o
..o...o...o...o...o...o.
........................
xxxxxxxxxxxxxxxxxxxxxxxx
xxxxx.xxxxx.xxxxx.xxxxx.
xx.xx...xx...xxx..xx.xx.
xx..x..xxxx.xxxx.xx..xx.
xx......xx.x.xx......xx.
xxxxx...x..x..x...xxxxx.
xx.......xxxxx.......xx.
xxxxx...x..x..x...xxxxx.
xx......xx.x.xx......xx.
xx..x..xxxx.xxxx.xx..xx.
xx.xx...xx...xxx..xx.xx.
xxxxx.xxxxx.xxxxx.xxxxx.
xxxxxxxxxxxxxxxxxxxxxxxx
........................
..o...o...o...o...o...o.
.o.o.o.o.o.o.o.o.o.o.o.o
o...o...o...o...o...o...
"""


def paper(colour: Colour, seed: int) -> Image.Image:
    """Return a sheet of one colour with the grain of paper, a deviation of about 2 levels."""
    rng = np.random.default_rng(seed)
    grain = clouds(SIZE[::-1], 6, rng) + 0.5 * strands(30, 1.5, 20, rng)
    return picture(np.array(colour) + 2 * grain[..., None])


def canvas() -> Image.Image:
    """Weave linen one over one, lit from the upper left, with threads of uneven thickness."""
    rng = np.random.default_rng(11)
    width, height = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x += 1.5 * cells((height, width), (90, 16), rng)
    y += 1.5 * cells((height, width), (16, 90), rng)
    u, v = x / 9, y / 9
    over = ((np.floor(u) + np.floor(v)) % 2).astype(bool)  # whether the upright thread lies above
    across, along = np.where(over, u % 1, v % 1) - 0.5, np.where(over, v % 1, u % 1) - 0.5
    relief = np.sqrt(np.clip(1 - (across / 0.52) ** 2, 0, 1)) * np.cos(along * 2.1)
    slope = np.gradient(relief)
    lit = 0.62 + 0.38 * relief - 0.5 * (slope[0] + slope[1])
    thread = np.where(
        over, cells((height, width), (200, 9), rng), cells((height, width), (9, 200), rng)
    )
    fibre = np.where(
        over, cells((height, width), (14, 1.5), rng), cells((height, width), (1.5, 14), rng)
    )
    return picture(
        (lit * (1 + 0.05 * thread + 0.05 * fibre))[..., None] * np.array((214, 198, 168))
    )


def knitting() -> Image.Image:
    """Knit a Nordic pattern in three wools: each stitch a V of two twisted legs."""
    rng = np.random.default_rng(21)
    width, height = SIZE
    rows = NORDIC.split()
    wide, high = 21.0, 17.0  # of a stitch, pixels
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x += 1.6 * cells((height, width), (60, 60), rng)
    y += 1.6 * cells((height, width), (60, 60), rng)
    wools = {".": (222, 214, 198), "x": (158, 34, 40), "o": (36, 62, 104)}
    colours = np.array([[wools[stitch] for stitch in row] for row in rows], dtype=np.float64)
    best = np.full(x.shape, -1.0)
    whole = np.zeros((height, width, 3)) + 30
    for above in (0, 1):  # a leg reaches into the row above
        row = np.floor(y / high) + above
        v = row + 1 - y / high  # 0 at the foot of the stitch, to 2
        side = x / wide % 1 - 0.5
        right = side > 0
        lean = 0.08 + 0.30 * v / 1.55  # the legs open upwards
        off = (np.abs(side) - lean) / (0.235 - 0.02 * v)
        end = np.clip((v - 0.78) / 0.86, -1, 1)
        round_ = 1 - off**2 - end**4
        relief = np.sqrt(np.clip(round_, 0, 1))
        twist = np.sin(2 * np.pi * (v * 3.2 + np.where(right, -1, 1) * off * 0.45))
        slant = np.where(right, -1.0, 1.0) * off
        lit = 0.55 + 0.42 * relief + 0.10 * twist * relief + 0.08 * slant - 0.1 * v
        where = (round_ > 0) & (relief + 0.35 * v > best)
        best = np.where(where, relief + 0.35 * v, best)
        r = row.astype(int) % len(rows)
        c = np.floor(x / wide).astype(int) % len(rows[0])
        whole = np.where(where[..., None], colours[r, c] * lit[..., None], whole)
    fluff = 0.05 * strands(14, 1.3, 60, rng) + 0.05 * strands(14, 1.3, -60, rng)
    return picture(whole * (1 + fluff)[..., None] + 5 * clouds((height, width), 3, rng)[..., None])


def batik() -> Image.Image:
    """Dye flowers and bands in indigo and brown on cream, with the crackle of wax."""
    rng = np.random.default_rng(22)
    width, height = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x += 2 * cells((height, width), (50, 50), rng)
    y += 2 * cells((height, width), (50, 50), rng)
    cream, brown, indigo = ((232, 214, 172), (140, 72, 28), (26, 34, 74))
    whole = np.zeros((height, width, 3)) + indigo

    def dye(inside: Floats, colour: tuple[int, int, int]) -> None:
        part = step(inside, -0.8, 0.8)[..., None]  # pixels inside the outline
        whole[:] = whole * (1 - part) + part * np.array(colour)

    side = 256.0
    for shift in (0.0, 0.5):
        u, v = (x / side + shift) % 1 - 0.5, (y / side + shift) % 1 - 0.5
        radius, turn = np.hypot(u, v) * side, np.arctan2(v, u)
        big = 1.32 if shift == 0 else 0.8
        petal = np.abs(np.cos(4 * turn))
        dye(big * (50 + 34 * petal) - radius, cream)
        dye(big * (46 + 32 * petal) - radius, brown)
        dye(big * (30 + 34 * petal**3) - radius, cream)
        dye(3.0 * big - np.abs(radius - big * (20 + 32 * petal**3)), indigo)
        dye(big * 22 - radius, indigo)
        dye(big * 15 - radius, cream)
        dye(big * 8 - radius, brown)
        for k in range(16 if shift == 0 else 12):
            at = 2 * np.pi * (k + 0.5) / (16 if shift == 0 else 12)
            dot = np.hypot(u * side - big * 92 * np.cos(at), v * side - big * 92 * np.sin(at))
            dye(4.6 - dot, cream)
    small = np.hypot((x / 13 + 0.5 * (np.floor(y / 13) % 2)) % 1 - 0.5, y / 13 % 1 - 0.5) * 13
    plain = np.abs(whole - indigo).sum(axis=2) < 3
    dye(np.where(plain, 1.7 - small, -9), (150, 140, 132))
    cracks = np.full((height, width), 9.0)
    for cell in (130, 90, 60, 60):  # the wax breaks along lines, and dye runs in
        field = cells((height, width), (cell, cell), rng) + 0.06 * clouds((height, width), 10, rng)
        slope = np.hypot(*np.gradient(field)) + 2e-3
        cracks = np.minimum(cracks, np.abs(field % 1.2 - 0.6) / slope)
    veins = step(1.2 - cracks, -0.7, 0.5) * step(clouds((height, width), 90, rng), -1.1, 0.5)
    stain = 0.8 * veins[..., None]
    whole = whole * (1 - stain) + stain * np.array((40, 38, 66))
    thread = 0.035 * (strands(40, 1.2, 0, rng) + strands(40, 1.2, 90, rng))
    uneven = 1 + 0.05 * clouds((height, width), 90, rng)
    return picture(whole * (uneven + thread)[..., None])
