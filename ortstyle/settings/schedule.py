"""The scales of a run: the sizes it paints at, with evaluations and content weight of each."""

from collections.abc import Iterator
from itertools import count, pairwise, takewhile

from ortstyle.settings.value_types import Iterations, Schedule

# Pixels, up to `FINE`; at smaller sizes one object of the painting replaces, say, an eye.
_COARSE = (256, 362)
_FINER = 0.75  # evaluations at a scale, as a share of those at the next coarser one
#: Pixels; at larger scales the content weighs less, and styles lose their grain.
FINE = 512


def schedule(size: int, scales: int, iterations: Iterations) -> Schedule:
    """Return (longest side, evaluations) of each scale, coarse to fine.

    Sides grow by √2 up to 512 pixels, then by 2 up to `size`. There each scale begins with some
    evaluations that only restore what enlarging has blurred, so fewer scales with more evaluations
    each show more for their time. A small picture passes through the first scales of a large one,
    with as many evaluations at each; the finest scale gets the remaining evaluations.
    Scales that would get no evaluation are left out, except the finest.

    Parameters
    ----------
    size
        Longest side of the result in pixels.
    scales
        Number of scales, each √2 times the one before; 0 for all of these sides from 256 pixels.
    iterations
        Evaluations of all scales together, or a tuple of those of each scale.
    """
    sides = [size]
    if scales == 0:
        sides = [*takewhile(lambda side: side < 0.85 * size, _sides()), size]
    else:
        sides = [max(1, round(size / 2 ** (k / 2))) for k in reversed(range(scales))]
    if isinstance(iterations, tuple):
        return tuple(zip(sides, iterations, strict=True))
    sides = sides[-iterations:]
    ends = [round(iterations * (1 - _FINER**k)) for k in range(len(sides))]
    counts = [end - start for start, end in pairwise([*ends, iterations])]
    if not counts[-1]:
        counts[0], counts[-1] = counts[0] - 1, 1
    return tuple((side, n) for side, n in zip(sides, counts, strict=True) if n)


def _sides() -> Iterator[int]:
    """Yield the sides of scales: √2 times the one before up to 512 pixels, then twice that."""
    yield from _COARSE
    yield from (FINE * 2**k for k in count())


def values_at(
    side: int, schedule: Schedule, *, content_weight: float, spectral: float
) -> tuple[float, float]:
    """Return the content weight and the spectral exponent at the scale of longest side `side`.

    A run of one scale has the values given. Otherwise the content weighs less above 512 pixels, by
    512 over the side: there its layers see so little of the picture at once that they would smooth
    what the coarser scales have painted. Nor is there a spectral exponent above 512 pixels, unless
    at the coarsest scale: the large shapes and their colours are settled, and with few evaluations
    it is the fine detail that is lacking.
    """
    (coarsest, _), *finer = schedule
    if not finer:
        return content_weight, spectral
    weight = content_weight * min(1.0, FINE / side)
    return weight, spectral if side <= max(FINE, coarsest) else 0.0
