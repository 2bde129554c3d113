"""The state of a run in a checkpoint: its progress, and a picture or the optimiser's state."""

import numpy as np

from ortstyle.objective.objective import Pixels
from ortstyle.optim.optimizer import Optimizer
from ortstyle.run.checkpoint import Arrays, Checkpoint, damaged
from ortstyle.run.progress import Progress

_START, _OPTIMIZER = "start", "optimizer."  # names of a checkpoint's arrays


def arrays_between_scales(picture: Pixels) -> Arrays:
    """Return the arrays to save between two scales: the picture that the next scale starts from."""
    return {_START: picture.clip(0, 255)}


def arrays_within_scale(optimizer: Optimizer) -> Arrays:
    """Return the arrays to save within a scale: the optimiser's state.

    The arrays are valid only until the next evaluation.
    """
    return {_OPTIMIZER + name: array for name, array in optimizer.state(copy=False).items()}


def saved_progress(checkpoint: Checkpoint) -> tuple[Progress, Pixels]:
    """Return the progress of a run, and the picture that its scale starts from.

    The picture is (1, 3, H, W) float32. Within a scale it is empty, because the optimiser's state
    holds the picture.

    Raises
    ------
    CheckpointError
        The checkpoint is damaged.
    """
    try:
        progress = Progress.from_dict(checkpoint.header["position"])
        if progress.done:
            return progress, np.empty(0, np.float32)
        # A copy, because the array may be mapped from the file, which is going to be replaced.
        return progress, np.array(checkpoint.arrays[_START])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise damaged(checkpoint.path) from error


def load_optimizer(optimizer: Optimizer, checkpoint: Checkpoint) -> None:
    """Put an optimiser into the state that a checkpoint holds.

    Raises
    ------
    CheckpointError
        The checkpoint is damaged.
    """
    arrays = checkpoint.arrays.items()
    try:
        optimizer.load(
            {k.removeprefix(_OPTIMIZER): v for k, v in arrays if k.startswith(_OPTIMIZER)}
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(checkpoint.path) from error
