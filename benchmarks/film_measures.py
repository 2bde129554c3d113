"""Numbers of a painted film: how calm it is, whether its colour drifts, how sharp it stays.

A film is a function from a frame's number to its pixels (H, W, 3), 0–255. None of the numbers is
optimised by a painter, though a loss that holds a frame to the one before it comes near the first.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from film_motion import Film, Motion
from film_sampling import warped
from measures import blurred, luminance
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_BLOCKS = 8


def warping_errors(
    films: Mapping[str, Film],
    motion: Motion,
    count: int,
    *,
    distance: int = 1,
    visited: Callable[[int], None] | None = None,
) -> dict[str, Floats]:
    """Return how much each film changes what it shows, frame by frame.

    For frame t, the mean over red, green and blue and over the pixels seen in frames t and
    t − `distance` of the squared difference between frame t and frame t − `distance`, warped along
    the motion of the source (Lai et al. 2018, equation 9, but for the mean over channels).

    Parameters
    ----------
    films
        Films with one source, by name.
    motion
        The motion of the source, at the size of the films.
    count
        The number of frames.
    distance
        How many frames back: 1 shows flicker, 10 what swims or drifts.
    visited
        Called with the number of each frame that was compared.

    Returns
    -------
    dict
        Of each name, (count − distance, 2) in squared levels: of the difference, and of what is
        left of it without the mean of each of 8×8 blocks, so that a change of light counts little.
        NaN for a frame that shows nothing which the earlier one shows.
    """
    errors = {name: np.full((count - distance, 2), np.nan) for name in films}
    for t in range(distance, count):
        flow, seen = motion.flow(t, t - distance), motion.visible(t, t - distance)
        for name, film in films.items():
            if seen.any():
                difference = film(t) - warped(film(t - distance), flow)
                rest = difference - _light(difference, seen)
                errors[name][t - distance] = [np.square(d[seen]).mean() for d in (difference, rest)]
        if visited:
            visited(t)
    return errors


def _light(difference: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Return the mean of a difference (H, W, C) over what is seen of the block around a pixel."""
    rows, columns = ((np.arange(n) * _BLOCKS) // n for n in seen.shape)
    block = rows[:, None] * _BLOCKS + columns
    counts = np.bincount(block[seen], minlength=_BLOCKS**2)
    means = [
        np.bincount(block[seen], difference[..., c][seen], _BLOCKS**2) / np.maximum(counts, 1)
        for c in range(difference.shape[-1])
    ]
    return np.stack(means, -1)[block]


def mean_colors(film: Film, count: int) -> Floats:
    """Return the mean red, green and blue of each frame, (count, 3), in levels."""
    return np.array([np.asarray(film(t), np.float64).mean((0, 1)) for t in range(count)])


def drift(means: Floats, source: Floats) -> float:
    """Return the largest change of the mean colour since the first frame, less the source's own.

    In levels, of the channel that changes most. A painter need not follow every change of its
    source by as much, so that this is no pure fault where the source changes.
    """
    return float(np.abs((means - means[0]) - (source - source[0])).max())


def drift_of_return(means: Floats, turn: int) -> float | None:
    """Return the largest difference of mean colour between frames that show the same.

    Of a film that goes back as it came after frame `turn`, so that frames turn − k and turn + k
    have the same source: the drift, in levels, without anything that is the source's own. None for
    a film that does not come back.
    """
    back = means[turn:]
    if len(back) < 2:
        return None
    there = means[turn::-1][: len(back)]
    return float(np.abs(back[: len(there)] - there).max())


def sharpness(picture: NDArray[Any]) -> float:
    """Return the mean magnitude of the luminance's slope, in levels a pixel."""
    down, right = np.gradient(luminance(picture))
    return float(np.hypot(down, right).mean())


def fine_power(picture: NDArray[Any]) -> float:
    """Return the mean square of what a Gaussian of one pixel takes from the luminance."""
    values = luminance(picture)
    return float(np.square(values - blurred(values, 1.0)).mean())


def sharpness_ratio(
    film: Film, reference: Film, frames: range, measure: Callable[[NDArray[Any]], float] = sharpness
) -> float:
    """Return the sharpness of a film's frames, as a share of that of another film's."""
    of_film, of_reference = (sum(measure(f(t)) for t in frames) for f in (film, reference))
    return of_film / of_reference
