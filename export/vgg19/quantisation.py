"""Quantisation of weights to 8 bits: a codebook of 256 values, and an index for every weight."""

import numpy as np
import numpy.typing as npt

from vgg19.weights import Floats

Codes = npt.NDArray[np.uint8]

CODES = 256  # values in a codebook: as many as a uint8 index can name


def _spread_centres(ordered: Floats) -> npt.NDArray[np.float64]:
    """Place centres with the density ∛p, which is optimal for many centres (Panter, Dite 1951)."""
    places = np.linspace(0, ordered.size - 1, 4097).astype(np.int64)
    quantiles = ordered[places].astype(np.float64)
    mass = np.concatenate([[0.0], np.cumsum(np.diff(quantiles) ** (2 / 3))])
    shares = (np.arange(CODES) + 0.5) / CODES * mass[-1]
    centres: npt.NDArray[np.float64] = np.interp(shares, mass, quantiles)
    return centres


def _lloyd(ordered: Floats, iterations: int = 100) -> npt.NDArray[np.float64]:
    """k-means in one dimension; prefix sums make an iteration as cheap as 255 bisections."""
    sums = np.concatenate([[0.0], np.cumsum(ordered, dtype=np.float64)])
    centres = _spread_centres(ordered)
    for _ in range(iterations):
        middles = ((centres[1:] + centres[:-1]) / 2).astype(np.float32)
        edges = np.concatenate([[0], np.searchsorted(ordered, middles), [ordered.size]])
        counts = np.diff(edges)
        means = np.where(counts > 0, np.diff(sums[edges]) / np.maximum(counts, 1), centres)
        if np.array_equal(means, centres):
            break
        centres = means
    return centres


def quantise(weight: Floats) -> tuple[Floats, Codes]:
    """Write a weight as ``codebook[indices]``, exactly if it has at most 256 distinct values.

    Otherwise the codebook is the 256 centres of k-means (Lloyd's algorithm), started at quantiles
    of the cube root of the weights' density.

    Parameters
    ----------
    weight : float32, any shape
        Finite.

    Returns
    -------
    codebook : (256,) float32, ascending
    indices : uint8, of the weight's shape
    """
    ordered = np.sort(weight, axis=None)
    distinct = ordered[np.flatnonzero(np.diff(ordered, prepend=-np.inf))]
    if distinct.size <= CODES:
        codebook = np.pad(distinct, (0, CODES - distinct.size), mode="edge")
        return codebook, np.searchsorted(distinct, weight).astype(np.uint8)
    codebook = _lloyd(ordered).astype(np.float32)
    middles = codebook[:-1] + np.diff(codebook) / 2
    return codebook, np.searchsorted(middles, weight).astype(np.uint8)


def relative_error(weight: Floats, codebook: Floats, indices: Codes) -> float:
    """Give ‖weight - codebook[indices]‖ / ‖weight‖, in float64; 0 if both norms are.

    Parameters
    ----------
    weight : float32, any shape
    codebook : (256,) float32
    indices : uint8, of the weight's shape
    """
    exact = weight.astype(np.float64)
    error = np.linalg.norm(exact - codebook[indices])
    return float(error / (np.linalg.norm(exact) or 1.0))
