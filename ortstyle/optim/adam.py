"""Adam, with an optional running average of its points."""

from collections.abc import Iterator
from math import isfinite, sqrt

import numpy as np

from ortstyle.optim.optimizer import State, Stop, Vector, check_tell

_LARGEST = 1.8e19  # the root of the largest float32
_BLOCK = 1 << 15  # numbers updated at once, so that intermediate results stay in the cache


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1), ask/tell; every step is accepted.

    It holds 6 vectors at most, including the point being evaluated and its gradient.

    Parameters
    ----------
    x0
        The starting point, a float32 vector.
    learning_rate
        The step size α, in units of x.
    betas
        The decay of the two moments, β₁ and β₂.
    epsilon
        The constant ε in the denominator.
    average
        The decay of a running average of the points (section 7.2 of the paper); `best` is then this
        average instead of the point of the lowest loss. 0 for no average.
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
        self._best: Vector | None = self._x  # None once the average takes its place
        self._best_loss = self._first_loss = np.inf
        self._first_moment = np.zeros_like(self._x)
        self._second_moment = np.zeros_like(self._x)
        self._average_decay, self._average_count = average, 0
        self._average = np.zeros_like(self._x) if average else None

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far, or the average of the points if one is kept."""
        if self._best is not None:
            return self._best
        assert self._average is not None  # noqa: S101
        return self._average * np.float32(1 / (1 - self._average_decay**self._average_count))

    def ask(self) -> Vector:
        """Return the point to evaluate; the same until `tell` is called."""
        return self._x

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` returned; see `Optimizer.tell`."""
        check_tell(self, self._x, gradient=gradient)
        self.evaluations += 1
        if not (isfinite(loss) and _has_squares(gradient)):
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
            self._add_to(self._average)
        self._step(gradient)

    def _add_to(self, average: Vector) -> None:
        """Add the point to the average; its loss is known not to have diverged.

        The starting point is not added, as in the paper.
        """
        self._average_count += 1
        self._best = None
        for block in _blocks(self._x.size):
            average[block] *= np.float32(self._average_decay)
            average[block] += np.float32(1 - self._average_decay) * self._x[block]

    def _step(self, gradient: Vector) -> None:
        """Move to the next point."""
        self.iterations += 1
        first, second = self._betas
        # Both bias corrections are one factor; Kingma & Ba 2015, section 2, last paragraph.
        correction = sqrt(1 - second**self.iterations) / (1 - first**self.iterations)
        epsilon = np.float32(self._epsilon * sqrt(1 - second**self.iterations))
        next_x = np.empty_like(self._x)
        for block in _blocks(next_x.size):
            g = gradient[block]
            first_moment, second_moment = self._first_moment[block], self._second_moment[block]
            first_moment *= np.float32(first)
            first_moment += np.float32(1 - first) * g
            second_moment *= np.float32(second)
            second_moment += np.float32(1 - second) * g * g
            denominator = np.sqrt(second_moment)
            denominator += epsilon
            step = np.float32(self._rate * correction) * first_moment
            step /= denominator
            np.subtract(self._x[block], step, out=next_x[block])
        self._x = next_x

    def state(self, *, copy: bool = True) -> State:
        """Return everything needed to resume bit for bit, as plain arrays."""
        state: State = {
            "x": self._x,
            "mean": self._first_moment.copy() if copy else self._first_moment,
            "square": self._second_moment.copy() if copy else self._second_moment,
            "losses": np.array([self._best_loss, self._first_loss]),
            "counters": np.array([self.iterations, self.evaluations, self._average_count]),
            "stop": np.array(self.stop.name if self.stop else ""),
        }
        if self._best is not None and self._best is not self._x:
            state["best"] = self._best
        if self._average is not None:
            state["average"] = self._average.copy() if copy else self._average
        return state

    def load(self, state: State) -> None:
        """Resume from what `state` returned."""

        def read(name: str) -> Vector:
            return np.array(state[name], np.float32)

        self._x, self._first_moment, self._second_moment = map(read, ("x", "mean", "square"))
        if self._average is not None:
            self._average = read("average")
        self._best_loss, self._first_loss = map(float, state["losses"])
        self.iterations, self.evaluations, self._average_count = map(int, state["counters"])
        self._best = None if self._average_count else self._x
        if "best" in state:
            self._best = read("best")
        self.stop = Stop[str(state["stop"])] if str(state["stop"]) else None


def _has_squares(vector: Vector) -> bool:
    """Tell whether the squares of all numbers are finite, of which the second moment is made."""
    return all(np.abs(vector[block]).max() < _LARGEST for block in _blocks(vector.size))


def _blocks(size: int) -> Iterator[slice]:
    for start in range(0, size, _BLOCK):
        yield slice(start, start + _BLOCK)
