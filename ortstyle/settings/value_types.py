"""The types of setting values, the default layers, and the names of the style losses."""

from functools import cache
from importlib.resources import files
from typing import Literal

Size = Literal["content"] | int
Layers = tuple[tuple[str, float], ...]
Iterations = int | tuple[int, ...]
StyleScale = float | tuple[float | tuple[float, ...], ...]
Schedule = tuple[tuple[int, int], ...]
Pooling = Literal["max", "avg", "l2"]
Padding = Literal["zero", "replicate", "reflect"]
Smoothness = Literal["sum", "l1", "l2", "isotropic"]
OptimizerName = Literal["lbfgs", "adam"]
Step = Literal["line-search", "published"]
Colors = Literal["style", "content", "match-linear", "match-histogram", "luminance"]
Engine = Literal["portable", "training"]
Precision = Literal["auto", "float32", "tf32", "float16"]

#: Gatys, Ecker, Bethge 2015 use relu4_2 for content and the first layer of each block for style,
#: which weigh the same there. At the coarse scales relu5_1 sees so much of the painting that it
#: would copy its objects, not its strokes, so it weighs less.
CONTENT_LAYERS: Layers = (("relu4_2", 1.0),)
STYLE_LAYERS: Layers = (
    ("relu1_1", 1.5),
    ("relu2_1", 1.2),
    ("relu3_1", 1.0),
    ("relu4_1", 1.0),
    ("relu5_1", 0.7),
)


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
