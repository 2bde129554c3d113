"""The optimiser's vectors in a device's memory: only inner products and step lengths leave it."""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph import vector_graphs
from ortstyle.optim.optimizer import State
from ortstyle.optim.vectors import Direction, PairProducts
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session


class DeviceVectors:
    """Vectors (1, 3, H, W) as ONNX Runtime's values on a device; see `optim.vectors.Vectors`.

    All curvature pairs are in one tensor. Storing a pair makes a new tensor, so that the history
    takes twice its memory for a moment.

    Parameters
    ----------
    shape
        (1, 3, H, W), the shape of a vector.
    rows
        The number of curvature pairs that there is room for.
    device
        The device in whose memory the vectors are.

    Raises
    ------
    DeviceError
        The device can't run the graphs of the vector operations.
    """

    def __init__(self, shape: Sequence[int], rows: int, *, device: Device) -> None:
        self.size, self.rows = prod(shape), rows
        self._shape, self._device = tuple(shape), device
        count, length = vector_graphs.blocks(shape)

        def session(model: ir.Model, *resident: str) -> Session:
            return Session(model, device, resident=resident)

        self._upload = session(vector_graphs.copy_model(shape), "y")
        self._download = session(vector_graphs.copy_model(shape))
        self._norms = session(vector_graphs.norms_model(shape))
        self._store_pair = session(vector_graphs.measure_model(shape, rows), "new_pairs")
        self._advance = session(vector_graphs.advance_model(shape, rows), "trial")
        self._no_pairs = np.zeros((count, 2 * rows, length), np.float32)
        self._pairs: Any = self._no_pairs

    def put(self, array: Any) -> Any:
        """Copy an array of `size` numbers to the device; return a value of the device as it is."""
        if not isinstance(array, np.ndarray):
            return array
        return self._upload.run(x=np.asarray(array, np.float32).reshape(self._shape))["y"]

    def keep(self, gradient: Any) -> Any:
        """Return the gradient itself, which is on the device already."""
        return gradient

    def get(self, vector: Any) -> NDArray[np.float32]:
        """Return a vector as an array (size,)."""
        return _downloaded(self._download, vector)

    def deferred(self, vector: Any) -> Callable[[], NDArray[np.float32]]:
        """Return a function that returns a vector as `get` does.

        It keeps the vector in the device's memory and nothing else, such as the curvature pairs.
        """
        return partial(_downloaded, self._download, vector)

    def norms(self, gradient: Any) -> tuple[float, float]:
        """Return the sum of squares and the sum of absolute values."""
        found = self._norms.run(gradient=gradient)
        return found["square"].item(), found["absolute"].item()

    def store_pair(
        self, row: int, point: tuple[Any, Any], *, previous: tuple[Any, Any]
    ) -> PairProducts:
        """Store the pair between two points (x, gradient) in a row; return its products."""
        found = self._store_pair.run(
            pairs=self._pairs,
            row=_number(row),
            x=point[0],
            gradient=point[1],
            since_x=previous[0],
            since_gradient=previous[1],
        )
        square = found["square"].item()
        if np.isfinite(square):
            self._pairs = found["new_pairs"]
        products = found["products"].astype(np.float64)
        return PairProducts(products[: self.rows], products[self.rows :], square)

    def advance(
        self, point: tuple[Any, Any], direction: Direction, *, length: float
    ) -> tuple[Any, float]:
        """Return x + length·d and gᵀd for a direction d from a point (x, gradient g)."""
        of_pairs = np.concatenate([direction.of_s, direction.of_y]).astype(np.float32)
        found = self._advance.run(
            pairs=self._pairs,
            x=point[0],
            gradient=point[1],
            of_pairs=of_pairs[None, None],
            of_gradient=_number(direction.of_gradient),
            length=_number(length),
        )
        return found["trial"], found["slope"].item()

    def state(self, *, copy: bool = True) -> State:
        """Return all rows as arrays, which are always copies."""
        del copy
        pairs = self._pairs
        if not isinstance(pairs, np.ndarray):
            model = vector_graphs.copy_model(self._no_pairs.shape)
            with Session(model, self._device) as session:
                pairs = session.run(x=pairs)["y"]
        rows = pairs.swapaxes(0, 1).reshape(2 * self.rows, -1)
        return {"s.rows": rows[: self.rows].copy(), "y.rows": rows[self.rows :].copy()}

    def load(self, state: State) -> None:
        """Fill the first rows from what `state` returned."""
        self._pairs = self._no_pairs.copy()
        for offset, rows in ((0, state["s.rows"]), (self.rows, state["y.rows"])):
            blocks = rows.reshape(len(rows), *self._no_pairs.shape[::2])
            self._pairs[:, offset : offset + len(rows)] = blocks.swapaxes(0, 1)


def _downloaded(session: Session, vector: Any) -> NDArray[np.float32]:
    found = np.asarray(session.run(x=vector)["y"], np.float32).ravel()
    session.release_run()  # or the session would keep the vector
    return found


def _number(value: float) -> NDArray[np.float32]:
    return np.full((1, 1, 1), value, np.float32)
