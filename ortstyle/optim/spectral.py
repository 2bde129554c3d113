"""Descent in frequencies: the same optimiser, on scaled cosine coefficients of what it moves."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim import Optimizer, State, Stop, Vector

_DENSE = 768  # up to here two products with a matrix take less time than Fourier transforms
LOWEST = 1 / 64  # cycles a sample; below it the scale grows no further


_Planes = NDArray[np.float32]


class Spectral:
    """An optimiser whose variables are the cosine coefficients of planes, low ones in longer units.

    x = Cᵀ(s·z) with C the orthonormal cosine transform (DCT-II) of each plane and
    s = max(|k|, 1/64)^−exponent for the frequency k in cycles a sample, scaled to a mean square of
    1. Steps in z change what is large and smooth sooner than steps in x do: for L-BFGS it is
    another first Hessian, diagonal in frequency.

    Parameters
    ----------
    x0
        Where to start, a float32 vector.
    shape
        (planes, height, width) of the vector.
    exponent
        How much longer the units of low frequencies are; 0 changes nothing.
    inner
        Makes the optimiser that moves the coefficients.
    """

    def __init__(
        self,
        x0: Vector,
        shape: Sequence[int],
        *,
        exponent: float,
        inner: Callable[[Vector], Optimizer],
    ) -> None:
        self._shape = tuple(shape)
        self._scale = scales(self._shape[1:], exponent)
        planes = np.asarray(x0, np.float32).reshape(self._shape)
        self._inner = inner((transform(planes) / self._scale).ravel())
        # The last coefficients and their points; of the start the point itself, as what is quite
        # flat there would not be after rounding, and total variation would pull at it.
        self._known: list[tuple[Vector, Vector]] = [(self._inner.ask(), planes.ravel())]

    @property
    def iterations(self) -> int:
        """Steps accepted so far."""
        return self._inner.iterations

    @property
    def evaluations(self) -> int:
        """Points told so far."""
        return self._inner.evaluations

    @property
    def stop(self) -> Stop | None:
        """Why the run is over, if it is."""
        return self._inner.stop

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far."""
        return self._point(self._inner.best)

    def ask(self) -> Vector:
        """Give the point to evaluate."""
        return self._point(self._inner.ask())

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` gave."""
        planes = np.asarray(gradient, np.float32).reshape(self._shape)
        self._inner.tell(loss, (transform(planes) * self._scale).ravel())

    def state(self) -> State:
        """Give everything needed to go on bit for bit, as plain arrays."""
        return self._inner.state()

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""
        self._inner.load(state)

    def _point(self, z: Vector) -> Vector:
        for coefficients, x in self._known:
            if coefficients is z:
                return x
        x = inverse(z.reshape(self._shape) * self._scale).ravel()
        self._known = [*self._known[-1:], (z, x)]
        return x


def scales(size: Sequence[int], exponent: float) -> NDArray[np.float32]:
    """Give s of `Spectral` for planes of (height, width)."""
    vertical, horizontal = (np.arange(n) / (2 * n) for n in size)
    frequency = np.hypot(vertical[:, None], horizontal[None])
    scale = np.maximum(frequency, LOWEST) ** -exponent
    return np.asarray(scale / np.sqrt(np.mean(scale**2)), np.float32)


def transform(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the orthonormal cosine transform of the last two axes of (planes, height, width)."""
    if max(planes.shape[1:]) > _DENSE:
        return _cosines(_cosines(planes).swapaxes(-1, -2)).swapaxes(-1, -2)
    height, width = planes.shape[1:]
    rows = _rows(planes, cosine_matrix(width).T)
    even, odd = _halves(height)
    mirrored, half = rows[:, ::-1], height // 2
    folded = rows[:, : height - half].copy()
    folded[:, :half] += mirrored[:, :half]
    found = np.empty_like(rows)
    np.matmul(even, folded, out=found[:, ::2])
    np.matmul(odd, rows[:, :half] - mirrored[:, :half], out=found[:, 1::2])
    return found


def inverse(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Undo `transform`."""
    if max(coefficients.shape[1:]) > _DENSE:
        return _samples(_samples(coefficients).swapaxes(-1, -2)).swapaxes(-1, -2)
    height, width = coefficients.shape[1:]
    rows = _rows(coefficients, cosine_matrix(width))
    even, odd = _halves(height)
    half = height // 2
    symmetric, rest = np.matmul(even.T, rows[:, ::2]), np.matmul(odd.T, rows[:, 1::2])
    found = np.empty_like(rows)
    found[:, : height - half] = symmetric
    found[:, :half] += rest
    np.subtract(symmetric[:, :half], rest, out=found[:, ::-1][:, :half])
    return found


def _rows(planes: _Planes, matrix: _Planes) -> _Planes:
    """Give every row of every plane times a matrix, as one product."""
    found = planes.reshape(-1, planes.shape[-1]) @ matrix
    return np.asarray(found.reshape(planes.shape), np.float32)


def _halves(n: int) -> tuple[_Planes, _Planes]:
    """Give what the two halves of `cosine_matrix` take of a first half of samples.

    Its even rows are symmetric and its odd ones antisymmetric, so folding the samples in the middle
    saves half the multiplications.
    """
    matrix, half = cosine_matrix(n), n // 2
    return matrix[::2, : n - half], matrix[1::2, :half]


@lru_cache(maxsize=4)
def cosine_matrix(n: int) -> NDArray[np.float32]:
    """Give the orthonormal DCT-II of n samples as a matrix, (n, n)."""
    frequency, sample = np.arange(n)[:, None], np.arange(n)[None]
    matrix = np.cos(np.pi * frequency * (2 * sample + 1) / (2 * n)) * np.sqrt(2 / n)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)


def _cosines(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the DCT-II of the last axis by a Fourier transform of the same length.

    Makhoul 1980, *A fast cosine transform in one and two dimensions*, section III.
    """
    n = x.shape[-1]
    turned = np.fft.rfft(np.concatenate([x[..., ::2], x[..., 1::2][..., ::-1]], -1)) * _turns(n)
    found = np.empty_like(x)
    found[..., : n // 2 + 1] = turned.real
    found[..., n // 2 + 1 :] = -turned.imag[..., (n - 1) // 2 : 0 : -1]
    return found


def _samples(c: NDArray[np.float32]) -> NDArray[np.float32]:
    """Undo `_cosines`."""
    n = c.shape[-1]
    turned = c[..., : n // 2 + 1].astype(np.complex64)
    turned.imag[..., 1:] = -c[..., : (n - 1) // 2 : -1]
    v = np.fft.irfft(turned / _turns(n), n)
    x = np.empty_like(c)
    half = (n + 1) // 2
    x[..., ::2], x[..., 1::2] = v[..., :half], v[..., half:][..., ::-1]
    return x


def _turns(n: int) -> NDArray[np.complex64]:
    """Give what turns Fourier coefficients into orthonormal cosine coefficients."""
    k = np.arange(n // 2 + 1)
    turns = np.exp(-0.5j * np.pi * k / n) * np.sqrt(2 / n)
    turns[0] = np.sqrt(1 / n)
    return np.asarray(turns, np.complex64)
