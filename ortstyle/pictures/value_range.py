"""What stands for white in pictures whose format leaves that open, and what to say of it."""

from collections.abc import Sequence

BRIGHTEST = 16.0
"""The largest value of floats that count as 0–1: above 1 are highlights, which are clipped."""

_FLOAT_SCALES = (255.0, 65535.0)
_TRACE = 1 / 256  # of white, below 0 in floats: less than rounding and resizing leave there


def float_white(top: float) -> float:
    """Return the value that stands for white in floats up to a largest value.

    They count as 0–1 up to `BRIGHTEST`, else as 0–255, 0–65535, or up to the largest value, the
    smallest range that holds all.
    """
    return 1.0 if top <= BRIGHTEST else white_level(top, _FLOAT_SCALES)


def white_level(top: float, scales: Sequence[float]) -> float:
    """Return the first of the scales, in rising order, that holds the largest value, or it."""
    return next((scale for scale in scales if top <= scale), top)


def range_notice(top: float, white: float) -> str:
    """Return what to say of values that are clipped, dark, or in none of the usual ranges."""
    if top > white:
        return f"its values, up to {top:.9g}, count as 0–{white:g}; those above are clipped"
    said = f"its values, up to {top:g}, count as 0–{white:g}"
    if 0 < top < white / 4 and white > 1:
        return f"{said}; it will be dark"
    return said if white > 65535 else ""


def below_notice(lowest: float, white: float, *, whole: bool) -> str:
    """Return what to say of values below 0; a trace of them is only told of whole numbers."""
    if lowest >= (0 if whole else -_TRACE * white):
        return ""
    return f"its values are signed, and those below 0, down to {lowest:g}, count as 0"
