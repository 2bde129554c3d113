"""The types of setting values, and the names that settings with choices accept."""

from functools import cache
from importlib.resources import files
from typing import Literal

Layers = tuple[tuple[str, float], ...]
Iterations = int | tuple[int, ...]
StyleScale = float | tuple[float | tuple[float, ...], ...]
Schedule = tuple[tuple[int, int], ...]
Pooling = Literal["max", "avg", "l2"]
Padding = Literal["zero", "replicate", "reflect"]
Smoothness = Literal["sum", "l1", "l2"]
OptimizerName = Literal["lbfgs", "adam"]
Step = Literal["line-search", "published"]
Colors = Literal["style", "content", "match-linear", "match-histogram", "luminance"]
Engine = Literal["portable", "training"]
Precision = Literal["auto", "float32", "tf32", "float16"]


@cache
def style_loss_names() -> tuple[str, ...]:
    """Return the names of the style losses: the modules in ``ortstyle/graph/style_losses``.

    They are not imported, because that takes as long as importing ONNX.
    """
    folder = files("ortstyle") / "graph" / "style_losses"
    names = (
        entry.name.removesuffix(".py") for entry in folder.iterdir() if entry.name.endswith(".py")
    )
    return tuple(sorted(name for name in names if not name.startswith("_")))
