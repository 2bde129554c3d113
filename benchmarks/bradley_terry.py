"""Strengths of engines from votes between two of them, by the model of Bradley and Terry.

R. A. Bradley, M. E. Terry 1952, *Rank analysis of incomplete block designs I*: engine i is
preferred to engine j with probability γi / (γi + γj). The strengths γ of the greatest likelihood
are found by the minorise-maximise algorithm of D. R. Hunter 2004, *MM algorithms for generalized
Bradley–Terry models*, Annals of Statistics 32, equation 3.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def strengths(wins: NDArray[Any], *, prior: float = 1.0, steps: int = 10000) -> Floats:
    """Return ln γ of each engine, (…, n), with mean 0.

    Parameters
    ----------
    wins
        (…, n, n): how many votes engine i won against engine j; a tie is half a vote for each. The
        leading axes are independent sets of votes.
    prior
        Votes that are added for each two engines that were compared, half for each. Without them
        an engine that won every vote would be infinitely strong.
    steps
        The most steps of the algorithm, which ends when no ln γ changes by more than 1e-9.

    Raises
    ------
    ValueError
        The engines fall into groups that were never compared with each other.
    """
    wins = np.asarray(wins, np.float64)
    votes = wins + np.swapaxes(wins, -1, -2)
    compared = votes.reshape(-1, *votes.shape[-2:]).any(0)
    if not _connected(compared):
        raise ValueError("some engines were never compared, not even through others")
    votes = votes + prior * compared
    won = (wins + prior / 2 * compared).sum(-1)
    log = np.zeros(won.shape)
    for _ in range(steps):
        gamma = np.exp(log)
        sums = gamma[..., :, None] + gamma[..., None, :]
        following = np.log(won) - np.log((votes / sums).sum(-1))
        following -= following.mean(-1, keepdims=True)
        change, log = np.abs(following - log).max(), following
        if change < 1e-9:
            break
    return log


def _connected(compared: NDArray[np.bool_]) -> bool:
    reached = np.linalg.matrix_power(compared.astype(float) + np.eye(len(compared)), len(compared))
    return bool((reached > 0).all())


def resampled(wins: NDArray[Any], *, draws: int = 10000, seed: int = 0) -> Floats:
    """Return the sums of wins over bootstrap samples of pairs, (draws, n, n).

    `wins` is (pairs, n, n). Whole pairs are drawn, with all their votes, because votes on one pair
    depend on each other: judges see the same two pictures.
    """
    rng = np.random.default_rng(seed)
    count = len(wins)
    times = rng.multinomial(count, np.full(count, 1 / count), size=draws)
    return np.einsum("dp,pij->dij", times, np.asarray(wins, np.float64))


def interval(samples: NDArray[Any]) -> Floats:
    """Return the 2.5 and 97.5 percentiles of samples over their first axis, (2, …)."""
    return np.asarray(np.nanpercentile(samples, (2.5, 97.5), axis=0))


def shares(wins: NDArray[Any], first: int, second: int) -> Floats:
    """Return the share of votes between two engines that the first won, (…,); NaN without votes."""
    won, lost = wins[..., first, second], wins[..., second, first]
    with np.errstate(invalid="ignore"):
        return np.asarray(won / (won + lost))
