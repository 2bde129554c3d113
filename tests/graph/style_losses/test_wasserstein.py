"""The style loss "wasserstein", compared with SciPy's matrix square roots."""

import numpy as np
import pytest
import scipy.linalg
from numeric import apart, check_vjp, operators
from style_reference import (
    FOUND,
    SHAPE,
    STYLE,
    WAY_IDS,
    WAYS,
    check,
    check_near_itself,
    graph_of,
    numpy_statistics,
)

from ortstyle.graph.feature_statistics import append_statistics
from ortstyle.graph.ops import PORTABLE
from ortstyle.graph.style_losses import style_loss


def scipy_loss(weights, *, relative):
    found, target = numpy_statistics(FOUND, weights), numpy_statistics(STYLE)
    ours, theirs = (3 * s["gram"] - s["mean"] @ s["mean"].T for s in (found, target))
    ours = ours + 3e-5 * 3 * np.trace(found["gram"]) * np.eye(3)
    theirs = theirs + 1e-3 * np.trace(theirs) / 3 * np.eye(3)
    root = scipy.linalg.sqrtm(theirs)
    between = scipy.linalg.sqrtm(root @ ours @ root)
    square = ((found["mean"] - target["mean"]) ** 2).sum()
    square += np.trace(ours + theirs - 2 * between)
    if not relative:
        return square / 3
    return np.sqrt(square / (np.trace(theirs) + (target["mean"] ** 2).sum()) + 1e-6)


@pytest.mark.parametrize(("weights", "relative"), WAYS, ids=WAY_IDS)
def test_the_loss_is_scipys_and_so_is_its_gradient(weights, relative):
    expected = scipy_loss(weights, relative=relative)
    check(graph_of("wasserstein", weights, relative=relative), expected)


def test_a_style_is_near_itself():
    check_near_itself("wasserstein", far=0.1)


def test_a_flat_layer_has_a_target_and_a_loss():
    """A mask may select a single position, whose covariance is zero."""
    loss = style_loss("wasserstein")
    target = loss.make_targets({"gram": np.ones((3, 3)) / 3, "mean": np.ones((3, 1))})
    assert np.isfinite(target["root"]).all()
    model = check_vjp(
        lambda ops, x: loss.append_loss(
            ops,
            loss.append_compared(ops, append_statistics(ops, x, loss.statistics)),
            {name: ops.like(x, array) for name, array in target.items()},
            relative=True,
        ),
        apart(*SHAPE),
        tolerance=1e-3,
    )
    assert set(operators(model)) <= PORTABLE
