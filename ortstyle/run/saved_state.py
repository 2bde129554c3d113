"""The state of a run in a checkpoint: its progress, and a picture or the optimiser's state."""

from collections.abc import Callable

import numpy as np

from ortstyle.objective.objective import Pixels
from ortstyle.optim.optimizer import Optimizer
from ortstyle.run.checkpoint import WRONG_DATA, Arrays, Checkpoint, damaged
from ortstyle.run.progress import Progress
from ortstyle.settings.settings import Settings

_START, _OPTIMIZER = "start", "optimizer."  # names of a checkpoint's arrays
_MOST_COUNTED = 1 << 40  # evaluations or steps


def arrays_between_scales(picture: Pixels) -> Arrays:
    """Return the arrays to save between two scales: the picture that the next scale starts from."""
    return {_START: picture.clip(0, 255)}


def arrays_within_scale(optimizer: Optimizer) -> Arrays:
    """Return the arrays to save within a scale: the optimiser's state.

    The arrays are valid only until the next evaluation.
    """
    return {_OPTIMIZER + name: array for name, array in optimizer.state(copy=False).items()}


def saved_progress(
    checkpoint: Checkpoint, settings: Settings, size_of: Callable[[int], tuple[int, int]]
) -> tuple[Progress, Pixels]:
    """Return the progress of a run, and the picture that its scale starts from.

    The picture is (1, 3, H, W) float32. Within a scale it is empty, because the optimiser's state
    holds the picture. `size_of` returns the width and height of the picture at a scale, from its
    longest side.

    Raises
    ------
    CheckpointError
        The checkpoint is damaged, or its progress is not that of a run with these settings.
    """
    try:
        progress = Progress.from_dict(checkpoint.header["position"])
        _check_progress(progress, settings, size_of)
        if progress.done:
            return progress, np.empty(0, np.float32)
        # A copy, because the array may be mapped from the file, which is going to be replaced.
        start = np.array(checkpoint.arrays[_START])
        _check_picture(start, progress)
    except WRONG_DATA as error:
        raise damaged(checkpoint.path) from error
    return progress, start


def _check_progress(
    progress: Progress, settings: Settings, size_of: Callable[[int], tuple[int, int]]
) -> None:
    """Raise a `ValueError` if a run with these settings can't be as far as this."""
    planned, schedule, last = settings.schedule(), progress.schedule, progress.last or {}
    sides = [side for side, _ in schedule]
    # Scales that are too small are left out; the coarsest of the others makes their evaluations.
    if not sides or sides != [side for side, _ in planned][-len(sides) :]:
        raise ValueError("the run has other scales")
    if sum(count for _, count in schedule) != settings.evaluations:
        raise ValueError("the run has other evaluations")
    counts = [*(count for _, count in schedule), 0]
    if progress.done > counts[progress.scale] or not progress.done + progress.scale:
        raise ValueError("the scale has fewer evaluations")
    most = sum(counts[: progress.scale]) + progress.done
    if not 0 < progress.evaluations == last["evaluations"] <= most:
        raise ValueError("fewer evaluations were planned")
    index, number = last["scale"]
    if number != len(schedule) or not 0 <= index < number:
        raise ValueError("the picture is of another scale")
    side = sides[progress.scale if progress.done else progress.scale - 1]
    if (last["width"], last["height"]) != size_of(side):
        raise ValueError("the picture has another size")


def _check_picture(picture: Pixels, progress: Progress) -> None:
    """Raise a `ValueError` if this can't be the picture that was painted last."""
    last = progress.last or {}
    shape = (1, 3, last["height"], last["width"])
    if picture.dtype != np.float32 or picture.shape != shape or not np.isfinite(picture).all():
        raise ValueError("the picture has another size, or is none")


def load_optimizer(optimizer: Optimizer, checkpoint: Checkpoint) -> None:
    """Put an optimiser into the state that a checkpoint holds.

    Raises
    ------
    CheckpointError
        The checkpoint is damaged.
    """
    arrays = checkpoint.arrays.items()
    state = {k.removeprefix(_OPTIMIZER): v for k, v in arrays if k.startswith(_OPTIMIZER)}
    try:
        _check_state(state, optimizer.state(copy=False))
        optimizer.load(state)
    except WRONG_DATA as error:
        raise damaged(checkpoint.path) from error


def _check_state(state: Arrays, fresh: Arrays) -> None:
    """Raise a `ValueError` if a state is not of the kind of that of a fresh optimiser.

    It may hold further vectors, further losses, and more rows of pairs, which `load` counts.
    """
    vector = fresh["trial" if "trial" in fresh else "x"].shape
    for name, array in state.items():
        known = fresh.get(name)
        shapes = [vector, (2,)] if known is None else [known.shape]
        kind = "f" if known is None else known.dtype.kind
        if name.endswith(("rows", "exponents")) and array.ndim:
            shapes.append((len(array), *(known.shape[1:] if known is not None else ())))
        if array.dtype.kind != kind or array.shape not in shapes:
            raise ValueError(f"{name} is {array.dtype} {array.shape}")
        counts = kind == "i" and not name.endswith("exponents")
        if counts and not (array.min() >= 0 and array.max() <= _MOST_COUNTED):
            raise ValueError(f"{name} is out of range")
