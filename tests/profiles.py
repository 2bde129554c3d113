"""Colour profiles (ICC) for tests, made byte by byte, and colours in them as CIE Lab.

Nothing here uses the code that is tested.
"""

import struct
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


def make_profile(curve, to_xyz=None, *, table=b"", space=b"RGB "):
    """Make a display profile: of grey without a matrix; a table takes precedence over a matrix."""
    tags = {b"wtpt": b"XYZ " + bytes(4) + fixed_point(*D50)}
    if table:
        tags[b"A2B0"] = table
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
