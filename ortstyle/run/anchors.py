"""The anchor of a run: whether it fits, its size at each scale, and what checkpoints say of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import CheckpointError, SettingsError
from ortstyle.objective.objective import Anchor


def check_anchor(anchor: Anchor, size: tuple[int, int]) -> None:
    """Check that an anchor has the (width, height) of a run's finest scale, and finite numbers.

    Raises
    ------
    SettingsError
        It has not, or a weight is negative.
    """
    width, height = size
    shapes = {"pixels": (1, 3, height, width), "weights": (height, width)}
    for name, shape in shapes.items():
        array: NDArray[Any] = getattr(anchor, name)
        if array.shape != shape or array.dtype != np.float32:
            raise SettingsError(
                f"the anchor's {name} are {array.shape} {array.dtype}; give {shape} float32, the "
                "size of the result"
            )
        if not np.isfinite(array).all():
            raise SettingsError(f"the anchor's {name} are not all finite; give finite numbers")
    if anchor.weights.min() < 0:
        raise SettingsError("the anchor has negative weights; give weights from 0")


def resized_anchor(anchor: Anchor, size: tuple[int, int]) -> Anchor:
    """Resize an anchor to (width, height), unless it has this size already.

    Pixels are averaged by their weights, so that those of weight 0 colour no others. A pixel that
    is made of such pixels alone is their plain mean; it has no effect.
    """
    if anchor.weights.shape == size[::-1]:
        return anchor

    def mean(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.array(image.resize(size, Image.Resampling.BOX))

    weights = mean(anchor.weights)
    planes = [
        np.divide(mean(anchor.weights * plane), weights, out=mean(plane), where=weights > 0)
        for plane in anchor.pixels[0]
    ]
    return Anchor(np.stack(planes)[None], weights)


def check_resumed(path: Path, header: Mapping[str, Any], *, anchored: bool) -> None:
    """Check that a run is resumed with an anchor if, and only if, it was begun with one.

    `header` is that of the checkpoint, whose path is `path`. It says only whether there was an
    anchor; that it is the same one is for the caller to see to.

    Raises
    ------
    CheckpointError
        The run was begun otherwise.
    """
    before = header.get("anchored", False)
    if before is not anchored:
        raise CheckpointError(
            f"checkpoint {path} is of a run with an anchor; give the same anchor again"
            if before
            else f"checkpoint {path} is of a run without an anchor; resume it without one"
        )
