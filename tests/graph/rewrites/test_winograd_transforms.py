"""The transforms of Winograd's convolutions."""

import numpy as np
import pytest

from ortstyle.graph.rewrites.winograd_transforms import Transforms, filters_of


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("tile", [2, 4, 6])
def test_the_transforms_are_exact(tile, flipped):
    by = Transforms.of(tile, flipped=flipped)
    kernel = noise(3)
    data = noise(tile + 2, seed=1)
    transformed = Transforms.of(tile).kernel @ kernel
    expected = np.correlate(data, kernel[::-1] if flipped else kernel, "valid")
    np.testing.assert_allclose(by.result @ (transformed * (by.tile @ data)), expected, rtol=1e-12)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("tile", [2, 4, 6])
def test_filters_of_both_axes_are_those_of_one_after_the_other(tile, flipped):
    (both,) = filters_of(tile, 2, flipped=flipped, by_axis=False)
    height, width = filters_of(tile, 2, flipped=flipped, by_axis=True)
    size = tile + 2
    assert both.shape == (2 * size**2, 1, size, size)
    assert (height.shape, width.shape) == ((2 * size, 1, size, 1), (2 * size**2, 1, 1, size))
    after = height.reshape(2, size, 1, size, 1) * width.reshape(2, size, size, 1, size)
    np.testing.assert_allclose(both.reshape(after.shape), after, rtol=1e-6)
