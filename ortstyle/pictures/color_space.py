"""The colour space that a picture's file declares, by whatever means, as a colour profile.

In the order of the standards: for PNG cICP, a profile, sRGB, then gAMA with cHRM; for AVIF, HEIC
and JPEG 2000 a profile, then code points; for TIFF a profile, then its own tags; for every format
last the EXIF, where cameras declare Adobe RGB.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from ortstyle.pictures import icc
from ortstyle.pictures.code_points import SRGB_PRIMARIES, UNSPECIFIED, profile_of
from ortstyle.pictures.isobmff import read_box_colors
from ortstyle.pictures.make_profile import (
    Chromaticities,
    make_grey_profile,
    make_rgb_profile,
    power_curve,
    srgb_curve,
    table_curve,
)
from ortstyle.pictures.png_colors import PngColors
from ortstyle.pictures.tiff_values import TiffTag

_SRGB, _ADOBE_RGB = 1, 2  # values of ColorSpace in EXIF
_ADOBE_GAMMA = 2.19921875
_SRGB_GAMMA = 0.45455
_NEAR_SRGB_GAMMA = 0.005  # writers of sRGB round its mean exponent
_EXIF, _COLOR_SPACE, _INTEROPERABILITY, _INDEX = 0x8769, 0xA001, 0xA005, 1
_POINTS = ("white", "red", "green", "blue")
_NOT_SAID = (UNSPECIFIED, UNSPECIFIED)
_IMPOSSIBLE = "its chromaticities are impossible, and are ignored"
_MIN_GAMMA, _MAX_GAMMA = 0.05, 10.0
_TABLES = {n * 2**bits for n in (1, 3) for bits in (4, 8, 16)}  # lengths of transfer functions
_ADOBE_PRIMARIES = Chromaticities((0.3127, 0.3290), (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
_TIFF_PREFIXES = (b"II", b"MM")
_TIFF_GREY, _TIFF_KINDS = {0, 1}, {0, 1, 2, 3, 6}  # the others are a palette and YCbCr, for RGB
_TIFF_LAB = {8, 9, 10}  # CIE L*a*b*, ICC's and ITU's
_GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F")


@dataclass(frozen=True)
class ColorSpace:
    """A declared colour space.

    Attributes
    ----------
    profile
        The colour profile; empty for sRGB and where none is declared.
    notice
        What the user should know about the declaration; usually empty.
    """

    profile: bytes = b""
    notice: str = ""


def declared_color_space(image: Image.Image, file: BinaryIO | None = None) -> ColorSpace:
    """Return the colour space that a picture declares.

    Parameters
    ----------
    image
        An image with the metadata of the file, opened by Pillow.
    file
        The file, whose position is restored; by default Pillow's own, while that is open.

    Returns
    -------
    ColorSpace
        The first declaration that can be understood; the notice tells of those that can't.
    """
    file = file or _open_file_of(image)
    said: list[str] = []
    with _position_kept(file):
        for found in _declarations(image, file):
            if found.notice:
                said.append(found.notice)
            if found.profile or not found.notice:
                return ColorSpace(found.profile, "; ".join(said))
    return ColorSpace(notice="; ".join(said))


def _open_file_of(image: Image.Image) -> BinaryIO | None:
    """Return the file from which Pillow will load an image; None if it has loaded it."""
    with suppress(Exception):  # in the place of a closed file Pillow may put one of several objects
        file: BinaryIO | None = getattr(image, "fp", None)
        if file and not file.closed and file.seekable():
            return file
    return None


@contextmanager
def _position_kept(file: BinaryIO | None) -> Iterator[None]:
    """Restore the position of a file afterwards."""
    position = file.tell() if file else 0
    yield
    if file:
        file.seek(position)


def _declarations(image: Image.Image, file: BinaryIO | None) -> Iterator[ColorSpace]:
    """Iterate over what a picture declares, the most important first."""
    png = PngColors.read(file) if file else None
    if png and png.cicp and png.cicp[:2] != _NOT_SAID:
        yield _of_cicp(png.cicp, png)
    boxes = read_box_colors(file) if file else None
    profile = image.info.get("icc_profile") or (boxes and boxes.profile)
    if isinstance(profile, bytes) and profile:
        yield _of_profile(profile, image)
    if boxes and boxes.code_points and boxes.code_points != _NOT_SAID:
        yield _of_code_points(*boxes.code_points)
    yield from _of_gamma(png or _png_colors_of(image))
    yield from _of_tiff(image, file)
    yield from _of_exif(image)


def _of_profile(profile: bytes, image: Image.Image) -> ColorSpace:
    if icc.pixel_mode(profile) is None:
        if profile[16:20] == b"Lab " and _is_lab(image):
            return ColorSpace()  # such a profile says nothing: L*a*b* are colours by themselves
        kind = icc.describe_kind(profile)
        return ColorSpace(notice=f"its colour profile is {kind}, and is ignored")
    return ColorSpace(profile)


def _is_lab(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return image.mode == "LAB" or tags.get(TiffTag.PHOTOMETRIC) in _TIFF_LAB


def _of_cicp(points: tuple[int, int, int, int], png: PngColors) -> ColorSpace:
    primaries, transfer, matrix, full_range = points
    if matrix or full_range > 1:
        return ColorSpace(notice=f"its cICP chunk {points} is not one of RGB, and is ignored")
    return _of_code_points(
        primaries, transfer, full_range=bool(full_range), depth=png.depth, grey=png.grey
    )


def _of_code_points(
    primaries: int, transfer: int, *, full_range: bool = True, depth: int = 8, grey: bool = False
) -> ColorSpace:
    try:
        profile = profile_of(primaries, transfer, full_range=full_range, depth=depth, grey=grey)
    except ValueError:
        return ColorSpace(
            notice=f"its colours are declared by the code points {primaries} and {transfer}, which "
            "have no meaning, and are taken as sRGB"
        )
    return ColorSpace(profile)


def _png_colors_of(image: Image.Image) -> PngColors:
    """Return what Pillow kept of a PNG whose file is closed."""
    gamma, chromaticities = image.info.get("gamma"), image.info.get("chromaticity")
    whole = isinstance(chromaticities, tuple) and len(chromaticities) == len(_POINTS) * 2
    return PngColors(
        grey=image.mode in _GREY_MODES,
        srgb="srgb" in image.info,
        gamma=gamma if isinstance(gamma, float) else None,
        chromaticities=chromaticities if whole else None,
    )


def _of_gamma(png: PngColors) -> Iterator[ColorSpace]:
    """Iterate over the colour spaces of sRGB, or of gAMA and cHRM."""
    if png.srgb:
        yield ColorSpace()
    elif png.gamma is not None and not _MIN_GAMMA < png.gamma < _MAX_GAMMA:
        yield ColorSpace(notice=f"its gamma {png.gamma:g} is impossible, and is ignored")
    elif png.gamma is not None or png.chromaticities:
        primaries, notice = SRGB_PRIMARIES, ""
        if found := _chromaticities(png.chromaticities):
            primaries, notice = (found, "") if found.is_possible() else (primaries, _IMPOSSIBLE)
        exponent = _SRGB_GAMMA if png.gamma is None else png.gamma
        usual = abs(exponent - _SRGB_GAMMA) < _NEAR_SRGB_GAMMA
        curve = srgb_curve() if png.gamma is None else power_curve(1 / exponent)
        name = f"gamma {1 / exponent:.4g}"
        if usual and primaries.agrees(SRGB_PRIMARIES):
            yield ColorSpace(notice=notice)
        elif png.grey:
            yield ColorSpace(make_grey_profile(curve, name=name))
        else:
            yield ColorSpace(make_rgb_profile(primaries, [curve] * 3, name=name), notice)


def _of_tiff(image: Image.Image, file: BinaryIO | None) -> Iterator[ColorSpace]:
    """Iterate over the colour spaces of a TIFF's tags of its primaries and curves."""
    with suppress(Exception):  # Pillow raises errors of many kinds on damaged tags
        tags = getattr(image, "tag_v2", None)
        if tags is None and file and file.seek(0) == 0 and file.read(2) in _TIFF_PREFIXES:
            tags = image.getexif()  # Pillow can't open this kind, but its tags were read
        if tags is None or (photometric := tags.get(TiffTag.PHOTOMETRIC)) not in _TIFF_KINDS:
            return
        white, corners = tags.get(TiffTag.WHITE_POINT), tags.get(TiffTag.PRIMARY_CHROMATICITIES)
        curves = _curves_of(tags.get(TiffTag.TRANSFER_FUNCTION))
        found = _chromaticities((*white, *corners) if white and corners else None)
        if found and not found.is_possible():
            yield ColorSpace(notice=_IMPOSSIBLE)
            found = None
        if not curves and (found is None or found.agrees(SRGB_PRIMARIES)):
            return
        if photometric in _TIFF_GREY:
            if curves:
                yield ColorSpace(make_grey_profile(curves[0], name="TIFF transfer function"))
            return
        curves = curves or [srgb_curve()] * 3
        primaries = found or SRGB_PRIMARIES
        yield ColorSpace(make_rgb_profile(primaries, curves, name="TIFF primaries"))


def _curves_of(table: Sequence[int] | None) -> list[bytes]:
    """Return the tags of three curves of TIFF's TransferFunction; none if it is damaged."""
    if not table or len(table) not in _TABLES:
        return []
    light = np.array(table, float) / 65535
    parts = light.reshape(3, -1) if len(table) % 3 == 0 else np.stack([light] * 3)
    if (np.diff(parts) < 0).any() or (parts[:, -1] <= parts[:, 0]).any():
        return []  # light that does not rise with the levels
    return [table_curve(part) for part in parts]


def _chromaticities(values: Sequence[Any] | None) -> Chromaticities | None:
    """Return the chromaticities of x and y of white, red, green and blue; None without values."""
    if not values or len(values) != len(_POINTS) * 2:
        return None
    x, y = map(float, values[0::2]), map(float, values[1::2])
    return Chromaticities(**dict(zip(_POINTS, zip(x, y, strict=True), strict=True)))


def _of_exif(image: Image.Image) -> Iterator[ColorSpace]:
    """Iterate over the colour spaces of EXIF: Adobe RGB, as cameras write it."""
    if image.format == "PNG" and "exif" not in image.info:
        return  # Pillow would decode the whole picture to look for EXIF behind it
    with suppress(Exception):  # Pillow raises errors of many kinds on damaged metadata
        exif = image.getexif()
        space = exif.get_ifd(_EXIF).get(_COLOR_SPACE)
        index = exif.get_ifd(_INTEROPERABILITY).get(_INDEX)
        index = index.encode() if isinstance(index, str) else index or b""
        if space == _ADOBE_RGB or (space != _SRGB and index[:3] == b"R03"):
            yield ColorSpace(adobe_rgb_profile())


@cache
def adobe_rgb_profile() -> bytes:
    """Return a profile of Adobe RGB (1998)."""
    curve = power_curve(_ADOBE_GAMMA)
    return make_rgb_profile(_ADOBE_PRIMARIES, [curve] * 3, name="Compatible with Adobe RGB (1998)")
