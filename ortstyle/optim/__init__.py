"""Optimisers that see vectors and know nothing of images or ONNX.

All are ask/tell: `ask` gives the point whose loss and gradient are wanted, `tell` takes them.
"""

from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
State = dict[str, NDArray[np.generic]]


class Stop(Enum):
    """Why an optimiser goes no further; the value is for people."""

    STATIONARY = "the gradient is zero"
    LINE_SEARCH_FAILED = "no step lowers the loss any more"
    NOT_FINITE = "the loss is no longer finite"
    DIVERGED = "the loss ran away"


class Optimizer(Protocol):
    """What a run asks of an optimiser.

    Vectors are one-dimensional float32. Those handed out are never written to again, and those
    told must not be, so whoever holds one needs no copy.
    """

    @property
    def iterations(self) -> int:
        """Steps accepted so far."""

    @property
    def evaluations(self) -> int:
        """Points told so far."""

    @property
    def stop(self) -> Stop | None:
        """Why the run is over, if it is."""

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far."""

    def ask(self) -> Vector:
        """Give the point to evaluate; the same until `tell` is called."""

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` gave.

        Raises
        ------
        ValueError
            The gradient is no float32 vector of the right length.
        RuntimeError
            The optimiser has stopped.
        """

    def state(self, *, copy: bool = True) -> State:
        """Give everything needed to go on bit for bit, as plain arrays.

        Without copies, which a large picture has no room for, they are good until the next `tell`.
        """

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""


def check_told(optimizer: Optimizer, x: Vector, gradient: Vector) -> None:
    """Raise what `Optimizer.tell` promises."""
    if optimizer.stop is not None:
        raise RuntimeError(f"the optimiser has stopped: {optimizer.stop.value}")
    if isinstance(x, np.ndarray) and (gradient.shape != x.shape or gradient.dtype != np.float32):
        raise ValueError(
            f"the gradient is {gradient.dtype} {gradient.shape}, not float32 {x.shape}"
        )
