"""The style loss "moments", compared with NumPy."""

import pytest
from style_reference import (
    FOUND,
    STYLE,
    WAY_IDS,
    WAYS,
    check,
    check_near_itself,
    graph_of,
    numpy_distance,
    numpy_statistics,
)


@pytest.mark.parametrize(("weights", "relative"), WAYS, ids=WAY_IDS)
def test_the_loss_is_numpys_and_so_is_its_gradient(weights, relative):
    found, target = numpy_statistics(FOUND, weights), numpy_statistics(STYLE)
    expected = sum(numpy_distance(found[n], target[n], relative=relative) for n in found)
    check(graph_of("moments", weights, relative=relative), expected)


def test_a_style_is_near_itself():
    check_near_itself("moments", far=0.1)
