"""Adam."""

from collections.abc import Iterator
from math import isfinite, sqrt

import numpy as np

from ortstyle.optim import State, Stop, Vector, check_told

_BLOCK = 1 << 15  # numbers moved at once, so that what lies between stays in the cache


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1), ask/tell; every step is taken.

    Holds 6 vectors at most, those asked for and told among them.

    Parameters
    ----------
    x0
        Where to start, a float32 vector.
    learning_rate
        α, in units of x.
    betas
        Decay of the two moments, β₁ and β₂.
    epsilon
        ε.
    average
        Decay of a mean of the points, section 7.2; `best` gives that mean instead of the point of
        the lowest loss. 0 for no mean.
    """

    def __init__(
        self,
        x0: Vector,
        *,
        learning_rate: float = 10.0,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        average: float = 0.0,
    ) -> None:
        self.iterations = 0
        self.evaluations = 0
        self.stop: Stop | None = None
        self._rate, self._betas, self._epsilon = learning_rate, betas, epsilon
        self._x = np.array(x0, np.float32)
        self._best: Vector | None = self._x  # None once it is the mean
        self._best_loss = self._first_loss = np.inf
        self._mean = np.zeros_like(self._x)
        self._square = np.zeros_like(self._x)
        self._decay, self._averaged = average, 0
        self._average = np.zeros_like(self._x) if average else None

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far, or the mean of the points."""
        if self._best is not None:
            return self._best
        assert self._average is not None  # noqa: S101
        return self._average * np.float32(1 / (1 - self._decay**self._averaged))

    def ask(self) -> Vector:
        """Give the point to evaluate; the same until `tell` is called."""
        return self._x

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` gave."""
        check_told(self, self._x, gradient)
        self.evaluations += 1
        if not (isfinite(loss) and _is_finite(gradient)):
            self.stop = Stop.NOT_FINITE
            return
        if self.evaluations == 1:
            self._first_loss = loss
        if loss > max(10 * self._first_loss, 1e3 * self._best_loss):
            self.stop = Stop.DIVERGED
            return
        if loss < self._best_loss:
            self._best_loss = loss
            if self._average is None:
                self._best = self._x
        if self._average is not None and self.iterations:
            self._include(self._average)
        self._step(gradient)

    def _include(self, average: Vector) -> None:
        """Let the mean take the point whose loss is known now: no runaway gets into it.

        The start is none of its points, as in the paper.
        """
        self._averaged += 1
        self._best = None
        for block in _blocks(self._x.size):
            average[block] *= np.float32(self._decay)
            average[block] += np.float32(1 - self._decay) * self._x[block]

    def _step(self, gradient: Vector) -> None:
        self.iterations += 1
        first, second = self._betas
        # Both bias corrections in one factor; Kingma & Ba 2015, section 2, last paragraph.
        correction = sqrt(1 - second**self.iterations) / (1 - first**self.iterations)
        epsilon = np.float32(self._epsilon * sqrt(1 - second**self.iterations))
        found = np.empty_like(self._x)
        for block in _blocks(found.size):
            g, mean, square = gradient[block], self._mean[block], self._square[block]
            mean *= np.float32(first)
            mean += np.float32(1 - first) * g
            square *= np.float32(second)
            square += np.float32(1 - second) * g * g
            spread = np.sqrt(square)
            spread += epsilon
            step = np.float32(self._rate * correction) * mean
            step /= spread
            np.subtract(self._x[block], step, out=found[block])
        self._x = found

    def state(self, *, copy: bool = True) -> State:
        """Give everything needed to go on bit for bit, as plain arrays."""
        state: State = {
            "x": self._x,
            "mean": self._mean.copy() if copy else self._mean,
            "square": self._square.copy() if copy else self._square,
            "losses": np.array([self._best_loss, self._first_loss]),
            "counters": np.array([self.iterations, self.evaluations, self._averaged]),
            "stop": np.array(self.stop.name if self.stop else ""),
        }
        if self._best is not None and self._best is not self._x:
            state["best"] = self._best
        if self._average is not None:
            state["average"] = self._average.copy() if copy else self._average
        return state

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""

        def read(name: str) -> Vector:
            return np.array(state[name], np.float32)

        self._x, self._mean, self._square = map(read, ("x", "mean", "square"))
        if self._average is not None:
            self._average = read("average")
        self._best_loss, self._first_loss = map(float, state["losses"])
        self.iterations, self.evaluations, self._averaged = map(int, state["counters"])
        self._best = None if self._averaged else self._x
        if "best" in state:
            self._best = read("best")
        self.stop = Stop[str(state["stop"])] if str(state["stop"]) else None


def _is_finite(vector: Vector) -> bool:
    return all(np.isfinite(vector[block]).all() for block in _blocks(vector.size))


def _blocks(size: int) -> Iterator[slice]:
    for start in range(0, size, _BLOCK):
        yield slice(start, start + _BLOCK)
