"""Colour profiles (ICC) for tests, made byte by byte, and colours in them as CIE Lab.

Nothing here uses the code that is tested.
"""

import struct
import zlib
from itertools import product

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
P3 = np.array(
    [[0.515102, 0.291965, 0.157153], [0.241182, 0.692236, 0.066582], [-0.00105, 0.041882, 0.784378]]
)
ADOBE = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def fixed_point(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def gamma_curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def table_curve(levels):
    return b"curv" + bytes(4) + struct.pack(">I", len(levels)) + np.array(levels, ">u2").tobytes()


def parametric_curve(kind, *values):
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + fixed_point(*values)


def lookup_table(levels, corners):
    """Make a lookup table (``mft2``) of two steps a channel: a curve, then the corners' XYZ."""
    channels = {8: 3, 16: 4}[len(corners)]
    head = b"mft2" + bytes(4) + bytes([channels, 3, 2, 0]) + fixed_point(1, 0, 0, 0, 1, 0, 0, 0, 1)
    head += struct.pack(">HH", len(levels), 2)
    curves = [np.tile(levels, channels), np.clip(corners, 0, 1).ravel() * 32768, [0, 65535] * 3]
    return head + b"".join(np.rint(part).astype(">u2").tobytes() for part in curves)


def make_profile(curve, to_xyz=None, *, table=b"", back=b"", space=b"RGB "):
    """Make a display profile: of grey without a matrix; a table takes precedence over a matrix.

    The table ``back`` leads from XYZ to RGB.
    """
    tags = {b"wtpt": b"XYZ " + bytes(4) + fixed_point(*D50)}
    if table:
        tags[b"A2B0"] = table
    if back:
        tags[b"B2A0"] = back
    if to_xyz is None and not table:
        space, tags[b"kTRC"] = b"GRAY", curve
    elif to_xyz is not None:
        for name, column in zip(b"rgb", np.transpose(to_xyz), strict=True):
            tags[bytes([name]) + b"XYZ"] = b"XYZ " + bytes(4) + fixed_point(*column)
            tags[bytes([name]) + b"TRC"] = curve
    body, index = b"", struct.pack(">I", len(tags))
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        index += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = struct.pack(">I", start + len(body))
    header = size + bytes(4) + b"\x04\x30\0\0mntr" + space + b"XYZ " + bytes(12) + b"acsp"
    header += bytes(28) + fixed_point(*D50)
    return header + bytes(128 - len(header)) + index + body


DISPLAY_P3 = make_profile(parametric_curve(3, *SRGB_CURVE), P3)
ADOBE_RGB = make_profile(gamma_curve(2.19921875), ADOBE)
GREY = make_profile(gamma_curve(1.8))


def srgb_light(levels):
    levels = np.asarray(levels, float) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


P3_BY_TABLE = make_profile(
    parametric_curve(3, *SRGB_CURVE),
    P3,
    table=lookup_table(
        srgb_light(np.linspace(0, 255, 1024)) * 65535,
        np.array(list(product((0, 1), repeat=3))) @ P3.T,
    ),
)
INKS = np.array([[(1 - ink) * (1 - k) for ink in cmy] for *cmy, k in product((0, 1), repeat=4)])
CMYK = make_profile(b"", table=lookup_table(np.array([0, 65535]), INKS @ SRGB.T), space=b"CMYK")


def linear_to_lab(light, to_xyz):
    """Return CIE Lab, ``(..., 3)``, of linear RGB."""
    ratio = np.asarray(light) @ np.asarray(to_xyz).T / D50
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def levels_to_lab(levels, name):
    """Return the CIE Lab of ``(..., 3)`` levels, 0–255, in the profile of a name."""
    if name == "adobe":
        return linear_to_lab((np.asarray(levels, float) / 255) ** 2.19921875, ADOBE)
    return linear_to_lab(srgb_light(levels), {"p3": P3, "srgb": SRGB}[name])


PROFILES = {"p3": DISPLAY_P3, "adobe": ADOBE_RGB}

# Colour spaces by the chromaticities of white, red, green and blue

D65 = (0.3127, 0.3290)
SRGB_SPACE = (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3_SPACE = (D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
DCI_SPACE = ((0.314, 0.351), *P3_SPACE[1:])
ADOBE_SPACE = (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
BT2020_SPACE = (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _xyz(chromaticity):
    x, y = chromaticity
    return np.array([x, y, 1 - x - y])


def space_to_xyz(white, *primaries):
    """Return the matrix of linear RGB to XYZ, with white as bright as 1, adapted to D65."""
    corners = np.stack([_xyz(p) for p in primaries], 1)
    bright = _xyz(white) / white[1]
    matrix = corners * np.linalg.solve(corners, bright)
    gain = (_CONES @ (_xyz(D65) / D65[1])) / (_CONES @ bright)
    return np.linalg.inv(_CONES) @ np.diag(gain) @ _CONES @ matrix


def srgb_level(light):
    light = np.asarray(light, float)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def light_in(space, light):
    """Return linear sRGB, ``(..., 3)``, as linear RGB of a space, clipped to 0–1."""
    matrix = np.linalg.inv(space_to_xyz(*space)) @ space_to_xyz(*SRGB_SPACE)
    return np.clip(light @ matrix.T, 0, 1)


def srgb_of(space, light):
    """Return the sRGB levels, 0–255, of linear RGB of a space, ``(..., 3)``."""
    matrix = np.linalg.inv(space_to_xyz(*SRGB_SPACE)) @ space_to_xyz(*space)
    return srgb_level(np.clip(light @ matrix.T, 0, 1))


# Files, made byte by byte


def chunk(kind, data):
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png_file(levels, *chunks):
    """Return a PNG of ``(H, W)`` or ``(H, W, channels)`` uint8 or uint16 levels, and more chunks.

    Each further chunk, a pair of name and data, comes before the pixels.
    """
    levels = np.asarray(levels)
    channels = 1 if levels.ndim == 2 else levels.shape[2]
    rows = levels.astype(levels.dtype.newbyteorder(">")).reshape(len(levels), -1)
    header = struct.pack(">II", levels.shape[1], len(levels))
    header += bytes([levels.dtype.itemsize * 8, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0])
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    parts = [chunk(b"IHDR", header), *(chunk(*more) for more in chunks), chunk(b"IDAT", pixels)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def chrm(space):
    """Return the data of a PNG's cHRM chunk."""
    return b"".join(struct.pack(">I", round(v * 100_000)) for point in space for v in point)


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def heif_file(*properties, links=None, wide=False, version=0):
    """Return the boxes of an AVIF without pixels, whose main picture, item 1, has properties.

    Parameters
    ----------
    properties
        Boxes.
    links
        The numbers, from 1, of those that belong to the main picture; by default all.
    wide
        Whether the numbers are of 16 bits.
    version
        1 for numbers of items of 32 bits.
    """
    links = range(1, len(properties) + 1) if links is None else links
    items = "I" if version else "H"
    numbers = b"".join(struct.pack(">H" if wide else ">B", n) for n in links)
    ipma = struct.pack(">B3xI", version, 2)[:3] + bytes([wide]) + struct.pack(">I", 2)
    ipma += struct.pack(f">{items}B", 7, 0) + struct.pack(f">{items}B", 1, len(links)) + numbers
    pitm = struct.pack(f">B3x{items}", version, 1)
    iprp = box(b"iprp", box(b"ipco", *properties), box(b"ipma", ipma))
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(20)), box(b"pitm", pitm), iprp)
    return box(b"ftyp", b"avif", bytes(4), b"mif1") + box(b"free", bytes(9)) + meta


def nclx(primaries, transfer):
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, 6, 128))
