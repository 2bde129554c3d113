"""The orthonormal cosine transform (DCT-II) of planes, and its inverse."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]

# Planes with no side longer than this take less time by two matrix products than by Fourier
# transforms.
LARGEST_MATRIX_SIDE = 768
# Numbers transformed at once: Fourier transforms take several times the memory of these.
_BLOCK = 1 << 16


def cosine_transform(planes: Planes) -> Planes:
    """Return the cosine transform of the last two axes of (planes, height, width) float32."""
    if max(planes.shape[1:]) > LARGEST_MATRIX_SIDE:
        found = np.empty(planes.shape, np.float32)
        for plane, out in zip(planes, found, strict=True):
            _transform_rows(_fourier_cosines, plane, out=out)
            _transform_rows(_fourier_cosines, out.T, out=out.T)
        return found
    height, width = planes.shape[1:]
    rows = _rows_times(planes, cosine_matrix(width).T)
    even, odd = _folded_matrices(height)
    mirrored, half = rows[:, ::-1], height // 2
    folded = rows[:, : height - half].copy()
    folded[:, :half] += mirrored[:, :half]
    found = np.empty_like(rows)
    np.matmul(even, folded, out=found[:, ::2])
    np.matmul(odd, rows[:, :half] - mirrored[:, :half], out=found[:, 1::2])
    return found


def inverse_cosine_transform(coefficients: Planes, *, out: Planes | None = None) -> Planes:
    """Return the planes of which these are the cosine transform.

    Parameters
    ----------
    coefficients
        (planes, height, width) float32.
    out
        The array for the result, which may be `coefficients` itself; a new one by default.
    """
    found = np.empty(coefficients.shape, np.float32) if out is None else out
    if max(coefficients.shape[1:]) > LARGEST_MATRIX_SIDE:
        for plane, result in zip(coefficients, found, strict=True):
            _transform_rows(_inverse_fourier_cosines, plane, out=result)
            _transform_rows(_inverse_fourier_cosines, result.T, out=result.T)
        return found
    height, width = coefficients.shape[1:]
    rows = _rows_times(coefficients, cosine_matrix(width))
    even, odd = _folded_matrices(height)
    half = height // 2
    symmetric = np.matmul(even.T, rows[:, ::2])
    antisymmetric = np.matmul(odd.T, rows[:, 1::2])
    found[:, : height - half] = symmetric
    found[:, :half] += antisymmetric
    np.subtract(symmetric[:, :half], antisymmetric, out=found[:, ::-1][:, :half])
    return found


@lru_cache(maxsize=4)
def cosine_matrix(n: int) -> NDArray[np.float32]:
    """Return the orthonormal DCT-II of n samples as a matrix, (n, n) float32."""
    frequency, sample = np.arange(n)[:, None], np.arange(n)[None]
    matrix = np.cos(np.pi * frequency * (2 * sample + 1) / (2 * n)) * np.sqrt(2 / n)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)


def row_blocks(height: int, width: int) -> Iterator[slice]:
    """Yield blocks of the rows of a plane, small enough to be transformed at once."""
    step = max(16, _BLOCK // width)
    for start in range(0, height, step):
        yield slice(start, start + step)


def _transform_rows(transform: Callable[[Planes], Planes], plane: Planes, *, out: Planes) -> None:
    """Transform the rows of a plane, block by block; `out` may be the plane."""
    for rows in row_blocks(*plane.shape):
        out[rows] = transform(np.ascontiguousarray(plane[rows]))


def _rows_times(planes: Planes, matrix: Planes) -> Planes:
    """Return every row of every plane times a matrix, computed as one product."""
    found = planes.reshape(-1, planes.shape[-1]) @ matrix
    return np.asarray(found.reshape(planes.shape), np.float32)


def _folded_matrices(n: int) -> tuple[Planes, Planes]:
    """Return the even and the odd rows of `cosine_matrix`, for the first half of the samples.

    The even rows are symmetric and the odd ones antisymmetric, so folding the samples in the
    middle saves half the multiplications.
    """
    matrix, half = cosine_matrix(n), n // 2
    return matrix[::2, : n - half], matrix[1::2, :half]


def _fourier_cosines(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the DCT-II of the last axis by a Fourier transform of the same length.

    Makhoul 1980, *A fast cosine transform in one and two dimensions*, section III.
    """
    n = samples.shape[-1]
    reordered = np.concatenate([samples[..., ::2], samples[..., 1::2][..., ::-1]], -1)
    turned = np.fft.rfft(reordered) * _twiddle_factors(n)
    found = np.empty_like(samples)
    found[..., : n // 2 + 1] = turned.real
    found[..., n // 2 + 1 :] = -turned.imag[..., (n - 1) // 2 : 0 : -1]
    return found


def _inverse_fourier_cosines(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the samples of which these are the `_fourier_cosines`."""
    n = coefficients.shape[-1]
    turned = coefficients[..., : n // 2 + 1].astype(np.complex64)
    turned.imag[..., 1:] = -coefficients[..., : (n - 1) // 2 : -1]
    reordered = np.fft.irfft(turned / _twiddle_factors(n), n)
    samples = np.empty_like(coefficients)
    half = (n + 1) // 2
    samples[..., ::2], samples[..., 1::2] = reordered[..., :half], reordered[..., half:][..., ::-1]
    return samples


def _twiddle_factors(n: int) -> NDArray[np.complex64]:
    """Return the factors that turn Fourier coefficients into orthonormal cosine coefficients."""
    angles = -0.5 * np.pi * np.arange(n // 2 + 1) / n
    factors = (np.cos(angles) + 1j * np.sin(angles)) * np.sqrt(2 / n)
    factors[0] = np.sqrt(1 / n)
    return np.asarray(factors, np.complex64)
