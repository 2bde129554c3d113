"""Colour profiles (ICC) made from primaries and curves, for pictures that declare colours so.

A colour space that a file declares in another way than by a profile becomes a profile here, so that
everything that follows knows of profiles only.

References
----------
ICC.1:2022 (profile version 4.4), sections 7, 9.2 and 10, annex E (Bradford).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from ortstyle.pictures.srgb import PARAMETRIC_CURVE, Floats

D50 = (0.9642, 1.0, 0.8249)
"""XYZ of the white point of profiles."""

_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_IMPOSSIBLE = "the chromaticities are those of no colours"
_VERSION = b"\x04\x40\0\0"


@dataclass(frozen=True)
class Chromaticities:
    """CIE 1931 chromaticities, x and y, of the white point and the primaries of RGB."""

    white: tuple[float, float]
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]

    def to_xyz(self) -> Floats:
        """Return the ``(3, 3)`` matrix of linear RGB to XYZ, adapted to D50.

        Raises
        ------
        ValueError
            No colours have these chromaticities.
        """
        corners = np.array([(x, y, 1 - x - y) for x, y in (self.red, self.green, self.blue)]).T
        with np.errstate(all="ignore"):
            if not np.isfinite(corners).all() or not np.linalg.cond(corners) < 1e3:
                raise ValueError(_IMPOSSIBLE)
            white = _white_xyz(self.white)
            matrix = adaptation(self.white) @ (corners * np.linalg.solve(corners, white))
        if not np.isfinite(matrix).all() or np.abs(matrix).max() > 100 or matrix[1].min() < -0.5:
            raise ValueError(_IMPOSSIBLE)
        return np.asarray(matrix)

    def is_possible(self) -> bool:
        """Return whether colours can have these chromaticities."""
        try:
            self.to_xyz()
        except ValueError:
            return False
        return True

    def agrees(self, other: "Chromaticities", *, tolerance: float = 0.004) -> bool:
        """Return whether two sets of chromaticities are the same but for rounding."""
        pairs = [np.array([c.white, c.red, c.green, c.blue]) for c in (self, other)]
        return bool(np.abs(pairs[0] - pairs[1]).max() <= tolerance)


def _white_xyz(white: tuple[float, float]) -> Floats:
    x, y = white
    if not (0 < x < 1 and 0.01 < y < 1 and x + y <= 1):
        raise ValueError(_IMPOSSIBLE)
    return np.array([x / y, 1, (1 - x - y) / y])


def adaptation(white: tuple[float, float]) -> Floats:
    """Return Bradford's ``(3, 3)`` matrix that adapts XYZ from a white point to D50.

    Raises
    ------
    ValueError
        The chromaticity is that of no light.
    """
    responses = [_BRADFORD @ xyz for xyz in (np.array(D50), _white_xyz(white))]
    return np.linalg.solve(_BRADFORD, np.diag(responses[0] / responses[1]) @ _BRADFORD)


def power_curve(gamma: float) -> bytes:
    """Return the tag of the curve by which light is the encoded value to the power of gamma."""
    return b"para" + bytes(4) + struct.pack(">HH", 0, 0) + _fixed_point(gamma)


def srgb_curve() -> bytes:
    """Return the tag of the curve of sRGB."""
    return b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed_point(*PARAMETRIC_CURVE)


def table_curve(light: Floats) -> bytes:
    """Return the tag of a curve: the linear light, 0–1, of encoded values in equal steps."""
    levels = np.rint(np.clip(light, 0, 1) * 65535).astype(">u2")
    return b"curv" + bytes(4) + struct.pack(">I", levels.size) + levels.tobytes()


def make_rgb_profile(
    primaries: Chromaticities,
    curves: Sequence[bytes],
    *,
    name: str,
    code_points: tuple[int, int, int, int] | None = None,
) -> bytes:
    """Return a profile of RGB.

    Parameters
    ----------
    primaries
        The chromaticities of the primaries and the white point.
    curves
        The tags of the curves of R, G and B.
    name
        The description of the profile, in ASCII.
    code_points
        Primaries, transfer function, matrix and range by ITU-T H.273; None to leave them out.

    Raises
    ------
    ValueError
        No colours have these chromaticities.
    """
    matrix = primaries.to_xyz()
    tags = _common_tags(name)
    tags[b"chad"] = b"sf32" + bytes(4) + _fixed_point(*adaptation(primaries.white).ravel())
    for letter, column, curve in zip(b"rgb", matrix.T, curves, strict=True):
        tags[bytes([letter]) + b"XYZ"] = b"XYZ " + bytes(4) + _fixed_point(*column)
        tags[bytes([letter]) + b"TRC"] = curve
    if code_points:
        tags[b"cicp"] = b"cicp" + bytes(4) + bytes(code_points)
    return _assemble(tags, space=b"RGB ")


def make_grey_profile(curve: bytes, *, name: str) -> bytes:
    """Return a profile of grey with the tag of a curve; the name is its description, in ASCII."""
    return _assemble(_common_tags(name) | {b"kTRC": curve}, space=b"GRAY")


def _common_tags(name: str) -> dict[bytes, bytes]:
    return {
        b"desc": _text(name),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": b"XYZ " + bytes(4) + _fixed_point(*D50),
    }


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return (
        b"mluc"
        + bytes(4)
        + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28)
        + (encoded)
    )


def _fixed_point(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)


def _assemble(tags: dict[bytes, bytes], *, space: bytes) -> bytes:
    """Return a version 4.4 display profile; its bytes do not depend on the date."""
    padded = {data: data + bytes(-len(data) % 4) for data in tags.values()}  # equal tags once
    first = 132 + 12 * len(tags)
    sizes = map(len, padded.values())
    starts = dict(zip(padded, accumulate(sizes, initial=first), strict=False))
    index = b"".join(
        name + struct.pack(">II", starts[data], len(data)) for name, data in tags.items()
    )
    body = struct.pack(">I", len(tags)) + index + b"".join(padded.values())
    header = struct.pack(">I4x4s4s4s4s", 128 + len(body), _VERSION, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(24) + struct.pack(">I", 1) + _fixed_point(*D50)
    return header + bytes(128 - len(header)) + body
