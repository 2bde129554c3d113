"""Transfer of colours between the content, the styles and the result.

These are the choices of ``--colors``. With "content", `keep_colors` is applied to the result. With
"match-linear" and "match-histogram", the styles are recoloured before the run. With "luminance",
the run paints in grey what `luminance` returns, and `keep_colors` adds the content's chroma.

References
----------
Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv:1606.05897.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import PictureError
from ortstyle.pictures.srgb import encoded_of, light_of

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B in the luma Y of ITU-R BT.601, as in Pillow's and JPEG's YCbCr."""

_ROTATIONS, _QUANTILES = 16, 512
_MANY = 1 << 20  # pixels that are in work at once, or that a distribution is measured from

_Step: TypeAlias = tuple[
    NDArray[np.float64], list[NDArray[np.float64]], list[NDArray[np.float64]]
]  # axes, and along each the quantiles of the colours and those that they are to have


def keep_colors(stylized: NDArray[np.float32], content: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the stylised picture in the colours of the content: its own Y, the content's Cb, Cr.

    This is the luminance-only variant of Gatys et al. 2016 (section 4), applied after the transfer,
    as the published implementation's ``original_colors`` does. Since R = Y + f(Cr), G = Y + g(Cb,
    Cr) and B = Y + h(Cb), exchanging Y alone adds one difference to all three channels, so there is
    no rounding to 8-bit YCbCr in between.

    Parameters
    ----------
    stylized, content
        ``(1, 3, H, W)`` float32, RGB, 0–255, of the same size.

    Returns
    -------
    numpy.ndarray
        The same shape, not clipped: a luma and chroma without an RGB colour give values beyond
        0–255.

    Raises
    ------
    PictureError
        The sizes differ.
    """
    if stylized.shape != content.shape:
        raise PictureError(
            f"content of size {content.shape[:1:-1]} can't colour a picture of size "
            f"{stylized.shape[:1:-1]}; resize it first"
        )
    difference: NDArray[np.float32] = np.tensordot(LUMA, (stylized - content)[0], 1)
    return content + difference


def luminance(
    pixels: NDArray[np.float32],
    *,
    like: NDArray[np.float32] | None = None,
    counted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Return the luma Y of a picture as a grey picture of the same shape, clipped to 0–255.

    The three planes are the same memory, which can't be written to.

    With `like`, the mean and standard deviation of the luma become those of that picture, so that
    a dark painting can be matched to a bright photograph (Gatys et al. 2016, section 4, equation
    10); those of the pixels that `counted`, ``(H, W)``, selects.
    """
    grey = np.tensordot(LUMA, pixels[0], 1)
    if like is not None:
        wanted = np.tensordot(LUMA, like[0], 1)
        own = grey if counted is None else grey[counted]
        spread = wanted.std() / max(float(own.std()), 1e-3)
        grey = (grey - own.mean()) * spread + wanted.mean()
    grey = grey.clip(0, 255).astype(np.float32, copy=False)
    return np.broadcast_to(grey, (1, 3, *grey.shape))


def match_linear(
    pixels: NDArray[np.float32],
    like: Sequence[NDArray[np.float32]],
    *,
    counted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Return a picture with the mean and the covariance of the colours of other pictures.

    Follows Gatys et al. 2016, section 3, with two changes. Colours are in Oklab, where distances
    are perceptual, not in RGB. And of all linear maps with this result, the one that
    moves colours least is taken (Pitié & Kokaram 2007, *The linear Monge–Kantorovitch linear
    colour mapping*, section 3).

    A million pixels are in work at once, so that beside the result some 200 MB are enough.

    Parameters
    ----------
    pixels
        ``(1, 3, H, W)`` float32, RGB, 0–255.
    like
        One or more pictures of that form; their pixels are pooled.
    counted
        ``(H, W)``: the pixels whose colours are measured, at least one; by default all.

    Returns
    -------
    numpy.ndarray
        The same shape, clipped to 0–255.
    """
    mean, covariance = _moments([pixels], counted=counted)
    wanted_mean, wanted_covariance = _moments(like)
    root, inverse = _square_roots(covariance)
    between, _ = _square_roots(root @ wanted_covariance @ root, least=0.0)
    moved = inverse @ between @ inverse
    result = np.empty(pixels.shape, np.float32)
    for rgb, out in zip(_strips([pixels]), _strips([result]), strict=True):
        lab = moved @ (_to_oklab(rgb.astype(float)) - mean) + wanted_mean
        out[:] = _from_oklab(lab).clip(0, 255)
    return result


def match_histogram(
    pixels: NDArray[np.float32],
    like: Sequence[NDArray[np.float32]],
    *,
    counted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Return a picture with the distribution of the colours of other pictures.

    Matches the distributions along randomly rotated axes, repeatedly, in Oklab, starting with the
    result of `match_linear` (Pitié, Kokaram, Dahyot 2007, *Automated colour grading using colour
    distribution transfer*, section 3). The rotations are seeded, so the result is always the same.

    The distributions are those of a million pixels at most, evenly spread over the pictures, and
    a million are in work at once, so that beside the result some 300 MB are enough.

    Parameters
    ----------
    pixels
        ``(1, 3, H, W)`` float32, RGB, 0–255.
    like
        One or more pictures of that form; their pixels are pooled.
    counted
        ``(H, W)``: the pixels whose colours are measured, at least one; by default all.

    Returns
    -------
    numpy.ndarray
        The same shape, clipped to 0–255.
    """
    result = match_linear(pixels, like, counted=counted)
    have, want = _sample([result], counted=counted), _sample(like)
    rng = np.random.default_rng(0)
    quantiles = np.linspace(0, 1, _QUANTILES)
    steps: list[_Step] = []
    for _ in range(_ROTATIONS):
        axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        old, new = (
            [np.quantile(line, quantiles) for line in axes @ colors] for colors in (have, want)
        )
        steps.append((axes, old, new))
        have = _move(have, steps[-1])
    for rgb in _strips([result]):
        lab = _to_oklab(rgb.astype(float))
        for step in steps:
            lab = _move(lab, step)
        rgb[:] = _from_oklab(lab).clip(0, 255)
    return result


def _move(lab: NDArray[np.float64], step: _Step) -> NDArray[np.float64]:
    """Bring ``(3, N)`` colours along each of three axes from old to new quantiles."""
    axes, old, new = step
    rotated = axes @ lab
    for line, before, after in zip(rotated, old, new, strict=True):
        line[:] = np.interp(line, before, after)
    return np.asarray(axes.T @ rotated)


def _strips(pictures: Sequence[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Iterate over the pixels of ``(1, C, H, W)`` pictures as ``(C, N)``, a million at most.

    Small pictures are joined. The strips of one contiguous picture share its memory.
    """
    flat = [picture[0].reshape(picture.shape[1], -1) for picture in pictures]
    if len(flat) > 1 and sum(picture.shape[1] for picture in flat) <= _MANY:
        flat = [np.concatenate(flat, 1)]
    for picture in flat:
        for start in range(0, picture.shape[1], _MANY):
            yield picture[:, start : start + _MANY]


def _moments(
    pictures: Sequence[NDArray[np.float32]], *, counted: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean, ``(3, 1)``, and the covariance of the colours of pictures in Oklab.

    Those of the strips are combined as in Chan, Golub, LeVeque 1983, *Algorithms for computing the
    sample variance*. With `counted` there is one picture.
    """
    count, mean, scatter = 0, np.zeros((3, 1)), np.zeros((3, 3))
    chosen = repeat(None) if counted is None else _strips([counted[None, None]])
    for rgb, counts in zip(_strips(pictures), chosen, strict=False):
        lab = _to_oklab((rgb if counts is None else rgb[:, counts[0]]).astype(float))
        more = lab.shape[1]
        if not more:
            continue
        middle = lab.mean(1, keepdims=True)
        apart, both = middle - mean, count + more
        lab -= middle
        scatter += lab @ lab.T + apart @ apart.T * (count * more / both)
        mean = mean + apart * (more / both)
        count = both
    return mean, scatter * (1 / max(count - 1, 1))


def _sample(
    pictures: Sequence[NDArray[np.float32]], *, counted: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Return the colours in Oklab, ``(3, N)``, of a million pixels at most, evenly spread.

    With `counted` there is one picture.
    """
    total = sum(picture[0, 0].size for picture in pictures)
    chosen = []
    for picture in pictures:
        flat = picture[0].reshape(3, -1)
        if total > _MANY:
            size = max(1, flat.shape[1] * _MANY // total)
            places = np.arange(size) + np.random.default_rng(0).random(size)
            indices = (places * (flat.shape[1] / size)).astype(np.int64)
        else:
            indices = np.arange(flat.shape[1])
        if counted is not None:
            indices = indices[counted.ravel()[indices]]
            indices = indices if indices.size else np.flatnonzero(counted)[:_MANY]
        chosen.append(flat[:, indices])
    return _to_oklab(np.concatenate(chosen, 1).astype(float))


def _square_roots(
    matrix: NDArray[np.float64], *, least: float = 1e-7
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the square root of a positive semidefinite matrix, and the inverse of the root.

    Eigenvalues below `least` are raised to it: flat colours have no variance in some direction.
    """
    values, vectors = np.linalg.eigh(matrix)
    roots = np.sqrt(np.maximum(values, least))
    inverse = np.divide(1, roots, out=np.zeros_like(roots), where=roots > 0)
    return (vectors * roots) @ vectors.T, (vectors * inverse) @ vectors.T


# Ottosson 2020, "A perceptual color space for image processing". The first matrix turns linear sRGB
# into cone responses, the second their cube roots into lightness, green–red and blue–yellow.
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
    """Convert ``(3, N)`` sRGB, 0–255, to Oklab."""
    return np.asarray(_OPPONENTS @ np.cbrt(_CONES @ light_of(rgb / 255)))


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert ``(3, N)`` Oklab to sRGB; colours outside of sRGB lie beyond 0–255."""
    light = np.linalg.solve(_CONES, np.linalg.solve(_OPPONENTS, lab) ** 3)
    return encoded_of(light) * 255
