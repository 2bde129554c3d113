"""Colour profiles: into sRGB on the way in, and back on the way out.

Decoded are matched by relative colorimetry. Profiles of a matrix and curves, which is what cameras
and screens have, are computed here in floats; the rest goes through Little CMS, in 8 bits and with
black point compensation.

References
----------
ICC.1:2022 (profile version 4.4), sections 7, 10.6, 10.18 and 10.31, annex F.3.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Floats = NDArray[np.float64]

_SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to CIE XYZ adapted to D50, the white of profiles (Lindbloom's figures)."""

_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_ROWS = 128
_STEPS = np.linspace(0, 1, 65536)


@dataclass(frozen=True)
class Matrix:
    """A profile of one curve a channel and a matrix to XYZ, for RGB or, without matrix, for grey.

    Attributes
    ----------
    to_xyz
        ``(3, 3)``, linear RGB to XYZ adapted to D50.
    curves
        One ``(65536,)`` table a channel: light, 0–1, by the encoded value in equal steps.
    """

    to_xyz: Floats
    curves: tuple[Floats, Floats, Floats]

    def to_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert ``(3, H, W)`` floats, 0–255; what sRGB can't show is clipped."""
        return _by_rows(self._to_srgb, pixels)

    def from_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert ``(3, H, W)`` floats, 0–255, out of sRGB; what doesn't fit is clipped."""
        return _by_rows(self._from_srgb, pixels)

    def _to_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        light = [np.interp(p / 255, _STEPS, c) for p, c in zip(pixels, self.curves, strict=True)]
        mixed = np.tensordot(np.linalg.inv(_SRGB_TO_XYZ) @ self.to_xyz, np.stack(light), 1)
        return _encode(np.clip(mixed, 0, 1))

    def _from_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        light = np.linalg.inv(self.to_xyz) @ _SRGB_TO_XYZ
        mixed = np.clip(np.tensordot(light, _decode(pixels), 1), 0, 1)
        planes = [np.interp(p, c, _STEPS) for p, c in zip(mixed, self.curves, strict=True)]
        return (np.stack(planes) * 255).astype(np.float32)

    def is_srgb(self) -> bool:
        """Tell whether no colour changes by a level."""
        levels = np.array([0, 2, 8, 32, 64, 128, 192, 255], np.float32)
        colours = np.array(list(product(levels, repeat=3)), np.float32).T[:, None]
        return float(np.abs(self.to_srgb(colours) - colours).max()) < 1


def _by_rows(
    convert: Callable[[NDArray[np.float32]], NDArray[np.float32]], pixels: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Convert a few rows at a time: what comes up on the way is large."""
    result = np.empty(pixels.shape, np.float32)
    for start in range(0, pixels.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        result[:, rows] = convert(pixels[:, rows])
    return result


def _encode(light: Floats) -> NDArray[np.float32]:
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (curved * 255).astype(np.float32)


def _decode(pixels: NDArray[np.float32]) -> Floats:
    levels = np.clip(pixels.astype(np.float64) / 255, 0, 1)
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


@cache
def srgb() -> bytes:
    """Give a profile of sRGB, the same bytes each time."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[24:36] = bytes(12)  # the date
    made[84:100] = bytes(16)  # the checksum, which is optional
    return bytes(made)


def mode(icc: bytes) -> str | None:
    """Give the Pillow mode whose pixels a profile describes, None where it is of another kind."""
    return _MODES.get(icc[16:20]) if icc[36:40] == b"acsp" else None


def matrix(icc: bytes) -> Matrix | None:
    """Read a profile of a matrix and curves; None where it is damaged or of another kind."""
    try:
        tags = _tags(icc)
        if icc[20:24] != b"XYZ " or not tags.keys().isdisjoint({b"A2B0", b"A2B1"}):
            return None
        if mode(icc) == "L":
            grey = _curve(tags[b"kTRC"])
            return Matrix(_SRGB_TO_XYZ, (grey, grey, grey))
        if mode(icc) != "RGB":
            return None
        columns = [struct.unpack(">3i", tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        to_xyz = np.array(columns).T / 65536
        if np.linalg.cond(to_xyz) > 1e4:
            return None
        red, green, blue = (_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return None
    return Matrix(to_xyz, (red, green, blue))


def convert(image: Image.Image, icc: bytes) -> Image.Image | None:
    """Convert an 8-bit picture of the profile's mode to RGB in sRGB; None where that fails."""
    if image.mode != mode(icc):
        return None
    found = matrix(icc)
    if found is not None and found.is_srgb():
        return image.convert("RGB")
    return _transform(image, icc, srgb())


def convert_back(image: Image.Image, icc: bytes) -> Image.Image | None:
    """Convert an 8-bit picture of sRGB to a profile of mode RGB; None where that fails."""
    return _transform(image, srgb(), icc)


def _transform(image: Image.Image, source: bytes, to: bytes) -> Image.Image | None:
    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(source)),
            ImageCms.ImageCmsProfile(BytesIO(to)),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.HIGHRESPRECALC,
        )
    except Exception:  # noqa: BLE001 - the profile is damaged in whatever way, the picture is not
        return None


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack(">I", icc[128:132])
    if count > 1000:
        raise ValueError
    entries = (struct.unpack(">4sII", icc[at : at + 12]) for at in range(132, 132 + 12 * count, 12))
    return {name: icc[start : start + size] for name, start, size in entries}


def _curve(tag: bytes) -> Floats:
    """Tabulate a ``curv`` or ``para`` tag."""
    with np.errstate(all="ignore"):
        light = _light(tag)
    if not np.isfinite(light).all() or light[-1] <= light[0]:
        raise ValueError
    return np.maximum.accumulate(np.clip(light, 0, 1))  # the way back needs it to rise


def _light(tag: bytes) -> Floats:
    if tag[:4] == b"curv":
        (count,) = struct.unpack(">I", tag[8:12])
        if count == 0:
            return _STEPS
        if count == 1:
            (power,) = struct.unpack(">H", tag[12:14])
            return _STEPS ** float(power / 256)
        table = np.frombuffer(tag, ">u2", count, 12) / 65535
        return np.interp(_STEPS, np.linspace(0, 1, count), table)
    if tag[:4] != b"para":
        raise ValueError
    (kind,) = struct.unpack(">H", tag[8:10])
    values = np.frombuffer(tag, ">i4", (1, 3, 4, 5, 7)[kind], 12) / 65536
    return _parametric(kind, [float(value) for value in values])


def _parametric(kind: int, values: list[float]) -> Floats:
    """Compute the functions of ICC.1:2022, table 68."""
    gamma, a, b, c, d, e, f = (*values, *[0.0] * (7 - len(values)))
    if kind == 0:
        return _STEPS**gamma
    if kind in (1, 2):  # below d the curve is c; kind 1 has none, so 0
        c, d, e, f = 0.0, -b / a, c, c
    power = np.maximum(a * _STEPS + b, 0) ** gamma + e
    return np.where(d <= _STEPS, power, c * _STEPS + f)
