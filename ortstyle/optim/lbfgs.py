"""Limited-memory BFGS, with the published step or a line search."""

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import numpy as np

from ortstyle.optim.array_vectors import ArrayVectors
from ortstyle.optim.history import CurvaturePairs
from ortstyle.optim.optimizer import State, Stop, Vector, check_tell, nested_state
from ortstyle.optim.storage import VectorStorage
from ortstyle.optim.vectors import Vectors
from ortstyle.settings.value_types import Step

_ARMIJO = 1e-4  # c₁ of the sufficient decrease; Nocedal & Wright 2006, section 3.1
# Relative rounding of the loss, a sum in float32; Hager & Zhang 2005, section 4, allow for as much.
_ROUNDING = 1e-6
_MAX_TRIALS = 12  # step lengths tried in one direction, from the longest worth trying
# H₀ in the line search, as a multiple of yᵀs/yᵀy. The kinks of rectifiers and pools make y longer
# than the curvature along s does. The line search shortens steps for which this is too large;
# benchmarks/history.py compares values.
_INITIAL_SCALE = 2.0
_FIRST_STEP = 1.0  # root mean square change of a variable in the first step, in its own units


@dataclass
class _EvaluatedPoint:
    """A point x with its loss, its gradient g and gᵀg."""

    x: Any
    loss: float
    gradient: Any
    square: float

    @property
    def vectors(self) -> tuple[Any, Any]:
        """The pair (x, gradient)."""
        return self.x, self.gradient


class LBFGS:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5), ask/tell.

    It holds 2·history + 5 vectors, including the point being evaluated and its gradient, and one
    more while an earlier point has the lowest loss.

    Parameters
    ----------
    x0
        The starting point, a float32 vector.
    history
        The number of curvature pairs to keep.
    step
        "line-search" takes length 1 where that lowers the loss enough and a shorter one elsewhere,
        so that the loss never diverges; this nearly always takes one evaluation an iteration.
        "published" takes min(1, 1/‖g‖₁) first and 1 ever after, whatever the loss does, as
        torch.optim.LBFGS does without line search, which neural-style uses.
    vectors
        Where the vectors are, with history + 1 rows; `ask`, `best` and `tell` then use vectors of
        its type. By default vectors are NumPy arrays.
    storage
        How the pairs are stored if the vectors are NumPy arrays; see `array_vectors.ArrayVectors`.

    Raises
    ------
    OSError
        There is no room for the pairs on disk.
    """

    def __init__(
        self,
        x0: Vector,
        *,
        history: int = 20,
        step: Step = "line-search",
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
            initial=_INITIAL_SCALE if self._searches else 1.0,
        )
        self._trial = self._vectors.put(x0)
        self._current: _EvaluatedPoint | None = None
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
        """Return the point to evaluate; the same until `tell` is called."""
        return self._trial

    def tell(self, loss: float, gradient: Any) -> None:
        """Take the loss and gradient of the point that `ask` returned; see `Optimizer.tell`."""
        check_tell(self, self._trial, gradient=gradient)
        self.evaluations += 1
        if self._current is None:
            self._first_loss = loss
        elif self._searches and not (isfinite(loss) and self._decreases_enough(loss)):
            self._shorten(loss)
            return
        evaluated = _EvaluatedPoint(self._trial, loss, self._vectors.keep(gradient), 0.0)
        if self._current is None:
            evaluated.square, _ = self._vectors.norms(gradient)
        else:
            evaluated.square = self._pairs.push(evaluated.vectors, self._current.vectors)
        if not (isfinite(loss) and isfinite(evaluated.square)):
            if self._current is not None and self._searches:
                self._shorten(np.nan)
            else:
                self.stop = Stop.NOT_FINITE
        elif self._diverged(loss):
            self.stop = Stop.DIVERGED
        else:
            self._accept(evaluated)

    def _decreases_enough(self, loss: float) -> bool:
        """Tell whether the trial meets the condition of sufficient decrease (Armijo)."""
        assert self._current is not None  # noqa: S101
        slack = _ROUNDING * abs(self._current.loss) if self._trials == 0 else 0.0
        return loss <= self._current.loss + _ARMIJO * self._length * self._slope + slack

    def _diverged(self, loss: float) -> bool:
        return loss > max(10 * self._first_loss, 1e3 * self._best_loss)

    def _accept(self, evaluated: _EvaluatedPoint) -> None:
        self.iterations += self._current is not None
        self._current = evaluated
        if evaluated.loss < self._best_loss:
            self._best, self._best_loss = evaluated.x, evaluated.loss
        if evaluated.square == 0:
            self.stop = Stop.STATIONARY
            return
        self._start_search()
        if self._searches and self._slope >= 0:  # rounding has spoilt the pairs
            self._pairs.clear()
            self._start_search()

    def _start_search(self) -> None:
        """Choose the first step length from the current point, and take the step."""
        current = self._current
        assert current is not None  # noqa: S101
        self._length = 1.0
        if len(self._pairs) == 0:
            if self._searches:
                self._length = _FIRST_STEP * sqrt(self._vectors.size / current.square)
            elif self.iterations == 0:
                self._length = min(1.0, 1.0 / self._vectors.norms(current.gradient)[1])
        self._trials = 0
        self._advance()

    def _advance(self) -> None:
        """Make the trial point for the current step length."""
        # The direction is computed again for every length: keeping it would take one more vector
        # all the time, and a second length is rare.
        assert self._current is not None  # noqa: S101
        self._trial = None  # free its memory before the next one is made
        self._trial, self._slope = self._vectors.advance(
            self._current.vectors, self._pairs.direction(), length=self._length
        )

    def _shorten(self, loss: float) -> None:
        """Try a shorter step; after the shortest, steepest descent; after that, stop.

        Parameters
        ----------
        loss
            The loss after the step that was too long; NaN if only its gradient was not finite.
        """
        assert self._current is not None  # noqa: S101
        self._trials += 1
        if self._trials < _MAX_TRIALS:
            self._length *= self._shrinkage(loss) if isfinite(loss) else 0.1
            self._advance()
        elif len(self._pairs):
            self._pairs.clear()
            self._start_search()
        else:
            self.stop = Stop.LINE_SEARCH_FAILED if isfinite(loss) else Stop.NOT_FINITE

    def _shrinkage(self, loss: float) -> float:
        """Return the factor by which to shorten the step.

        It leads to the minimum of the parabola through the current loss and slope and the new loss
        (Nocedal & Wright 2006, equation 3.58), kept between a tenth and a half.
        """
        assert self._current is not None  # noqa: S101
        rise = loss - self._current.loss - self._length * self._slope
        return float(np.clip(-self._slope * self._length / (2 * rise), 0.1, 0.5)) if rise else 0.5

    def state(self, *, copy: bool = True) -> State:
        """Return everything needed to resume bit for bit, as plain arrays."""
        get, current = self._vectors.get, self._current
        pairs = self._pairs.state(copy=copy)
        state: State = {
            "trial": get(self._trial),
            "losses": np.array([self._best_loss, self._first_loss]),
            "numbers": np.array([self._slope, self._length]),
            "counters": np.array([self.iterations, self.evaluations, self._trials]),
            "stop": np.array(self.stop.name if self.stop else ""),
            **{f"pairs.{name}": array for name, array in pairs.items()},
        }
        if current is not None:
            state["at.x"], state["at.gradient"] = map(get, current.vectors)
            state["at.losses"] = np.array([current.loss, current.square])
        # Most of the time the best point is the trial or the current point; it is not stored twice.
        if self._best is not self._trial and (current is None or self._best is not current.x):
            state["best"] = get(self._best)
        return state

    def load(self, state: State) -> None:
        """Resume from what `state` returned."""

        def put(name: str) -> Any:
            return self._vectors.put(np.asarray(state[name], np.float32))

        self._best = self._trial = put("trial")
        self._best_loss, self._first_loss = map(float, state["losses"])
        self._slope, self._length = map(float, state["numbers"])
        self.iterations, self.evaluations, self._trials = map(int, state["counters"])
        self.stop = Stop[str(state["stop"])] if str(state["stop"]) else None
        self._pairs.load(nested_state(state, "pairs"))
        self._current = None
        if "at.x" in state:
            loss, square = map(float, state["at.losses"])
            self._current = _EvaluatedPoint(put("at.x"), loss, put("at.gradient"), square)
            self._best = self._current.x
        if "best" in state:
            self._best = put("best")
