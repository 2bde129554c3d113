"""The regions of an objective, from their masks; the inputs that an anchor gives."""

import numpy as np
import pytest

from ortstyle.objective.objective import Anchor, masked_regions


def test_a_region_weighs_as_much_as_it_covers():
    half = np.zeros((4, 6), np.float32)
    half[:, :3] = 1
    first, second = masked_regions([half, 1 - half / 2])
    assert (first.name, first.masked, first.share) == ("style1", True, 0.5)
    assert (second.name, second.masked, second.share) == ("style2", True, 0.75)
    assert first.mask is half


def test_a_region_without_a_mask_is_the_whole_content():
    (region,) = masked_regions([None])
    assert (region.name, region.masked, region.share, region.mask) == ("style", False, 1.0, None)


def test_an_anchor_gives_two_inputs_of_the_graph():
    held = Anchor(np.zeros((1, 3, 4, 6), np.float32), np.ones((4, 6), np.float32))
    shapes = {name: array.shape for name, array in held.inputs.items()}
    assert shapes == {"anchor": (1, 3, 4, 6), "anchor.weights": (1, 1, 4, 6)}


def random_anchor(rng):
    weights = rng.uniform(0, 2, (5, 7)) * rng.integers(0, 2, (5, 7))
    pixels = rng.uniform(0, 255, (1, 3, 5, 7))
    return Anchor(pixels.astype(np.float32), weights.astype(np.float32))


def test_several_anchors_hold_a_picture_as_one():
    """The losses of two pictures differ by as much, so that the gradient is the same too."""
    rng = np.random.default_rng(3)
    several = [random_anchor(rng) for _ in range(4)]
    one = Anchor.of_several(several)
    assert one.pixels.dtype == one.weights.dtype == np.float32
    first, second = rng.uniform(0, 255, (2, 1, 3, 5, 7))

    def loss(image, anchors):
        return sum((a.weights * (image - a.pixels) ** 2).sum() for a in anchors)

    expected = loss(first, several) - loss(second, several)
    assert loss(first, [one]) - loss(second, [one]) == pytest.approx(expected, rel=1e-5)


def test_several_anchors_say_nothing_where_none_of_them_does():
    rng = np.random.default_rng(4)
    several = [random_anchor(rng) for _ in range(3)]
    one, free = Anchor.of_several(several), sum(each.weights for each in several) == 0
    assert free.any()
    assert not one.weights[free].any()
    np.testing.assert_array_equal(one.pixels[..., free], several[0].pixels[..., free])
    alone = Anchor.of_several(several[:1])
    np.testing.assert_array_equal(alone.weights, several[0].weights)
    np.testing.assert_allclose(alone.pixels, several[0].pixels, rtol=1e-6)
