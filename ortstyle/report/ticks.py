"""Round numbers for the axes of a plot."""

from math import ceil, floor, log10


def loss_ticks(low: float, high: float) -> list[float]:
    """Return at least four round losses between two powers of ten, for a logarithmic axis.

    The leading digit of the ticks is 1. If that makes fewer than four, the leading digits are 1 and
    3, then 1, 2 and 5, then 1 to 9. In a range too narrow even for these, there are five ticks at
    equal distances.

    Parameters
    ----------
    low, high
        Decimal logarithms of the smallest and the largest loss.
    """
    for digits in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        exponents = range(floor(low), ceil(high) + 1)
        ticks = [digit * 10.0**exponent for exponent in exponents for digit in digits]
        within = [tick for tick in ticks if low <= log10(tick) <= high]
        if len(within) >= 4:
            return within
    step = (high - low) / 4
    return [10 ** (low + step * i) for i in range(5)]


def evaluation_ticks(first: int, last: int) -> list[int]:
    """Return at most nine round numbers of evaluations, and also `first` if none is close to it."""
    steps = (digit * 10**exponent for exponent in range(12) for digit in (1, 2, 5))
    step = next(step for step in steps if (last - first) / step <= 8)
    ticks = range(ceil(first / step) * step, last + 1, step)
    first_is_close = ticks and (ticks[0] - first) < step / 2
    return list(ticks) if first_is_close or first in ticks else [first, *ticks]


def abbreviate(number: float) -> str:
    """Write a number with three digits and a letter for its thousands, such as 12.5M."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size <= number < size * 1000:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"
