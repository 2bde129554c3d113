"""The plans of a run's scales in a checkpoint, read with every value checked."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Size, segment_inputs, segments_of
from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.tiles import TileSizes, Tiling
from ortstyle.objective.whole_arrays import FeatureStorage
from ortstyle.optim.storage import VectorStorage
from ortstyle.run.checkpoint import WRONG_DATA, Checkpoint, damaged
from ortstyle.run.inputs import Inputs
from ortstyle.settings.settings import Settings

_MOST = 1 << 60  # bytes of memory, of which a plan tells


def saved_plans(
    checkpoint: Checkpoint, inputs: Inputs, network: Network, *, settings: Settings
) -> dict[int, ScalePlan]:
    """Return the plans of the scales that a checkpoint holds, by the longest side of each.

    Raises
    ------
    CheckpointError
        The checkpoint is damaged: a plan is not one of a run with these pictures and settings.
    """
    known = {str(side): side for side, _ in settings.schedule()}
    try:
        return {
            known[text]: _plan(data, inputs.sizes(known[text])[0], network, settings=settings)
            for text, data in checkpoint.header.get("plan", {}).items()
        }
    except (GraphError, *WRONG_DATA) as error:
        raise damaged(checkpoint.path) from error


def _plan(
    data: Mapping[str, Any], size: Size, network: Network, *, settings: Settings
) -> ScalePlan:
    """Return a plan from what `dataclasses.asdict` made of it and JSON has held."""
    values = dict(data)
    if _pair(values.pop("size")) != size:
        raise ValueError("the picture has another size")
    tiles = tuple(
        TileSizes(_pair(pair["backward"]), _pair(pair["forward"])) for pair in values.pop("tiles")
    )
    _choice(values["features"], get_args(FeatureStorage))
    _choice(values["vectors"], get_args(VectorStorage))
    _count(values["history"], 1, settings.history)
    _count(values["memory"], 0, _MOST)
    _count(values["cached"], 0, _MOST)
    if tiles:
        _check_tiles(tiles, size, network, settings=settings)
    return ScalePlan(size=size, tiles=tiles, **values)


def _check_tiles(
    tiles: Sequence[TileSizes], size: Size, network: Network, *, settings: Settings
) -> None:
    """Raise a `ValueError` or `GraphError` if a picture can't be painted in these tiles."""
    segments = segments_of(network, settings, most=len(tiles))
    inputs = segment_inputs(segments, size, settings)
    for tile, segment, whole in zip(tiles, segments, inputs, strict=True):
        for largest in (tile.backward, tile.forward):
            Tiling.of(whole, largest, margins=segment.margins)


def _pair(data: Sequence[Any]) -> Size:
    height, width = data
    _count(height, 1, _MOST)
    _count(width, 1, _MOST)
    return height, width


def _count(value: Any, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r} is no count of {least} to {most}")


def _choice(value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ValueError(f"{value!r} is none of {choices}")
