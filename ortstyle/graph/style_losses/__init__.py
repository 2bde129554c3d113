"""The style losses, one a module; the name of the module is the name of the loss.

A module here defines `STYLE_LOSS`, a `graph.style_loss.StyleLoss`, and is found automatically: to
add a style loss, add a file. Code that several losses share belongs in `graph/`, not here.
"""

from importlib import import_module

from ortstyle.errors import GraphError
from ortstyle.graph.style_loss import StyleLoss
from ortstyle.settings.value_types import style_loss_names


def style_loss(name: str) -> StyleLoss:
    """Return a style loss by name.

    Raises
    ------
    GraphError
        There is no such style loss.
    """
    if name not in style_loss_names():
        raise GraphError(f"no style loss {name!r}; there are {', '.join(style_loss_names())}")
    found = import_module(f"{__name__}.{name}").STYLE_LOSS
    assert isinstance(found, StyleLoss)  # noqa: S101  for mypy; every module here defines one
    return found
