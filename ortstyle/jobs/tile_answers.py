"""What workers answer to requests for tiles: it comes from outside, and is checked here."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ortstyle import errors
from ortstyle.errors import ClusterError, OrtStyleError
from ortstyle.objective.tile_executor import Arrays, Shapes

_MOST_SHOWN = 300  # characters of what a worker says
#: The errors that a worker may tell of by name; each takes one message.
_TOLD = {errors.DeviceError, errors.GraphError, errors.ModelError, errors.OutOfMemoryError}


class Lost:
    """Stands for the answer to a request whose worker, or whose data, have been lost."""


LOST: Final = Lost()


def checked_outputs(answer: Any, *, shapes: Shapes, worker: str) -> Arrays | None:
    """Return the outputs of a graph that a worker has computed.

    Parameters
    ----------
    answer
        What came from the worker, which should be what `tile_worker.run_tile` returns.
    shapes
        The shape of each output, by name.
    worker
        The worker's name.

    Returns
    -------
    dict or None
        The outputs by name; None if the worker lacks inputs that it should have stored.

    Raises
    ------
    ClusterError
        The answer is something else, or tells of a failure.
    OrtStyleError
        The worker tells of an error of this kind.
    """
    if not isinstance(answer, dict):
        raise ClusterError(f"worker {worker} has answered something else than a tile")
    if "error" in answer:
        raise _error_of(answer, worker)
    if "missing" in answer:
        return None
    outputs = answer.get("outputs")
    if not isinstance(outputs, dict) or outputs.keys() != shapes.keys():
        raise ClusterError(f"worker {worker} has answered something else than a tile")
    for name, value in outputs.items():
        if type(value) is not np.ndarray or value.dtype != np.float32:
            raise ClusterError(f"worker {worker} has answered no array of float32 for {name}")
        if value.shape != tuple(shapes[name]):
            raise ClusterError(f"worker {worker} has answered another shape for {name}")
    return outputs


def _error_of(answer: Mapping[str, Any], worker: str) -> OrtStyleError:
    """Return the error that a worker has told of, which is one of ortstyle's own."""
    text = " ".join(str(answer["error"]).split())[:_MOST_SHOWN]
    kind = getattr(errors, str(answer.get("kind")), None)
    message = f"worker {worker}: {text}"
    return kind(message) if kind in _TOLD else ClusterError(message)
