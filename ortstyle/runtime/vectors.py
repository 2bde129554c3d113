"""Vectors in a device's memory: only inner products and step lengths cross the bus."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.graph import vector_graphs as passes
from ortstyle.optim import State
from ortstyle.optim.vectors import Measured, Products
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session


class DeviceVectors:
    """Vectors (1, 3, H, W) as ONNX Runtime's values on a device; see `optim.vectors.Vectors`.

    The pairs are one tensor, which every new pair makes anew: twice the history for a moment.

    Parameters
    ----------
    shape
        (1, 3, H, W).
    rows
        Pairs to have room for.
    device
        Where they are.

    Raises
    ------
    DeviceError
        The device can't run the passes.
    """

    def __init__(self, shape: Sequence[int], rows: int, device: Device) -> None:
        self.size, self.rows = prod(shape), rows
        self._shape, self._device = tuple(shape), device
        count, length = passes.blocks(shape)

        def session(model: Any, *resident: str) -> Session:
            return Session(model, device, resident=resident)

        self._up = session(passes.copy_model(shape), "y")
        self._down = session(passes.copy_model(shape))
        self._norms = session(passes.norms_model(shape))
        self._measure = session(passes.measure_model(shape, rows), "new_pairs")
        self._advance = session(passes.advance_model(shape, rows), "trial")
        self._empty = np.zeros((count, 2 * rows, length), np.float32)
        self._pairs: Any = self._empty

    def put(self, array: Any) -> Any:
        """Bring an array of `size` numbers to the device; what is there already stays."""
        if not isinstance(array, np.ndarray):
            return array
        return self._up.run(x=np.asarray(array, np.float32).reshape(self._shape))["y"]

    def keep(self, gradient: Any) -> Any:
        """Give the gradient itself: it is there already."""
        return gradient

    def get(self, vector: Any) -> NDArray[np.float32]:
        """Bring a vector back as an array (size,)."""
        return np.asarray(self._down.run(x=vector)["y"], np.float32).ravel()

    def norms(self, gradient: Any) -> tuple[float, float]:
        """Give the sum of squares and the sum of absolute values."""
        found = self._norms.run(gradient=gradient)
        return found["square"].item(), found["absolute"].item()

    def measure(self, row: int, to: tuple[Any, Any], since: tuple[Any, Any]) -> Measured:
        """Write the pair between two points (x, gradient) into a row and measure it."""
        found = self._measure.run(
            pairs=self._pairs,
            row=_number(row),
            x=to[0],
            gradient=to[1],
            since_x=since[0],
            since_gradient=since[1],
        )
        square = found["square"].item()
        if np.isfinite(square):
            self._pairs = found["new_pairs"]
        products = found["products"].astype(np.float64)
        return Measured(products[: self.rows], products[self.rows :], square)

    def advance(
        self, at: tuple[Any, Any], of_s: Products, of_y: Products, of_g: float, length: float
    ) -> tuple[Any, float]:
        """Give x + length·d and gᵀd for d = Σ of_s·s + Σ of_y·y + of_g·g."""
        found = self._advance.run(
            pairs=self._pairs,
            x=at[0],
            gradient=at[1],
            of_pairs=np.concatenate([of_s, of_y]).astype(np.float32)[None, None],
            of_gradient=_number(of_g),
            length=_number(length),
        )
        return found["trial"], found["slope"].item()

    def state(self, *, copy: bool = True) -> State:
        """Give all rows as arrays, which are always copies."""
        del copy
        pairs = self._pairs
        if not isinstance(pairs, np.ndarray):
            with Session(passes.copy_model(self._empty.shape), self._device) as session:
                pairs = session.run(x=pairs)["y"]
        rows = pairs.swapaxes(0, 1).reshape(2 * self.rows, -1)
        return {"s.rows": rows[: self.rows].copy(), "y.rows": rows[self.rows :].copy()}

    def load(self, state: State) -> None:
        """Fill the first rows with what `state` gave."""
        self._pairs = self._empty.copy()
        for offset, rows in ((0, state["s.rows"]), (self.rows, state["y.rows"])):
            blocks = rows.reshape(len(rows), *self._empty.shape[::2])
            self._pairs[:, offset : offset + len(rows)] = blocks.swapaxes(0, 1)


def _number(value: float) -> NDArray[np.float32]:
    return np.full((1, 1, 1), value, np.float32)
