"""The style loss "gram", compared with NumPy."""

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
    found, target = numpy_statistics(FOUND, weights)["gram"], numpy_statistics(STYLE)["gram"]
    check(
        graph_of("gram", weights, relative=relative),
        numpy_distance(found, target, relative=relative),
    )


def test_a_style_is_near_itself():
    check_near_itself("gram", far=-1)  # features and their negatives have the same Gram matrix
