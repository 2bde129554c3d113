"""Optimisation in frequencies: any optimiser, on scaled cosine coefficients of planes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim.cosine_transform import (
    Planes,
    cosine_transform,
    inverse_cosine_transform,
    row_blocks,
)
from ortstyle.optim.mapped_files import release_pages
from ortstyle.optim.optimizer import Optimizer, State, Stop, Vector

LOWEST_FREQUENCY = 1 / 64  # cycles a sample; below it the scale grows no further


class SpectralOptimizer:
    """Runs an optimiser on the cosine coefficients of planes, low frequencies in longer units.

    x = Cᵀ(s·z) with C the orthonormal cosine transform (DCT-II) of each plane and
    s = max(|k|, 1/64)^−exponent for the frequency k in cycles a sample, scaled to a mean square of
    1. Steps in z change what is large and smooth sooner than steps in x do. For L-BFGS it is
    another initial Hessian, which is diagonal in frequency.

    Parameters
    ----------
    x0
        The starting point, a float32 vector.
    shape
        (planes, height, width) of the vector.
    exponent
        How much longer the units of low frequencies are; 0 changes nothing.
    inner
        Makes the optimiser that moves the coefficients from their starting point.
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
        self._samples = _SampleCache(tuple(shape), frequency_scales(shape[1:], exponent))
        self._inner = inner(self._samples.coefficients(planes, np.divide))
        # The start is evaluated as it was given: after both transforms a flat area would no longer
        # be flat, and total variation would have a gradient there.
        self._samples.start = self._inner.ask(), planes.ravel()

    @property
    def iterations(self) -> int:
        """Steps accepted so far."""
        return self._inner.iterations

    @property
    def evaluations(self) -> int:
        """Points evaluated so far."""
        return self._inner.evaluations

    @property
    def stop(self) -> Stop | None:
        """Why the optimiser has stopped; None while it has not."""
        return self._inner.stop

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far."""
        return self._samples.at(self._inner.best)

    def deferred_best(self) -> "Callable[[], Vector] | DeferredSamples":
        """Return the present `best`, which is computed only when it is called.

        This is `DeferredSamples`, or at the start a function that returns the samples given. It
        keeps that point alive, and neither the optimiser nor other points.
        """
        return self._samples.deferred(self._inner.best)

    def ask(self) -> Vector:
        """Return the point to evaluate; the same until `tell` is called."""
        return self._samples.ask(self._inner.ask())

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` returned; see `Optimizer.tell`."""
        planes = np.asarray(gradient, np.float32).reshape(self._samples.shape)
        # Free the point while the gradient is in memory twice, in samples and in coefficients.
        self._samples.asked = None
        with np.errstate(over="ignore", invalid="ignore"):  # the inner optimiser sees such numbers
            coefficients = self._samples.coefficients(planes, np.multiply)
        self._inner.tell(loss, coefficients)
        del coefficients
        if self._samples.start and not self._point_at_start():
            self._samples.start = None

    def state(self, *, copy: bool = True) -> State:
        """Return everything needed to resume bit for bit, as plain arrays."""
        state = self._inner.state(copy=copy)
        if self._samples.start and (name := self._point_at_start()):
            state["start"], state["start.is"] = self._samples.start[1], np.array(name)
        return state

    def load(self, state: State) -> None:
        """Resume from what `state` returned."""
        self._inner.load(state)
        self._samples.start = self._samples.asked = None
        if "start" in state:
            z = self._inner.ask() if str(state["start.is"]) == "ask" else self._inner.best
            self._samples.start = z, np.array(state["start"], np.float32)

    def _point_at_start(self) -> str:
        """Return which of the inner optimiser's points, "ask" or "best", is still the start."""
        start = self._samples.start and self._samples.start[0]
        points = {"ask": self._inner.ask(), "best": self._inner.best}
        return next((name for name, z in points.items() if z is start), "")


class _SampleCache:
    """Converts coefficients to samples, and keeps the samples of the start and the last point.

    This class is separate from the optimiser, so that a caller can convert a point later without
    keeping the optimiser's history in memory until then.
    """

    def __init__(self, shape: tuple[int, ...], scale: Planes) -> None:
        self.shape, self._scale = shape, scale
        self.start: tuple[Vector, Vector] | None = None  # coefficients and samples
        self.asked: tuple[Vector, Vector] | None = None  # coefficients and samples

    def coefficients(self, planes: Planes, apply_scale: np.ufunc) -> Vector:
        """Return the coefficients of planes, multiplied or divided by the scale."""
        found = cosine_transform(planes)
        return np.asarray(apply_scale(found, self._scale, out=found)).ravel()

    def ask(self, z: Vector) -> Vector:
        """Return the samples of coefficients and keep them as the last point."""
        if self.asked and self.asked[0] is not z:
            self.asked = None  # free its memory before the next one is made
        x = self.at(z)
        self.asked = z, x
        return x

    def at(self, z: Vector) -> Vector:
        """Return the samples of coefficients."""
        if self.start and self.start[0] is z:
            return self.start[1]
        if self.asked and self.asked[0] is z:
            return self.asked[1]
        return _samples_of(z, self.shape, self._scale)

    def deferred(self, z: Vector) -> "Callable[[], Vector] | DeferredSamples":
        """Return the samples of coefficients, to be computed later; it keeps no other points."""
        if self.start and self.start[0] is z:
            samples = self.start[1]
            return lambda: samples
        return DeferredSamples(z, self.shape, self._scale, ref(self))


@dataclass(frozen=True)
class DeferredSamples:
    """The samples of coefficients z, computed when it is called."""

    _z: Vector
    _shape: tuple[int, ...]
    _scale: Planes
    _cache: "ref[_SampleCache]"

    def __call__(self) -> Vector:
        """Return the samples, one vector."""
        alive = self._cache()
        return (
            _samples_of(self._z, self._shape, self._scale) if alive is None else alive.at(self._z)
        )

    def reduced(self, height: int, width: int) -> Planes:
        """Return (planes, height, width), about the samples at a lower resolution.

        They are computed from the low frequencies alone.
        """
        coefficients = self._z.reshape(self._shape)[:, :height, :width]
        return reduced_samples(coefficients * self._scale[:height, :width], self._shape[1:])


def reduced_samples(low_frequencies: Planes, size: Sequence[int]) -> Planes:
    """Return planes at a lower resolution from their low frequencies.

    Parameters
    ----------
    low_frequencies
        (planes, height, width), the first cosine coefficients along each axis; overwritten.
    size
        (height, width) of the whole planes.
    """
    height, width = low_frequencies.shape[1:]
    low_frequencies *= np.float32(np.sqrt(height * width / (size[0] * size[1])))
    return inverse_cosine_transform(low_frequencies)


def _samples_of(z: Vector, shape: tuple[int, ...], scale: Planes) -> Vector:
    found = np.empty(shape, np.float32)
    for plane, coefficients in zip(found, z.reshape(shape), strict=True):
        for rows in row_blocks(*coefficients.shape):
            np.multiply(coefficients[rows], scale[rows], out=plane[rows])
        release_pages()  # the coefficients may be on disk
    return inverse_cosine_transform(found, out=found).ravel()


def frequency_scales(size: Sequence[int], exponent: float) -> NDArray[np.float32]:
    """Return the scales s of `SpectralOptimizer` for planes of (height, width)."""
    height, width = size
    total = sum(float(np.sum(part**2)) for _, part in _scale_blocks(size, exponent))
    root_mean_square = np.sqrt(total / (height * width))
    found = np.empty((height, width), np.float32)
    for rows, part in _scale_blocks(size, exponent):
        np.divide(part, root_mean_square, out=found[rows], casting="same_kind")
    return found


def _scale_blocks(
    size: Sequence[int], exponent: float
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield max(|k|, 1/64)^−exponent by blocks of rows; all in float64 would double the memory."""
    vertical, horizontal = (np.arange(n) / (2 * n) for n in size)
    for rows in row_blocks(*size):
        frequency = np.hypot(vertical[rows, None], horizontal[None])
        yield rows, np.maximum(frequency, LOWEST_FREQUENCY) ** -exponent
