"""Colour profiles (ICC): conversion of pictures to sRGB, and of results from sRGB.

Colours are converted by relative colorimetry. Profiles of a matrix and curves, which cameras and
screens have, are applied here in floats to pictures of more than 8 bits, and those of high dynamic
range to any. The rest is left to Little CMS, in 8 bits and with black point compensation.

References
----------
ICC.1:2022 (profile version 4.4), sections 7, 10.6, 10.18 and 10.31, annex F.3.
"""

import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ortstyle.pictures.code_points import HDR, PRIMARIES
from ortstyle.pictures.hdr import HdrProfile
from ortstyle.pictures.picture import to_image
from ortstyle.pictures.srgb import (
    SRGB_TO_XYZ,
    TABLE,
    Floats,
    convert_by_rows,
    decode_srgb,
    encode_srgb,
    table_index,
)

_PIXEL_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_ENCODED = np.linspace(0, 1, TABLE)  # the encoded values at which curves are tabulated


@dataclass(frozen=True)
class MatrixProfile:
    """A profile of one curve a channel and a matrix to XYZ, for RGB or grey.

    A grey profile is represented as an RGB profile with three equal curves and sRGB's matrix.

    Attributes
    ----------
    to_xyz
        ``(3, 3)``, linear RGB to XYZ adapted to D50.
    curves
        One ``(65536,)`` table a channel: the linear light, 0–1, of encoded values in equal steps.
    """

    to_xyz: Floats
    curves: tuple[Floats, Floats, Floats]

    def to_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert ``(3, H, W)`` floats, 0–255, to sRGB; colours outside of sRGB are clipped."""
        return convert_by_rows(self._to_srgb, pixels)

    def from_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert ``(3, H, W)`` sRGB, 0–255; colours outside of the profile are clipped."""
        return convert_by_rows(self._from_srgb, pixels)

    def _to_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        codes = table_index(pixels)
        light = [np.take(c.astype(np.float32), k) for k, c in zip(codes, self.curves, strict=True)]
        matrix = (np.linalg.inv(SRGB_TO_XYZ) @ self.to_xyz).astype(np.float32)
        return encode_srgb(np.clip(np.tensordot(matrix, np.stack(light), 1), 0, 1))

    def _from_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        matrix = np.linalg.inv(self.to_xyz) @ SRGB_TO_XYZ
        mixed = np.clip(np.tensordot(matrix, decode_srgb(pixels), 1), 0, 1)
        planes = [np.interp(p, c, _ENCODED) for p, c in zip(mixed, self.curves, strict=True)]
        return (np.stack(planes) * 255).astype(np.float32)

    def is_srgb(self) -> bool:
        """Return whether the profile is sRGB: it changes no colour by a whole level."""
        levels = np.array([0, 2, 8, 32, 64, 128, 192, 255], np.float32)
        colours = np.array(list(product(levels, repeat=3)), np.float32).T[:, None]
        return float(np.abs(self.to_srgb(colours) - colours).max()) < 1


@cache
def srgb_profile() -> bytes:
    """Return a profile of sRGB; the bytes do not depend on the date."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[24:36] = bytes(12)  # the date
    made[84:100] = bytes(16)  # the checksum, which is optional
    return bytes(made)


def pixel_mode(profile: bytes) -> str | None:
    """Return the Pillow mode of the pixels that a profile describes: RGB, L or CMYK.

    None stands for any other kind of profile, or a damaged one.
    """
    return _PIXEL_MODES.get(profile[16:20]) if profile[36:40] == b"acsp" else None


def describe_kind(profile: bytes) -> str:
    """Return what a profile is for which `pixel_mode` is None: damaged, or of which kind."""
    if profile[36:40] != b"acsp":
        return "damaged"
    space = profile[16:20].decode("ascii", "replace").strip()
    return f"of an unsupported kind ({space})" if space.isprintable() and space else "damaged"


@lru_cache(maxsize=4)
def read_profile(profile: bytes) -> MatrixProfile | HdrProfile | None:
    """Read a profile that is applied in floats; None where it is damaged or of another kind.

    A profile of a matrix and curves that holds code points of PQ or HLG is of high dynamic range.
    """
    found = read_matrix_profile(profile)
    if found is None or pixel_mode(profile) != "RGB":
        return found
    points = _read_tags(profile).get(b"cicp", memoryview(b""))[8:12]
    if len(points) == 4 and points[0] in PRIMARIES and points[1] in HDR:
        return HdrProfile(points[0], points[1], full_range=points[3] == 1)
    return found


def read_matrix_profile(profile: bytes) -> MatrixProfile | None:
    """Read a profile of a matrix and curves; None where it is damaged or of another kind."""
    try:
        tags = _read_tags(profile)
        if profile[20:24] != b"XYZ " or not tags.keys().isdisjoint({b"A2B0", b"A2B1"}):
            return None
        if pixel_mode(profile) == "L":
            grey = _read_curve(tags[b"kTRC"])
            return MatrixProfile(SRGB_TO_XYZ, (grey, grey, grey))
        if pixel_mode(profile) != "RGB":
            return None
        columns = [struct.unpack(">3i", tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        to_xyz = np.array(columns).T / 65536
        if np.linalg.cond(to_xyz) > 1e4:
            return None
        red, green, blue = (_read_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return None
    return MatrixProfile(to_xyz, (red, green, blue))


def convert_to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert an 8-bit image of the profile's mode to RGB in sRGB; None where that fails."""
    if image.mode != pixel_mode(profile):
        return None
    found = read_profile(profile)
    if isinstance(found, HdrProfile):
        levels = np.asarray(image.convert("RGB"), np.float32)
        return to_image(found.to_srgb(levels.transpose(2, 0, 1)))
    if found is not None and found.is_srgb():
        return image.convert("RGB")
    return _convert_with_little_cms(image, profile, to=srgb_profile())


def convert_from_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert an 8-bit image in sRGB to a profile of mode RGB; None where that fails."""
    return _convert_with_little_cms(image, srgb_profile(), to=profile)


def _convert_with_little_cms(
    image: Image.Image, profile: bytes, *, to: bytes
) -> Image.Image | None:
    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.ImageCmsProfile(BytesIO(to)),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.HIGHRESPRECALC,
        )
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds on a damaged profile
        return None


def _read_tags(profile: bytes) -> dict[bytes, memoryview]:
    """Return the data of each tag by its name.

    Raises
    ------
    struct.error, ValueError
        The profile is damaged.
    """
    (count,) = struct.unpack(">I", profile[128:132])
    if count > 1000:
        raise ValueError
    starts = range(132, 132 + 12 * count, 12)
    entries = (struct.unpack(">4sII", profile[start : start + 12]) for start in starts)
    view = memoryview(profile)  # tags may overlap, and copies of them could fill the memory
    return {name: view[start : start + size] for name, start, size in entries}


def _read_curve(tag: memoryview) -> Floats:
    """Return the ``(65536,)`` table of a ``curv`` or ``para`` tag, clipped and rising.

    Raises
    ------
    struct.error, ValueError, LookupError, ArithmeticError
        The tag is damaged.
    """
    with np.errstate(all="ignore"):
        light = _tabulate(tag)
    if not np.isfinite(light).all() or light[-1] <= light[0]:
        raise ValueError
    return np.maximum.accumulate(np.clip(light, 0, 1))  # `from_srgb` inverts it, so it must rise


def _tabulate(tag: memoryview) -> Floats:
    """Return the linear light that a ``curv`` or ``para`` tag gives for each encoded value."""
    if bytes(tag[:4]) == b"curv":
        (count,) = struct.unpack(">I", tag[8:12])
        if count == 0:
            return _ENCODED
        if count == 1:
            (power,) = struct.unpack(">H", tag[12:14])
            return _ENCODED ** float(power / 256)
        table = np.frombuffer(tag, ">u2", count, 12) / 65535
        return np.interp(_ENCODED, np.linspace(0, 1, count), table)
    if bytes(tag[:4]) != b"para":
        raise ValueError
    (kind,) = struct.unpack(">H", tag[8:10])
    values = np.frombuffer(tag, ">i4", (1, 3, 4, 5, 7)[kind], 12) / 65536
    return _tabulate_function(kind, [float(value) for value in values])


def _tabulate_function(kind: int, values: list[float]) -> Floats:
    """Return a table of one of the functions of ICC.1:2022, table 68."""
    gamma, a, b, c, d, e, f = (*values, *[0.0] * (7 - len(values)))
    if kind == 0:
        return _ENCODED**gamma
    if kind in (1, 2):  # below d the curve is the constant c; kind 1 has no c, so 0
        c, d, e, f = 0.0, -b / a, c, c
    power = np.maximum(a * _ENCODED + b, 0) ** gamma + e
    return np.where(d <= _ENCODED, power, c * _ENCODED + f)
