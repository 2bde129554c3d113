"""Values of the tags of a TIFF, whatever a file has stored there."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tifffile import TiffPage


def tag_value(page: "TiffPage", tag: int, default: Any) -> Any:
    """Return a tag's value as tifffile gives it; the default where there is none."""
    found = page.tags.get(tag)
    return default if found is None or found.value is None else found.value


def tag_number(page: "TiffPage", tag: int, default: int) -> int:
    """Return a tag's number; the default where there is none, or something else."""
    value = tag_value(page, tag, default)
    return int(value) if isinstance(value, int | float) else default


def tag_values(page: "TiffPage", tag: int, default: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a tag's values in order; the default where there is none."""
    value = tag_value(page, tag, default)
    return tuple(np.ravel(value).tolist()) if isinstance(value, np.ndarray | tuple) else (value,)


def tag_fractions(values: tuple[int, ...]) -> tuple[float, ...]:
    """Return numbers that are stored as numerators and denominators in turn."""
    pairs = zip(values[::2], values[1::2], strict=False)
    return tuple(over / under if under else 0.0 for over, under in pairs)
