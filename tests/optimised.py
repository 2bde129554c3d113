"""Functions that try an optimiser, and traces of L-BFGS on them."""

from itertools import count

import numpy as np
from page_engine import pack
from scipy.optimize import rosen, rosen_der

from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.optimizer import Stop
from ortstyle.optim.vectors import PairProducts


class ExactVectors:
    """Vectors as arrays of float32, with sums in float64; see `ortstyle.optim.vectors.Vectors`.

    `spoilt` has factors of the slopes that `advance` tells, by the number of the call. With
    `rounds` the products with pairs are float32, in which those of small numbers are 0.
    """

    def __init__(self, size, rows, *, spoilt=None, rounds=False):
        self.size, self.rows = size, rows
        self._spoilt, self._calls = spoilt or {}, count()
        self._products = np.float32 if rounds else np.float64
        self._s, self._y = np.zeros((2, rows, size), np.float32)

    def put(self, array):
        return np.array(array, np.float32)

    def keep(self, gradient):
        return gradient

    def get(self, vector):
        return vector

    def norms(self, gradient):
        g = gradient.astype(float)
        return float(g @ g), float(abs(g).sum())

    def store_pair(self, row, point, *, previous):
        square, _ = self.norms(point[1])
        if not np.isfinite(square):
            return PairProducts(*np.full((2, self.rows, 3), np.nan), square)
        self._s[row], self._y[row] = (
            np.subtract(*pair) for pair in zip(point, previous, strict=True)
        )
        columns = np.stack([self._s[row], self._y[row], point[1]], axis=1).astype(float)
        products = (rows.astype(float) @ columns for rows in (self._s, self._y))
        rounded = (found.astype(self._products).astype(float) for found in products)
        return PairProducts(*rounded, square)

    def advance(self, point, direction, *, length):
        x, gradient = point
        rounded = [np.float32(of).astype(float) for of in (direction.of_s, direction.of_y)]
        total = gradient * np.float64(np.float32(direction.of_gradient))
        total += rounded[0] @ self._s.astype(float) + rounded[1] @ self._y.astype(float)
        d = total.astype(np.float32)
        slope = float(gradient.astype(float) @ d.astype(float))
        slope *= self._spoilt.get(next(self._calls), 1.0)
        return np.float32(length) * d + x, slope


def quadratic(n=300, condition=1e4, noise=1e-6):
    """Ill-conditioned, with noise in the loss as large as float32's."""
    rng, scale = np.random.default_rng(0), np.geomspace(1, condition, n)
    return lambda x: (0.5 * float(scale @ x**2) * (1 + noise * rng.normal()), scale * x), np.ones(n)


def plateau(n=20):
    """A quadratic on a large loss in float32, which soon rounds away how the quadratic falls."""
    scale = np.geomspace(1, 30, n)
    return lambda x: (float(np.float32(1e3 + scale @ x**2)), 2 * scale * x), np.ones(n)


def faint(n=10):
    """A quadratic so faint that the squares of its gradients' differences are 0 in float32."""
    scale = np.geomspace(1e-30, 3e-29, n)
    return lambda x: (float(scale @ x**2), 2 * scale * x), np.linspace(3, 5, n)


def rosenbrock(n=40):
    return lambda x: (float(rosen(x)), rosen_der(x)), np.linspace(-1.5, 1.2, n)


def kinks(n=50):
    """Σ w·|x|, whose gradient says nothing about how far to go."""
    weights = np.geomspace(0.1, 10, n)
    return lambda x: (float(weights @ abs(x)), weights * np.sign(x)), np.linspace(-3, 5, n)


def barrier(n=6):
    """x − log x, which is NaN for negative x."""

    def function(x):
        if np.any(x <= 0):
            return np.nan, np.full_like(x, np.nan)
        return float((x - np.log(x)).sum()), 1 - 1 / x

    return function, np.linspace(3, 7, n)


def broken_gradients(n=30):
    """A quadratic, of which some gradients after the first have a number that is not finite."""
    scale, rng, calls = np.geomspace(1, 100, n), np.random.default_rng(3), count()

    def function(x):
        gradient = scale * x
        if next(calls) and rng.random() < 0.2:
            gradient[rng.integers(n)] = rng.choice([np.nan, np.inf, -np.inf])
        return 0.5 * float(scale @ x**2), gradient

    return function, np.ones(n)


def flattening(n=20):
    """Σ log(1 + x²), whose curvature is negative beyond ±1."""
    return lambda x: (float(np.log1p(x**2).sum()), 2 * x / (1 + x**2)), np.linspace(5, 20, n)


def sinking(n=10):
    """Losses below zero, at which the condition of divergence is met soon."""
    return lambda x: (float(-1 - 0.1 * x.sum()), np.full(n, -0.1)), np.zeros(n)


def half_parabolas(n=8):
    """Gradients that are all zero where no x is positive."""
    return lambda x: (float((np.maximum(x, 0) ** 2).sum()), 2 * np.maximum(x, 0)), np.full(n, 0.3)


def uphill(n=5):
    """A gradient of the wrong sign."""
    return lambda x: (float(x @ x), -2 * x), np.ones(n)


def once(n=5):
    """Finite at the start alone."""
    calls = count()
    return lambda _: (np.nan if next(calls) else 1.0, np.ones(n)), np.ones(n)


def never(n=5):
    """Finite nowhere."""
    return lambda _: (np.nan, np.ones(n)), np.ones(n)


def overflowing(n=5):
    """A finite loss with an infinite gradient."""
    return lambda _: (1.0, np.full(n, np.inf)), np.ones(n)


def whims(seed, n=7):
    """Losses and gradients that belong to no function, and after the first are often not finite."""
    rng, calls = np.random.default_rng(seed), count()
    sinks = rng.choice([0.2, 1.0, 3.0])

    def function(x):
        call, odd = next(calls), rng.random()
        loss = 1e3 - sinks * call + rng.normal()
        gradient = rng.normal(size=n) * 10 ** rng.uniform(-3, 3)
        if call and odd < 0.1:
            loss = rng.choice([np.nan, np.inf, -np.inf])
        elif call and odd < 0.2:
            gradient[rng.integers(n)] = rng.choice([np.nan, np.inf])
        elif call and odd < 0.21:
            gradient[:] = 0
        return float(loss), gradient

    return function, rng.normal(size=n)


def trace_of(function, x0, *, history, evaluations, vectors=None):
    """Return what L-BFGS asked, was told, and how it stood after that, as arrays by name."""
    optimizer = LBFGS(np.asarray(x0, np.float32), history=history, vectors=vectors)
    names = ("x", "losses", "gradients", "best", "iterations", "trials", "length", "slope", "pairs")
    found = {name: [] for name in names}
    while optimizer.stop is None and optimizer.evaluations < evaluations:
        x = optimizer.ask()
        loss, gradient = function(x.astype(float))
        gradient = np.asarray(gradient, np.float32)
        optimizer.tell(loss, gradient)
        search = optimizer._trials, optimizer._length, optimizer._slope
        state = optimizer.best, optimizer.iterations, *search, optimizer._pairs._pushed
        for name, value in zip(names, (x, loss, gradient, *state), strict=True):
            found[name].append(value)
    return {
        **{name: np.array(values) for name, values in found.items()},
        "history": history,
        "stop": optimizer.stop and Stop(optimizer.stop).name.lower().replace("_", "-"),
    }


def told(trace):
    """Return what Node is told of a trace."""
    return {
        "x0": pack(trace["x"][0], "<f4"),
        "losses": pack(trace["losses"]),
        "gradients": pack(trace["gradients"], "<f4"),
        "history": trace["history"],
    }
