"""Limited-memory BFGS, with the published step or a line search."""

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any, Literal

import numpy as np

from ortstyle.optim import State, Stop, Vector, check_told
from ortstyle.optim.history import CurvaturePairs
from ortstyle.optim.storage import VectorStorage
from ortstyle.optim.vectors import ArrayVectors, Vectors, under

_ARMIJO = 1e-4  # Nocedal & Wright 2006, section 3.1
_ROUNDING = 1e-6  # the loss is a sum in float32; Hager & Zhang 2005, section 4, allow for as much
_TRIALS = 12  # from the longest to the shortest step worth trying
# Of H₀, against yᵀs/yᵀy: the kinks of rectifiers and pools make y longer than the curvature along s
# does. The line search catches steps that are too long for it; benchmarks/history.py compares.
_INITIAL = 2.0
_FIRST_CHANGE = 1.0  # of a variable in the first step, root mean square, in the variables' units


@dataclass
class _Point:
    """A point with its loss, its gradient g and gᵀg."""

    x: Any
    loss: float
    gradient: Any
    square: float

    @property
    def vectors(self) -> tuple[Any, Any]:
        return self.x, self.gradient


class LBFGS:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5), ask/tell.

    Holds 2·history + 5 vectors, those asked for and told among them, and 1 more while the lowest
    loss is that of an earlier point.

    Parameters
    ----------
    x0
        Where to start, a float32 vector.
    history
        Curvature pairs to keep.
    step
        "line-search" takes length 1 where that lowers the loss enough and a shorter one elsewhere,
        so the loss never runs away; nearly always one evaluation an iteration. "published" takes
        min(1, 1/‖g‖₁) first and 1 ever after, whatever the loss does (torch.optim.LBFGS without
        line search, as neural-style uses it).
    vectors
        Where the vectors live, with history + 1 rows: `ask` gives, `best` is and `tell` takes what
        is a vector there. NumPy arrays by default.
    storage
        How NumPy arrays' pairs are kept; see `vectors.ArrayVectors`.

    Raises
    ------
    OSError
        There is no room for pairs on disk.
    """

    def __init__(
        self,
        x0: Vector,
        *,
        history: int = 20,
        step: Literal["line-search", "published"] = "line-search",
        vectors: Vectors | None = None,
        storage: VectorStorage = "float32",
    ) -> None:
        self.iterations = 0
        self.evaluations = 0
        self.stop: Stop | None = None
        self._searches = step == "line-search"
        self._vectors = vectors or ArrayVectors(x0.size, history + 1, storage=storage)
        self._pairs = CurvaturePairs(
            self._vectors,
            scale_free=self._searches,
            initial=_INITIAL if self._searches else 1.0,
        )
        self._trial = self._vectors.put(x0)
        self._at: _Point | None = None
        self._best = self._trial
        self._best_loss = self._first_loss = np.inf
        self._slope = 0.0
        self._length = 0.0
        self._trials = 0

    @property
    def best(self) -> Any:
        """The point of the lowest loss so far."""
        return self._best

    def ask(self) -> Any:
        """Give the point to evaluate; the same until `tell` is called."""
        return self._trial

    def tell(self, loss: float, gradient: Any) -> None:
        """Take the loss and gradient of the point that `ask` gave."""
        check_told(self, self._trial, gradient)
        self.evaluations += 1
        if self._at is None:
            self._first_loss = loss
        elif self._searches and not (isfinite(loss) and self._lower_enough(loss)):
            self._shorten(loss)
            return
        told = _Point(self._trial, loss, self._vectors.keep(gradient), 0.0)
        if self._at is None:
            told.square, _ = self._vectors.norms(gradient)
        else:
            told.square = self._pairs.push(told.vectors, self._at.vectors)
        if not (isfinite(loss) and isfinite(told.square)):
            if self._at is not None and self._searches:
                self._shorten(np.nan)
            else:
                self.stop = Stop.NOT_FINITE
        elif self._ran_away(loss):
            self.stop = Stop.DIVERGED
        else:
            self._accept(told)

    def _lower_enough(self, loss: float) -> bool:
        assert self._at is not None  # noqa: S101
        slack = _ROUNDING * abs(self._at.loss) if self._trials == 0 else 0.0
        return loss <= self._at.loss + _ARMIJO * self._length * self._slope + slack

    def _ran_away(self, loss: float) -> bool:
        return loss > max(10 * self._first_loss, 1e3 * self._best_loss)

    def _accept(self, told: _Point) -> None:
        self.iterations += self._at is not None
        self._at = told
        if told.loss < self._best_loss:
            self._best, self._best_loss = told.x, told.loss
        if told.square == 0:
            self.stop = Stop.STATIONARY
            return
        self._set_out()
        if self._searches and self._slope >= 0:  # rounding has spoilt the pairs
            self._pairs.clear()
            self._set_out()

    def _set_out(self) -> None:
        """Choose direction and first length from the point we are at."""
        at = self._at
        assert at is not None  # noqa: S101
        self._length = 1.0
        if len(self._pairs) == 0:
            if self._searches:
                self._length = _FIRST_CHANGE * sqrt(self._vectors.size / at.square)
            elif self.iterations == 0:
                self._length = min(1.0, 1.0 / self._vectors.norms(at.gradient)[1])
        self._trials = 0
        self._advance()

    def _advance(self) -> None:
        # The direction is made anew for every length: one that is kept takes a vector all the
        # time, and a shorter length is rare.
        assert self._at is not None  # noqa: S101
        coefficients = self._pairs.coefficients()
        self._trial = None  # before its successor is made
        self._trial, self._slope = self._vectors.advance(
            self._at.vectors, *coefficients, self._length
        )

    def _shorten(self, loss: float) -> None:
        """Try a shorter step; after the shortest, steepest descent; after that, stop.

        `loss` is what the longer one came to, not finite where that or the gradient was not.
        """
        assert self._at is not None  # noqa: S101
        self._trials += 1
        if self._trials < _TRIALS:
            self._length *= self._shrinkage(loss) if isfinite(loss) else 0.1
            self._advance()
        elif len(self._pairs):
            self._pairs.clear()
            self._set_out()
        else:
            self.stop = Stop.LINE_SEARCH_FAILED if isfinite(loss) else Stop.NOT_FINITE

    def _shrinkage(self, loss: float) -> float:
        """Give the factor to the minimum of the parabola through loss, slope and the new loss.

        Nocedal & Wright 2006, equation 3.58, kept within a tenth and a half.
        """
        assert self._at is not None  # noqa: S101
        rise = loss - self._at.loss - self._length * self._slope
        return float(np.clip(-self._slope * self._length / (2 * rise), 0.1, 0.5)) if rise else 0.5

    def state(self, *, copy: bool = True) -> State:
        """Give everything needed to go on bit for bit, as plain arrays."""
        get, at = self._vectors.get, self._at
        pairs = self._pairs.state(copy=copy)
        state: State = {
            "trial": get(self._trial),
            "losses": np.array([self._best_loss, self._first_loss]),
            "numbers": np.array([self._slope, self._length]),
            "counters": np.array([self.iterations, self.evaluations, self._trials]),
            "stop": np.array(self.stop.name if self.stop else ""),
            **{f"pairs.{name}": array for name, array in pairs.items()},
        }
        if at is not None:
            state["at.x"], state["at.gradient"] = map(get, at.vectors)
            state["at.losses"] = np.array([at.loss, at.square])
        # Most of the time it is one of the others, and need be kept but once.
        if self._best is not self._trial and (at is None or self._best is not at.x):
            state["best"] = get(self._best)
        return state

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""

        def put(name: str) -> Any:
            return self._vectors.put(np.asarray(state[name], np.float32))

        self._best = self._trial = put("trial")
        self._best_loss, self._first_loss = map(float, state["losses"])
        self._slope, self._length = map(float, state["numbers"])
        self.iterations, self.evaluations, self._trials = map(int, state["counters"])
        self.stop = Stop[str(state["stop"])] if str(state["stop"]) else None
        self._pairs.load(under("pairs", state))
        self._at = None
        if "at.x" in state:
            loss, square = map(float, state["at.losses"])
            self._at = _Point(put("at.x"), loss, put("at.gradient"), square)
            self._best = self._at.x
        if "best" in state:
            self._best = put("best")
