"""Samples of a TIFF as colours in sRGB, flattened on white."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.decode import Decoded, decode, decode_levels
from ortstyle.pictures.make_profile import D50
from ortstyle.pictures.srgb import XYZ_TO_SRGB, encode_srgb
from ortstyle.pictures.tiff_layout import Compression, Photometric, TiffLayout
from ortstyle.pictures.tiff_samples import Samples
from ortstyle.pictures.value_range import float_white, white_level

_GREY = {Photometric.WHITE_IS_ZERO, Photometric.BLACK_IS_ZERO}
_LAB = {Photometric.CIELAB, Photometric.ICCLAB}


@dataclass(frozen=True)
class Whites:
    """The values that stand for white in the colours, and for opaque in the alpha."""

    colors: float
    alpha: float


def depends_on_values(layout: TiffLayout) -> bool:
    """Tell whether what stands for white depends on the largest value of the whole picture."""
    return layout.kind == "float" or layout.bits == 32


def extremes(samples: Samples, layout: TiffLayout, label: str) -> tuple[float, float, float]:
    """Return the smallest and the largest value of the colours, and the largest of the alpha.

    Raises
    ------
    PictureError
        The samples hold NaN or infinite values.
    """
    _check_finite(samples, label)
    alpha = layout.alpha
    colors = samples[..., : layout.colors]
    opaque = float(samples[..., alpha[0]].max()) if alpha else 0.0
    return float(colors.min()), float(colors.max()), opaque


def whites(layout: TiffLayout, largest: tuple[float, float] = (0, 0)) -> Whites:
    """Return what stands for white; ``largest`` is needed if `depends_on_values`.

    Of floats `value_range.float_white` says it; integers of 32 bits count as 0–65535 or in full,
    the smaller range that holds the values.
    """
    top = (1 << (layout.bits - (layout.kind == "int"))) - 1
    if not depends_on_values(layout):
        return Whites(top, top)
    if layout.kind == "float":
        return Whites(float_white(largest[0]), float_white(largest[1]))
    white = white_level(max(largest), (65535, top))
    return Whites(white, white)


def decode_samples(
    samples: Samples, layout: TiffLayout, label: str, *, white: Whites, profile: bytes
) -> Decoded:
    """Decode ``(rows, W, samples)`` as `tiff_rows.read_rows` yields them.

    Raises
    ------
    PictureError
        The samples hold NaN or infinite values; the message begins with ``label``.
    """
    alpha = samples[..., layout.alpha[0]] if layout.alpha else None
    colors = samples[..., : layout.colors]
    if (layout.bits <= 8 and layout.kind == "uint") or layout.color_map is not None:
        return _decode_shallow(colors, alpha, layout, label, white=white, profile=profile)
    _check_finite(samples, label)
    return _decode_above_8_bits(colors, alpha, layout, label, white=white, profile=profile)


def _decode_shallow(
    colors: Samples,
    alpha: Samples | None,
    layout: TiffLayout,
    label: str,
    *,
    white: Whites,
    profile: bytes,
) -> Decoded:
    """Decode samples of 8 bits or less, or with a palette."""
    mode = _mode(layout)
    if layout.color_map is not None:
        levels = layout.color_map[colors[..., 0]]
    else:
        levels = _to_8_bits(colors, white.colors)
    opacity = None if alpha is None else _to_8_bits(alpha, white.alpha)
    premultiplied = bool(layout.alpha and layout.alpha[1])
    apart = layout.photometric in {Photometric.WHITE_IS_ZERO, Photometric.CMYK}
    if apart and premultiplied and opacity is not None:
        scaled = levels * (255 / np.maximum(opacity, 1))[..., None]
        levels, premultiplied = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8), False
    if layout.photometric == Photometric.WHITE_IS_ZERO or (mode == "CMYK" and layout.inverted_ink):
        levels = 255 - levels
    if layout.photometric == Photometric.ICCLAB:
        levels = levels ^ np.array([0, 128, 128], np.uint8)
    if mode == "YCbCr" and not _is_usual_ycbcr(layout):
        rgb = _ycbcr_to_rgb(levels.astype(np.float32), layout)
        mode, levels = "RGB", np.rint(rgb).astype(np.uint8)
    return _decode_8_bits(levels, mode, opacity, label, profile, premultiplied=premultiplied)


def _decode_above_8_bits(
    colors: Samples,
    alpha: Samples | None,
    layout: TiffLayout,
    label: str,
    *,
    white: Whites,
    profile: bytes,
) -> Decoded:
    """Decode samples of more than 8 bits, or signed ones."""
    cover = None
    if alpha is not None:
        cover = np.clip(alpha.astype(np.float32) / np.float32(white.alpha or 1), 0, 1)
    if layout.photometric in _LAB:
        return decode_levels(_lab16_to_rgb(colors, layout.photometric), cover)
    levels = _to_levels(colors, white.colors)
    if cover is not None and layout.alpha and layout.alpha[1]:
        levels = np.clip(levels / np.maximum(cover, np.float32(1e-6))[..., None], 0, 255)
    if layout.photometric == Photometric.CMYK:
        inks = np.rint(255 - levels if layout.inverted_ink else levels).astype(np.uint8)
        opacity = None if cover is None else np.rint(cover * 255).astype(np.uint8)
        return _decode_8_bits(inks, "CMYK", opacity, label, profile, premultiplied=False)
    if layout.photometric == Photometric.WHITE_IS_ZERO:
        levels = 255 - levels
    if layout.photometric == Photometric.YCBCR:
        levels = _ycbcr_to_rgb(levels, layout)
    return decode_levels(levels, cover, profile=profile)


def _mode(layout: TiffLayout) -> str:
    """Return Pillow's mode of the colours of 8 bits or less."""
    if layout.photometric in _GREY:
        return "L"
    if layout.photometric == Photometric.YCBCR:
        return "RGB" if layout.compression == Compression.JPEG and not layout.planar else "YCbCr"
    if layout.photometric in _LAB:
        return "LAB"
    return "CMYK" if layout.photometric == Photometric.CMYK else "RGB"


def _decode_8_bits(
    colors: NDArray[Any],
    mode: str,
    alpha: NDArray[Any] | None,
    label: str,
    profile: bytes,
    *,
    premultiplied: bool,
) -> Decoded:
    """Decode ``(rows, W, channels)`` uint8 of a Pillow mode, and ``(rows, W)`` alpha."""
    size = (colors.shape[1], colors.shape[0])
    if mode == "YCbCr" and alpha is not None:
        colors = np.asarray(Image.frombytes(mode, size, colors.tobytes()).convert("RGB"))
        mode = "RGB"
    if alpha is None or mode not in {"L", "RGB"}:
        image = Image.frombytes(mode, size, colors.tobytes())
        if mode == "LAB":  # as TIFF stores it, with a and b as signed bytes
            image = Image.frombytes(mode, size, colors.tobytes(), "raw", "LAB")
        opaque = decode(image, label, profile=profile)
        if alpha is None:
            return opaque
        rgba = opaque.planes[0].convert("RGBA")
        rgba.putalpha(Image.fromarray(np.ascontiguousarray(alpha)))
        flat = decode(rgba, label, profile=b"")
        return replace(flat, notice=opaque.notice, profile_used=opaque.profile_used)
    pixels = np.dstack([colors, alpha]).tobytes()
    modes = {"L": ("LA", "LA"), "RGB": ("RGBA", "RGBA")}
    if premultiplied:
        modes = {"L": ("La", "La"), "RGB": ("RGBA", "RGBa")}
    target, raw = modes[mode]
    image = Image.frombytes(target, size, pixels, "raw", raw)
    return decode(image, label, profile=profile)


def _to_levels(colors: Samples, white: float) -> NDArray[np.float32]:
    """Return samples as 0–255 with fractions; what is brighter than white is clipped."""
    if white == 65535:
        return np.clip(colors.astype(np.float32), 0, 65535) / np.float32(257)
    levels = np.clip(colors.astype(np.float64), 0, white) * (255 / (white or 1))
    return levels.astype(np.float32)


def _to_8_bits(samples: Samples, white: float) -> NDArray[np.uint8]:
    """Return samples of up to 8 bits as 0–255."""
    if white == 255:
        return samples.astype(np.uint8)
    if white > 255:  # alpha beside the index of a palette
        return np.rint(samples.astype(np.float64) * (255 / white)).astype(np.uint8)
    table: NDArray[np.uint8] = np.rint(np.arange(256) * (255 / white)).astype(np.uint8)
    found: NDArray[np.uint8] = table[samples]
    return found


def _is_usual_ycbcr(layout: TiffLayout) -> bool:
    """Tell whether YCbCr is as in JPEG, which Pillow converts."""
    usual = (0.0, 255.0, 128.0, 255.0, 128.0, 255.0)
    return np.allclose(layout.luma, (0.299, 0.587, 0.114), atol=1e-4) and (
        not layout.reference or np.allclose(layout.reference, usual)
    )


def _ycbcr_to_rgb(levels: NDArray[np.float32], layout: TiffLayout) -> NDArray[np.float32]:
    """Convert YCbCr, 0–255, to RGB as TIFF 6.0 defines it (section 21)."""
    if len(layout.reference) == 6:
        scale = 255 / ((1 << layout.bits) - 1)
        black = np.array(layout.reference[::2]) * scale
        white = np.array(layout.reference[1::2]) * scale
        ranges = np.array([255, 127, 127])
        levels = (levels - black) * ranges / np.where(white == black, 1, white - black)
    else:
        levels = levels - np.array([0, 128, 128], np.float32)
    red_weight, green_weight, blue_weight = layout.luma
    luma, blue_difference, red_difference = np.moveaxis(levels, -1, 0)
    red = luma + red_difference * (2 - 2 * red_weight)
    blue = luma + blue_difference * (2 - 2 * blue_weight)
    green = (luma - blue_weight * blue - red_weight * red) / green_weight
    rgb: NDArray[np.float32] = np.stack([red, green, blue], -1).astype(np.float32)
    return np.clip(rgb, 0, 255)


def _lab16_to_rgb(colors: Samples, photometric: Photometric) -> NDArray[np.float32]:
    """Convert CIE L*a*b* (D50) of 16 bits to sRGB, 0–255.

    Of ICCLab, L* 100 is 65280 and 0 of a* and b* is 32768; of CIELab they are 65535 and 0.
    """
    values = colors.astype(np.float64)
    if photometric == Photometric.ICCLAB:
        lightness, a, b = values[..., 0] / 652.8, *(values[..., i] / 256 - 128 for i in (1, 2))
    else:
        signed = colors.view(np.int16).astype(np.float64) / 256
        lightness, a, b = values[..., 0] / 655.35, signed[..., 1], signed[..., 2]
    middle = (lightness + 16) / 116
    roots = np.stack([middle + a / 500, middle, middle - b / 200], -1)
    small = (roots - 16 / 116) * (108 / 841)
    xyz = np.where(roots > 6 / 29, roots**3, small) * D50
    return encode_srgb(np.clip(xyz @ XYZ_TO_SRGB.T, 0, 1))


def _check_finite(samples: Samples, label: str) -> None:
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        raise PictureError(f"{label} holds NaN or infinite values; replace them")
