"""The page's L-BFGS follows Python's, told the same losses and gradients."""

import numpy as np
import optimised
import pytest
from page_engine import pack, run_engine

PROBLEMS = {
    "quadratic": (optimised.quadratic(), 20, 80),
    "a short history that is overwritten": (optimised.quadratic(condition=100), 3, 60),
    "rosenbrock": (optimised.rosenbrock(), 5, 120),
    "spoilt pairs": (optimised.rosenbrock(), 5, 60),
    "spoilt slope": (optimised.rosenbrock(), 5, 60),
    "plateau": (optimised.plateau(), 8, 60),
    "faint": (optimised.faint(), 8, 30),
    "kinks": (optimised.kinks(), 20, 80),
    "barrier": (optimised.barrier(), 8, 40),
    "broken gradients": (optimised.broken_gradients(), 8, 60),
    "flattening": (optimised.flattening(), 20, 60),
    "sinking": (optimised.sinking(), 20, 20),
    "half parabolas": (optimised.half_parabolas(), 20, 20),
    "uphill": (optimised.uphill(), 20, 40),
    "once": (optimised.once(), 20, 40),
    "never": (optimised.never(), 20, 3),
    "overflowing": (optimised.overflowing(), 20, 3),
    **{f"whims {seed}": (optimised.whims(seed), 1 + seed % 6, 60) for seed in range(60)},
}
#: Factors of slopes in some traces, by the number of the step; rounding may change their sign.
SPOILT = {"spoilt pairs": {7: -1.0, 30: -1.0}, "spoilt slope": {12: np.nan}}
#: The sums of these traces are NumPy's in float32; the others' are in float64 as those in Node.
ROUNDED = {
    "quadratic, rounded": (optimised.quadratic(), 20, 60),
    "rosenbrock, rounded": (optimised.rosenbrock(), 5, 60),
    "kinks, rounded": (optimised.kinks(), 20, 60),
    "barrier, rounded": (optimised.barrier(), 8, 40),
}


def options(name):
    """Return the options of `ExactVectors` of a trace."""
    return {"spoilt": SPOILT.get(name, {}), "rounds": name == "faint"}


def told(name, trace):
    """Return what Node is told of a trace."""
    spoilt = {call: pack([factor]) for call, factor in SPOILT.get(name, {}).items()}
    return {**optimised.told(trace), **options(name), "spoilt": spoilt}


@pytest.fixture(scope="module")
def traces():
    """Return Python's traces by name."""
    with np.errstate(all="ignore"):
        found = {
            name: optimised.trace_of(
                function,
                x0,
                history=history,
                evaluations=evaluations,
                vectors=optimised.ExactVectors(len(x0), history + 1, **options(name)),
            )
            for name, ((function, x0), history, evaluations) in PROBLEMS.items()
        }
        for name, ((function, x0), history, evaluations) in ROUNDED.items():
            found[name] = optimised.trace_of(function, x0, history=history, evaluations=evaluations)
    return found


@pytest.fixture(scope="module")
def found(traces, tmp_path_factory):
    """Return what optimiser.mjs found: its traces by name, and what wrong use tells."""
    folder = tmp_path_factory.mktemp("optimiser")
    cases = [told(*each) for each in traces.items()]
    found = run_engine("optimiser.mjs", cases, folder)
    return {**found, "traces": dict(zip(traces, found["traces"], strict=True))}


def test_the_traces_show_every_case(traces):
    stops = {trace["stop"] for trace in traces.values()}
    assert stops == {None, "stationary", "line-search-failed", "not-finite", "diverged"}
    assert traces["once"]["stop"] == "not-finite"  # after the shortest step
    assert traces["kinks"]["trials"].any()
    assert np.isnan(traces["barrier"]["losses"]).any()
    assert not traces["faint"]["pairs"].any()
    skipping, overwriting = traces["flattening"], traces["rosenbrock"]
    assert 0 < skipping["pairs"][-1] < skipping["iterations"][-1]
    assert overwriting["pairs"][-1] > 2 * overwriting["history"]
    forgetting = {  # whether the point was accepted from which all pairs were forgotten
        trace["iterations"][k + 1] > trace["iterations"][k]
        for trace in traces.values()
        for k in range(len(trace["pairs"]) - 1)
        if trace["pairs"][k] and not trace["pairs"][k + 1]
    }
    assert forgetting == {False, True}


@pytest.mark.parametrize("name", [*PROBLEMS, *ROUNDED])
def test_it_asks_for_the_same_points(name, traces, found):
    python, page = traces[name], found["traces"][name]
    assert page["iterations"] == python["iterations"].tolist()
    assert page["trials"] == python["trials"].tolist()
    assert page["stop"] == python["stop"]
    assert page["evaluations"] == len(python["losses"])
    relative, absolute = (1e-3, 1e-4) if name in ROUNDED else (1e-5, 1e-7)
    for each in ("x", "best", "length", "slope"):
        expected = python[each].ravel()
        limits = {"rtol": relative, "atol": absolute * np.nanmax(abs(expected), initial=0)}
        np.testing.assert_allclose(page[each], expected, **limits)


@pytest.mark.parametrize("name", PROBLEMS)
def test_it_holds_only_the_vectors_that_it_needs(name, traces, found):
    page, evaluations = found["traces"][name], len(traces[name]["losses"])
    # The trial, the accepted point and its gradient, and the best point where that is another.
    assert max(page["alive"]) <= 4
    assert page["left"] == 0
    made = page["released"]
    assert evaluations + 1 <= made <= 3 * evaluations + 1


def test_wrong_use_is_refused(found):
    wrong = found["wrong"]
    assert wrong["stopped"] == "the optimiser has stopped: not-finite"
    assert wrong["busy"] == "the optimiser is not waiting for a gradient"
    assert wrong["failed"] == ["lost", wrong["busy"], 2]
