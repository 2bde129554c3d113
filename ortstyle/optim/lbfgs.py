"""Limited-memory BFGS, with the published step or a line search."""

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Literal

import numpy as np

from ortstyle.optim import State, Stop, Vector, check_told
from ortstyle.optim.history import CurvaturePairs, dot

_ARMIJO = 1e-4  # Nocedal & Wright 2006, section 3.1
_ROUNDING = 1e-6  # the loss is a sum in float32; Hager & Zhang 2005, section 4, allow for as much
_TRIALS = 12  # from the longest to the shortest step worth trying
_FIRST_CHANGE = 1.0  # of a variable in the first step, root mean square, in the variables' units


@dataclass
class _Point:
    """A point with its loss and gradient."""

    x: Vector
    loss: float
    gradient: Vector


class LBFGS:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5), ask/tell.

    Holds 2·history + 8 vectors.

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
    """

    def __init__(
        self,
        x0: Vector,
        *,
        history: int = 20,
        step: Literal["line-search", "published"] = "line-search",
    ) -> None:
        self.iterations = 0
        self.evaluations = 0
        self.stop: Stop | None = None
        self._searches = step == "line-search"
        self._pairs = CurvaturePairs(x0.size, history, scale_free=self._searches)
        self._trial = np.array(x0, np.float32)
        self._at: _Point | None = None
        self._best: _Point | None = None
        self._first_loss = np.inf
        self._direction = np.zeros_like(self._trial)
        self._slope = 0.0
        self._length = 0.0
        self._trials = 0

    @property
    def best(self) -> Vector:
        """The point of the lowest loss so far."""
        return self._trial if self._best is None else self._best.x

    def ask(self) -> Vector:
        """Give the point to evaluate; the same until `tell` is called."""
        return self._trial

    def tell(self, loss: float, gradient: Vector) -> None:
        """Take the loss and gradient of the point that `ask` gave."""
        check_told(self, self._trial, gradient)
        self.evaluations += 1
        told = _Point(self._trial, loss, gradient)
        # Their sum of squares is finite where all are, unless they are as large as 1e19.
        finite = isfinite(loss) and (
            isfinite(np.dot(gradient, gradient)) or bool(np.isfinite(gradient).all())
        )
        if self._at is None:
            self._first_loss = loss
        elif self._searches and not (finite and self._lower_enough(loss)):
            self._shorten(told, finite=finite)
            return
        if not finite or self._ran_away(loss):
            self.stop = Stop.DIVERGED if finite else Stop.NOT_FINITE
            return
        self._accept(told)

    def _lower_enough(self, loss: float) -> bool:
        assert self._at is not None  # noqa: S101
        slack = _ROUNDING * abs(self._at.loss) if self._trials == 0 else 0.0
        return loss <= self._at.loss + _ARMIJO * self._length * self._slope + slack

    def _ran_away(self, loss: float) -> bool:
        return self._best is not None and loss > max(10 * self._first_loss, 1e3 * self._best.loss)

    def _accept(self, told: _Point) -> None:
        before, self._at = self._at, told
        if self._best is None or told.loss < self._best.loss:
            self._best = told
        if before is not None:
            self.iterations += 1
            self._pairs.push((told.x, told.gradient), (before.x, before.gradient))
        self._set_out()

    def _set_out(self) -> None:
        """Choose direction and first length from the point we are at."""
        assert self._at is not None  # noqa: S101
        g = self._at.gradient
        square = dot(g, g)
        if square == 0:
            self.stop = Stop.STATIONARY
            return
        self._direction = self._pairs.direction(g)
        self._slope = dot(g, self._direction)
        if self._searches and self._slope >= 0:  # rounding has spoilt the pairs
            self._pairs.clear()
            self._direction, self._slope = -g, -square
        self._length = 1.0
        if len(self._pairs) == 0:
            if self._searches:
                self._length = _FIRST_CHANGE * sqrt(g.size / square)
            elif self.iterations == 0:
                self._length = min(1.0, 1.0 / float(np.abs(g).sum(dtype=np.float64)))
        self._trials = 0
        self._try()

    def _try(self) -> None:
        assert self._at is not None  # noqa: S101
        self._trial = self._at.x + np.float32(self._length) * self._direction

    def _shorten(self, told: _Point, *, finite: bool) -> None:
        """Try a shorter step; after the shortest, steepest descent; after that, stop."""
        assert self._at is not None  # noqa: S101
        self._trials += 1
        if self._trials < _TRIALS:
            self._length *= self._shrinkage(told) if finite else 0.1
            self._try()
        elif len(self._pairs):
            self._pairs.clear()
            self._set_out()
        else:
            self.stop = Stop.LINE_SEARCH_FAILED if finite else Stop.NOT_FINITE

    def _shrinkage(self, told: _Point) -> float:
        """Give the factor to the minimum of the parabola through loss, slope and the new loss.

        Nocedal & Wright 2006, equation 3.58, kept within a tenth and a half.
        """
        assert self._at is not None  # noqa: S101
        rise = told.loss - self._at.loss - self._length * self._slope
        return float(np.clip(-self._slope * self._length / (2 * rise), 0.1, 0.5)) if rise else 0.5

    def state(self) -> State:
        """Give everything needed to go on bit for bit, as plain arrays."""
        points = {"at": self._at, "best": self._best}
        return {
            "trial": self._trial,
            "direction": self._direction,
            "numbers": np.array([self._first_loss, self._slope, self._length]),
            "counters": np.array([self.iterations, self.evaluations, self._trials]),
            "stop": np.array(self.stop.name if self.stop else ""),
            **{f"pairs.{name}": array for name, array in self._pairs.state().items()},
            **{f"{n}.x": point.x for n, point in points.items() if point},
            **{f"{n}.loss": np.array(point.loss) for n, point in points.items() if point},
            **{f"{n}.gradient": point.gradient for n, point in points.items() if point},
        }

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""

        def point(name: str) -> _Point | None:
            if f"{name}.x" not in state:
                return None
            x, gradient = (state[f"{name}.{part}"].astype(np.float32) for part in ("x", "gradient"))
            return _Point(x, float(state[f"{name}.loss"]), gradient)

        self._trial = state["trial"].astype(np.float32)
        self._direction = state["direction"].astype(np.float32)
        self._first_loss, self._slope, self._length = map(float, state["numbers"])
        self.iterations, self.evaluations, self._trials = map(int, state["counters"])
        self.stop = Stop[str(state["stop"])] if str(state["stop"]) else None
        pairs = {n.removeprefix("pairs."): a for n, a in state.items() if n.startswith("pairs.")}
        self._pairs.load(pairs)
        self._at, self._best = point("at"), point("best")
