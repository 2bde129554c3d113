"""The interface of every optimiser, and the reasons why one stops."""

from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
State = dict[str, NDArray[np.generic]]


class Stop(Enum):
    """Why an optimiser has stopped; the value says it in words."""

    STATIONARY = "the gradient is zero"
    LINE_SEARCH_FAILED = "no step lowers the loss any more"
    NOT_FINITE = "the loss is no longer finite"
    DIVERGED = "the loss diverged"


class Optimizer(Protocol):
    """An ask/tell optimiser.

    Vectors are one-dimensional float32. The optimiser never writes again to a vector that it has
    returned, and the caller must not write again to one that it has passed, so neither needs to
    copy them.
    """

    @property
    def iterations(self) -> int:
        """Steps accepted so far."""

    @property
    def evaluations(self) -> int:
        """Points evaluated so far."""

    @property
    def stop(self) -> Stop | None:
        """Why the optimiser has stopped; None while it has not."""

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far."""

    def ask(self) -> Vector:
        """Return the point to evaluate; the same until `tell` is called."""

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` returned, and move to the next point.

        Raises
        ------
        ValueError
            The gradient is no float32 vector of the right length.
        RuntimeError
            The optimiser has stopped.
        """

    def state(self, *, copy: bool = True) -> State:
        """Return everything needed to resume bit for bit, as plain arrays.

        With `copy` false, which saves memory for large pictures, the arrays are valid only until
        the next `tell`.
        """

    def load(self, state: State) -> None:
        """Resume from what `state` returned."""


def check_tell(optimizer: Optimizer, x: Vector, *, gradient: Vector) -> None:
    """Raise the errors that `Optimizer.tell` promises."""
    if optimizer.stop is not None:
        raise RuntimeError(f"the optimiser has stopped: {optimizer.stop.value}")
    if isinstance(x, np.ndarray) and (gradient.shape != x.shape or gradient.dtype != np.float32):
        raise ValueError(
            f"the gradient is {gradient.dtype} {gradient.shape}, not float32 {x.shape}"
        )


def nested_state(state: State, prefix: str) -> State:
    """Return the arrays whose names begin with `prefix` and a dot, by the rest of their names."""
    start = prefix + "."
    return {n.removeprefix(start): a for n, a in state.items() if n.startswith(start)}
