"""L-BFGS against scipy and the published algorithm, and where functions misbehave."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import minimize, rosen, rosen_der

from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.optimizer import Stop


def quadratic(n=50, condition=1e4):
    scale = np.geomspace(1, condition, n)
    return lambda x: (0.5 * float(scale @ x**2), scale * x), np.ones(n)


def rosenbrock():
    return lambda x: (float(rosen(x)), rosen_der(x)), np.array([-1.2, 1.0])


def logistic():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200, 20)), rng.choice([-1, 1], 200)

    def function(x):
        margin = b * (a @ x)
        loss = float(np.logaddexp(0, -margin).mean() + 0.005 * x @ x)
        return loss, -(a.T @ (b / (1 + np.exp(margin)))) / 200 + 0.01 * x

    return function, np.zeros(20)


def drive(function, optimizer, evaluations):
    """Run an optimiser; return the losses in order."""
    losses = []
    for _ in range(evaluations):
        if optimizer.stop is not None:
            break
        loss, gradient = function(optimizer.ask().astype(float))
        optimizer.tell(loss, np.asarray(gradient, np.float32))
        losses.append(loss)
    return losses


@pytest.mark.parametrize("problem", [quadratic, rosenbrock, logistic])
def test_it_finds_scipys_minimum_in_twice_its_evaluations(problem):
    function, x0 = problem()
    reference = minimize(function, x0, jac=True, method="L-BFGS-B", options={"maxcor": 20})
    optimizer = LBFGS(x0.astype(np.float32), history=20)
    losses = drive(function, optimizer, 2 * reference.nfev + 20)
    start = function(x0)[0]
    assert min(losses) - reference.fun <= 1e-6 * (start - reference.fun)
    assert function(optimizer.best.astype(float))[0] == min(losses)


def published(function, x0, history, evaluations):
    """torch.optim.LBFGS without line search, learning rate 1, step by step in float64."""
    x, pairs, h0 = x0.astype(float), [], 1.0
    losses, before, step = [], None, None
    for count in range(evaluations):
        loss, g = function(x)
        losses.append(loss)
        if before is not None:
            s, y = step, g - before
            if y @ s > 1e-10:
                pairs = [*pairs, (s, y)][-history:]
                h0 = (y @ s) / (y @ y)
        q, alphas = -g, []
        for s, y in reversed(pairs):
            alphas.append((s @ q) / (y @ s))
            q = q - alphas[-1] * y
        d = q * h0
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            d = d + s * (alpha - (y @ d) / (y @ s))
        length = min(1.0, 1 / np.abs(g).sum()) if count == 0 else 1.0
        step, before = length * d, g
        x = x + step
    return losses


@pytest.mark.parametrize("history", [3, 100])
def test_the_published_step_is_the_published_algorithm(history):
    function, x0 = logistic()
    expected = published(function, x0, history, 25)
    optimizer = LBFGS(x0.astype(np.float32), history=history, step="published")
    np.testing.assert_allclose(drive(function, optimizer, 25), expected, rtol=1e-4)


def test_the_line_search_never_raises_the_loss_of_the_best_point():
    function, x0 = rosenbrock()
    optimizer = LBFGS(x0.astype(np.float32), history=5)
    lowest = np.inf
    for _ in range(60):
        drive(function, optimizer, 1)
        loss = function(optimizer.best.astype(float))[0]
        assert loss <= lowest
        lowest = loss


def barrier(x):
    """x − log x, which is NaN for negative x."""
    if np.any(x <= 0):
        return np.nan, np.full_like(x, np.nan)
    return float((x - np.log(x)).sum()), 1 - 1 / x


def cliff(x):
    """Infinite beyond 2, minimum at 1.9."""
    if np.any(x > 2):
        return np.inf, np.full_like(x, np.inf)
    return float(((x - 1.9) ** 2).sum()), 2 * (x - 1.9)


def steep(x):
    """A quartic: the first unit step overshoots wildly."""
    return float((x**4).sum()), 4 * x**3


@pytest.mark.parametrize(
    ("function", "start", "minimum"),
    [(barrier, 5.0, 1.0), (cliff, -3.0, 0.0), (steep, 3.0, 0.0)],
)
def test_steps_into_nowhere_are_shortened(function, start, minimum):
    optimizer = LBFGS(np.full(3, start, np.float32))
    losses = drive(function, optimizer, 200)
    assert np.isfinite(losses[0])
    assert min(loss for loss in losses if np.isfinite(loss)) <= 3 * minimum + 1e-4


def test_a_start_that_is_not_finite_stops_at_once():
    optimizer = LBFGS(np.zeros(2, np.float32))
    optimizer.tell(np.nan, np.zeros(2, np.float32))
    assert optimizer.stop is Stop.NOT_FINITE


def test_a_zero_gradient_stops():
    optimizer = LBFGS(np.zeros(2, np.float32))
    optimizer.tell(1.0, np.zeros(2, np.float32))
    assert optimizer.stop is Stop.STATIONARY


def test_a_wrong_gradient_ends_in_a_failed_line_search():
    function = lambda x: (float(x @ x), -2 * x)
    optimizer = LBFGS(np.ones(2, np.float32))
    drive(function, optimizer, 100)
    assert optimizer.stop is Stop.LINE_SEARCH_FAILED
    np.testing.assert_array_equal(optimizer.best, [1, 1])


@pytest.mark.parametrize(
    ("bad", "reason"), [(np.nan, Stop.NOT_FINITE), (np.inf, Stop.NOT_FINITE), (1e9, Stop.DIVERGED)]
)
def test_the_published_step_stops_at_a_runaway_and_keeps_the_best(bad, reason):
    function, x0 = logistic()
    optimizer = LBFGS(x0.astype(np.float32), step="published")
    losses = drive(function, optimizer, 5)
    best = optimizer.best.copy()
    optimizer.tell(bad, np.ones(20, np.float32))
    assert optimizer.stop is reason
    np.testing.assert_array_equal(optimizer.best, best)
    assert function(best.astype(float))[0] == min(losses)


def test_wrong_use_is_refused():
    optimizer = LBFGS(np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="float32"):
        optimizer.tell(1.0, np.zeros(3))
    with pytest.raises(ValueError, match=r"\(2,\)"):
        optimizer.tell(1.0, np.zeros(2, np.float32))
    optimizer.tell(1.0, np.zeros(3, np.float32))
    with pytest.raises(RuntimeError, match="stopped"):
        optimizer.tell(1.0, np.zeros(3, np.float32))


def test_points_handed_out_are_never_written_to():
    function, x0 = rosenbrock()
    optimizer = LBFGS(x0.astype(np.float32), history=3)
    seen = []
    for _ in range(30):
        seen.append((optimizer.ask(), optimizer.ask().copy(), optimizer.best))
        seen[-1] = (*seen[-1], optimizer.best.copy())
        drive(function, optimizer, 1)
    for asked, asked_copy, best, best_copy in seen:
        np.testing.assert_array_equal(asked, asked_copy)
        np.testing.assert_array_equal(best, best_copy)


@settings(deadline=None, max_examples=30)
@given(
    at=st.integers(0, 25),
    history=st.integers(1, 6),
    step=st.sampled_from(["line-search", "published"]),
)
def test_a_loaded_state_goes_on_bit_for_bit(at, history, step):
    # The steep start makes the line search shorten, so some states lie in the middle of a search.
    function, x0 = (steep, np.full(4, 3.0)) if step == "line-search" else logistic()
    first = LBFGS(x0.astype(np.float32), history=history, step=step)
    drive(function, first, at)
    second = LBFGS(np.zeros_like(x0, np.float32), history=history, step=step)
    second.load({name: np.array(array) for name, array in first.state().items()})
    assert drive(function, second, 10) == drive(function, first, 10)
    np.testing.assert_array_equal(first.ask(), second.ask())
    assert (first.iterations, first.evaluations) == (second.iterations, second.evaluations)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e6])
def test_the_line_search_does_not_mind_the_scale_of_the_loss(scale):
    steepness = np.linspace(1, 30, 50)

    def losses(scale):
        optimizer = LBFGS(np.full(50, 40, np.float32))
        found = []
        for _ in range(15):
            x = optimizer.ask().astype(np.float64)
            found.append(steepness @ x**2)
            optimizer.tell(scale * found[-1], (scale * 2 * steepness * x).astype(np.float32))
        return found

    expected = losses(1.0)
    assert expected[-1] < 1e-3 * expected[0]
    np.testing.assert_allclose(losses(scale), expected, rtol=1e-2)
