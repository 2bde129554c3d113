"""Values of the tags of a TIFF, whatever a file has stored there."""

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tifffile import TiffPage


def tag_number(page: "TiffPage", tag: int, default: int) -> int:
    """Return a tag's number; the default where there is none, or something else."""
    values = tag_values(page, tag, ())
    return int(values[0]) if len(values) == 1 else default


def tag_values(page: "TiffPage", tag: int, default: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a tag's numbers in order; the default where there is none, or something else."""
    found = page.tags.get(tag)
    value = None if found is None else found.value
    if isinstance(value, np.ndarray | tuple | list):
        values = tuple(np.ravel(value).tolist())
    else:
        values = tuple(value) if isinstance(value, bytes) else (value,)
    return values if all(map(_is_number, values)) else default


def tag_bytes(page: "TiffPage", tag: int) -> bytes:
    """Return a tag's bytes; none where there is none, or something else."""
    found = page.tags.get(tag)
    return found.value if found is not None and isinstance(found.value, bytes) else b""


def tag_fractions(values: tuple[int, ...]) -> tuple[float, ...]:
    """Return numbers that are stored as numerators and denominators in turn."""
    pairs = zip(values[::2], values[1::2], strict=False)
    return tuple(over / under if under else 0.0 for over, under in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value)
