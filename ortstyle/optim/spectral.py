"""Descent in frequencies: the same optimiser, on scaled cosine coefficients of what it moves."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim import Optimizer, State, Stop, Vector
from ortstyle.optim.storage import release_pages

DENSE = 768  # up to here two products with a matrix take less time than Fourier transforms
_BLOCK = 1 << 16  # numbers transformed at once: Fourier transforms take several times their memory
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
        planes = np.asarray(x0, np.float32).reshape(tuple(shape))
        self._points = _Points(tuple(shape), scales(shape[1:], exponent))
        self._inner = inner(self._points.coefficients(planes, np.divide))
        # What is quite flat at the start would not be after rounding, and total variation would
        # pull at it.
        self._points.start = self._inner.ask(), planes.ravel()

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
        return self._points.at(self._inner.best)

    def best_later(self) -> Callable[[], Vector]:
        """Give what gives `best` as it is now, whenever it is called; only then it is made."""
        return partial(self._points.at, self._inner.best)

    def ask(self) -> Vector:
        """Give the point to evaluate."""
        return self._points.ask(self._inner.ask())

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` gave."""
        planes = np.asarray(gradient, np.float32).reshape(self._points.shape)
        self._points.asked = None  # while there is the gradient, twice
        self._inner.tell(loss, self._points.coefficients(planes, np.multiply))
        if self._points.start and not self._at_start():
            self._points.start = None

    def state(self, *, copy: bool = True) -> State:
        """Give everything needed to go on bit for bit, as plain arrays."""
        state = self._inner.state(copy=copy)
        if self._points.start and (name := self._at_start()):
            state["start"], state["start.is"] = self._points.start[1], np.array(name)
        return state

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""
        self._inner.load(state)
        self._points.start = self._points.asked = None
        if "start" in state:
            z = self._inner.ask() if str(state["start.is"]) == "ask" else self._inner.best
            self._points.start = z, np.array(state["start"], np.float32)

    def _at_start(self) -> str:
        """Tell which of the inner optimiser's points is still the start, if one is."""
        start = self._points.start and self._points.start[0]
        points = {"ask": self._inner.ask(), "best": self._inner.best}
        return next((name for name, z in points.items() if z is start), "")


class _Points:
    """Points of coefficients: those that are known, and how others are made.

    Apart from the optimiser, so that who wants a point later need not keep a history until then.
    """

    def __init__(self, shape: tuple[int, ...], scale: _Planes) -> None:
        self.shape, self._scale = shape, scale
        self.start: tuple[Vector, Vector] | None = None
        self.asked: tuple[Vector, Vector] | None = None

    def coefficients(self, planes: _Planes, scaled: np.ufunc) -> Vector:
        """Give the coefficients of planes, multiplied or divided by the scale."""
        found = transform(planes)
        return np.asarray(scaled(found, self._scale, out=found)).ravel()

    def ask(self, z: Vector) -> Vector:
        """Give a point and keep it."""
        if self.asked and self.asked[0] is not z:
            self.asked = None  # before its successor is made
        x = self.at(z)
        self.asked = z, x
        return x

    def at(self, z: Vector) -> Vector:
        """Give a point."""
        if self.start and self.start[0] is z:
            return self.start[1]
        if self.asked and self.asked[0] is z:
            return self.asked[1]
        found = np.empty(self.shape, np.float32)
        for plane, coefficients in zip(found, z.reshape(self.shape), strict=True):
            for rows in _blocks(*coefficients.shape):
                np.multiply(coefficients[rows], self._scale[rows], out=plane[rows])
            release_pages()  # of coefficients that are on disk
        return inverse(found, out=found).ravel()


def scales(size: Sequence[int], exponent: float) -> NDArray[np.float32]:
    """Give s of `Spectral` for planes of (height, width)."""
    height, width = size
    total = sum(float(np.sum(part**2)) for _, part in _powers(height, width, exponent))
    size_of = np.sqrt(total / (height * width))
    found = np.empty((height, width), np.float32)
    for rows, part in _powers(height, width, exponent):
        np.divide(part, size_of, out=found[rows], casting="same_kind")
    return found


def _powers(
    height: int, width: int, exponent: float
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Give max(|k|, 1/64)^−exponent block by block of rows: in float64 it is twice its result."""
    vertical, horizontal = (np.arange(n) / (2 * n) for n in (height, width))
    for rows in _blocks(height, width):
        frequency = np.hypot(vertical[rows, None], horizontal[None])
        yield rows, np.maximum(frequency, LOWEST) ** -exponent


def transform(planes: _Planes) -> _Planes:
    """Give the orthonormal cosine transform of the last two axes of (planes, height, width)."""
    if max(planes.shape[1:]) > DENSE:
        found = np.empty(planes.shape, np.float32)
        for plane, place in zip(planes, found, strict=True):
            _by_rows(_cosines, plane, place)
            _by_rows(_cosines, place.T, place.T)
        return found
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


def inverse(coefficients: _Planes, *, out: _Planes | None = None) -> _Planes:
    """Undo `transform`; `out` may be the coefficients."""
    found = np.empty(coefficients.shape, np.float32) if out is None else out
    if max(coefficients.shape[1:]) > DENSE:
        for plane, place in zip(coefficients, found, strict=True):
            _by_rows(_samples, plane, place)
            _by_rows(_samples, place.T, place.T)
        return found
    height, width = coefficients.shape[1:]
    rows = _rows(coefficients, cosine_matrix(width))
    even, odd = _halves(height)
    half = height // 2
    symmetric, rest = np.matmul(even.T, rows[:, ::2]), np.matmul(odd.T, rows[:, 1::2])
    found[:, : height - half] = symmetric
    found[:, :half] += rest
    np.subtract(symmetric[:, :half], rest, out=found[:, ::-1][:, :half])
    return found


def _by_rows(change: Callable[[_Planes], _Planes], plane: _Planes, out: _Planes) -> None:
    """Change the rows of a plane, block by block; `out` may be the plane."""
    for rows in _blocks(*plane.shape):
        out[rows] = change(np.ascontiguousarray(plane[rows]))


def _blocks(height: int, width: int) -> Iterator[slice]:
    """Cut so many rows into blocks."""
    step = max(16, _BLOCK // width)
    for start in range(0, height, step):
        yield slice(start, start + step)


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
    angles = -0.5 * np.pi * np.arange(n // 2 + 1) / n
    turns = (np.cos(angles) + 1j * np.sin(angles)) * np.sqrt(2 / n)
    turns[0] = np.sqrt(1 / n)
    return np.asarray(turns, np.complex64)
