"""Adam."""

from math import isfinite, sqrt

import numpy as np

from ortstyle.optim import State, Stop, Vector, check_told


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1), ask/tell; every step is taken.

    Holds 4 vectors.

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
    """

    def __init__(
        self,
        x0: Vector,
        *,
        learning_rate: float = 10.0,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.iterations = 0
        self.evaluations = 0
        self.stop: Stop | None = None
        self._rate, self._betas, self._epsilon = learning_rate, betas, epsilon
        self._x = np.array(x0, np.float32)
        self._best = self._x
        self._best_loss = self._first_loss = np.inf
        self._mean = np.zeros_like(self._x)
        self._square = np.zeros_like(self._x)

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far."""
        return self._best

    def ask(self) -> Vector:
        """Give the point to evaluate; the same until `tell` is called."""
        return self._x

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` gave."""
        check_told(self, self._x, gradient)
        self.evaluations += 1
        if not (isfinite(loss) and np.isfinite(gradient).all()):
            self.stop = Stop.NOT_FINITE
            return
        if self.evaluations == 1:
            self._first_loss = loss
        if loss > max(10 * self._first_loss, 1e3 * self._best_loss):
            self.stop = Stop.DIVERGED
            return
        if loss < self._best_loss:
            self._best, self._best_loss = self._x, loss
        self._step(gradient)

    def _step(self, gradient: Vector) -> None:
        self.iterations += 1
        first, second = self._betas
        self._mean *= np.float32(first)
        self._mean += np.float32(1 - first) * gradient
        self._square *= np.float32(second)
        self._square += np.float32(1 - second) * gradient * gradient
        # Both bias corrections in one factor; Kingma & Ba 2015, section 2, last paragraph.
        correction = sqrt(1 - second**self.iterations) / (1 - first**self.iterations)
        spread = np.sqrt(self._square)
        spread += np.float32(self._epsilon * sqrt(1 - second**self.iterations))
        step = np.float32(self._rate * correction) * self._mean / spread
        self._x = (self._x - step).astype(np.float32, copy=False)

    def state(self) -> State:
        """Give everything needed to go on bit for bit, as plain arrays."""
        return {
            "x": self._x,
            "best": self._best,
            "mean": self._mean.copy(),
            "square": self._square.copy(),
            "losses": np.array([self._best_loss, self._first_loss]),
            "counters": np.array([self.iterations, self.evaluations]),
        }

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""
        self._x, self._best = (state[name].astype(np.float32) for name in ("x", "best"))
        self._mean, self._square = (state[n].astype(np.float32) for n in ("mean", "square"))
        self._best_loss, self._first_loss = map(float, state["losses"])
        self.iterations, self.evaluations = map(int, state["counters"])
