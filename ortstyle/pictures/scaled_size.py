"""The size of a picture once its longest side is given; nothing is loaded to compute it."""

from ortstyle.errors import SettingsError


def scaled_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the width and height that a picture has once its longest side is ``side`` pixels.

    Each is ``int(dim / max(width, height) * side)``, in this order of operations, as in the
    published implementation (neural-style), but at least 1.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    """
    if side < 1:
        raise SettingsError(f"size {side} is too small; give the longest side in pixels, 1 or more")
    width, height = (max(1, int(dim / max(size) * side)) for dim in size)
    return width, height
