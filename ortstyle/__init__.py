"""Neural style transfer by optimisation on any vendor's hardware, with ONNX Runtime.

The public names load on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ortstyle.errors import OrtStyleError
    from ortstyle.run.iterate import Iterate
    from ortstyle.run.stylize import stylize
    from ortstyle.runtime.cache import Cache
    from ortstyle.settings.film import FilmSettings
    from ortstyle.settings.presets import from_preset
    from ortstyle.settings.settings import Settings
    from ortstyle.video.film import stylize_film
    from ortstyle.video.film_order import FilmOrder

__version__ = "0.1.0"
__all__ = [
    "Cache",
    "FilmOrder",
    "FilmSettings",
    "Iterate",
    "OrtStyleError",
    "Settings",
    "from_preset",
    "stylize",
    "stylize_film",
]

_MODULES = {
    "Cache": "runtime.cache",
    "FilmOrder": "video.film_order",
    "FilmSettings": "settings.film",
    "Iterate": "run.iterate",
    "OrtStyleError": "errors",
    "Settings": "settings.settings",
    "from_preset": "settings.presets",
    "stylize": "run.stylize",
    "stylize_film": "video.film",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'ortstyle' has no attribute {name!r}")
    return getattr(import_module(f"ortstyle.{_MODULES[name]}"), name)
