"""Colours kept or matched between the content, the style and the result.

What ``--colors`` names: "content" is `keep_colors_of` after the run, "match-linear" and
"match-histogram" recolour the styles before it, "luminance" paints `luminance` in grey and keeps
the content's chroma.

References
----------
Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv:1606.05897.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.arrays import to_array, to_picture

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B in the luma Y of ITU-R BT.601, as in Pillow's and JPEG's YCbCr."""


def keep_colors(stylized: Image.Image, content: Image.Image) -> Image.Image:
    """Give the stylised picture the content's colours: its own Y, the content's Cb and Cr.

    The luminance-only variant of Gatys et al. 2016 (section 4), applied after the transfer, as
    the published implementation's ``original_colors`` does. Since R = Y + f(Cr), G = Y + g(Cb, Cr)
    and B = Y + h(Cb), exchanging Y alone adds one difference to all three channels, so there is no
    rounding to 8-bit YCbCr in between.

    Parameters
    ----------
    stylized, content
        Pictures of the same size.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, the same size; where luma and chroma lie outside of RGB, channels are clipped.

    Raises
    ------
    PictureError
        The sizes differ.
    """
    if stylized.size != content.size:
        raise PictureError(
            f"content of size {content.size} can't colour a picture of size {stylized.size}; "
            "resize it first"
        )
    return to_picture(keep_colors_of(to_array(stylized), to_array(content)))


def keep_colors_of(
    stylized: NDArray[np.float32], content: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Do what `keep_colors` does to ``(1, 3, H, W)`` floats, 0–255, without clipping."""
    difference: NDArray[np.float32] = np.tensordot(LUMA, (stylized - content)[0], 1)
    return content + difference


def luminance(
    pixels: NDArray[np.float32], *, like: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Give the grey picture of the luma Y, of the same shape.

    With `like`, its mean and deviation are brought to those of the luma of that picture, so that a
    dark painting can be matched to a bright photograph; Gatys et al. 2016, section 4, equation 10.
    """
    grey = np.tensordot(LUMA, pixels[0], 1)
    if like is not None:
        wanted = np.tensordot(LUMA, like[0], 1)
        spread = wanted.std() / max(float(grey.std()), 1e-3)
        grey = (grey - grey.mean()) * spread + wanted.mean()
    return np.broadcast_to(grey.clip(0, 255), (1, 3, *grey.shape)).astype(np.float32)


def match_linear(
    pixels: NDArray[np.float32], like: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Give a picture the mean colour and the covariance of the colours of others.

    Gatys et al. 2016, section 3, with two changes: in Oklab, where distances are what the eye sees,
    not RGB; and of the maps that do it the one that moves colours least (Pitié & Kokaram 2007, *The
    linear Monge–Kantorovitch linear colour mapping*, section 3).

    Parameters
    ----------
    pixels
        ``(1, 3, H, W)`` float32, RGB, 0–255.
    like
        Such pictures, whose pixels count together.

    Returns
    -------
    numpy.ndarray
        The same shape, clipped to 0–255.
    """
    have, want = _colours([pixels]), _colours(like)
    means = have.mean(1, keepdims=True), want.mean(1, keepdims=True)
    root, back = _roots(np.cov(have))
    between, _ = _roots(root @ np.cov(want) @ root, least=0.0)
    moved = back @ between @ back @ (have - means[0]) + means[1]
    return _from_oklab(moved).reshape(pixels.shape).clip(0, 255).astype(np.float32)


def match_histogram(
    pixels: NDArray[np.float32], like: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Give a picture the distribution of the colours of others, not only its first two moments.

    Iterated transfer of the distributions along rotated axes, in Oklab (Pitié, Kokaram, Dahyot
    2007, *Automated colour grading using colour distribution transfer*, section 3), from where
    `match_linear` leads. The rotations are seeded, so the result is always the same.

    Parameters
    ----------
    pixels, like
        As `match_linear` takes them.
    """
    have, want = _colours([match_linear(pixels, like)]), _colours(like)
    rng = np.random.default_rng(0)
    levels = np.linspace(0, 1, _LEVELS)
    for _ in range(_ROTATIONS):
        axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        turned = axes @ have
        for line, wanted in zip(turned, axes @ want, strict=True):
            old, new = np.quantile(line, levels), np.quantile(wanted, levels)
            line[:] = np.interp(line, old, new)
        have = axes.T @ turned
    return _from_oklab(have).reshape(pixels.shape).clip(0, 255).astype(np.float32)


_ROTATIONS, _LEVELS = 16, 512


def _colours(pictures: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Give the pixels of pictures as columns in Oklab."""
    return np.concatenate([_to_oklab(p[0].reshape(3, -1).astype(float)) for p in pictures], 1)


def _roots(
    matrix: NDArray[np.float64], *, least: float = 1e-7
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the square root of a positive matrix and its inverse, what is flat taken as `least`."""
    values, vectors = np.linalg.eigh(matrix)
    roots = np.sqrt(np.maximum(values, least))
    inverse = np.divide(1, roots, out=np.zeros_like(roots), where=roots > 0)
    return (vectors * roots) @ vectors.T, (vectors * inverse) @ vectors.T


# Ottosson 2020, "A perceptual color space for image processing": linear sRGB to cone responses, and
# their cube roots to lightness, green–red and blue–yellow.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OPPONENTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn (3, N) sRGB, 0–255, into Oklab."""
    encoded = rgb / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(_OPPONENTS @ np.cbrt(_CONES @ linear))


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo `_to_oklab`; colours outside of sRGB come out beyond 0–255."""
    linear = np.linalg.solve(_CONES, np.linalg.solve(_OPPONENTS, lab) ** 3)
    positive = np.maximum(linear, 0)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * positive ** (1 / 2.4) - 0.055)
    return np.asarray(encoded * 255)
