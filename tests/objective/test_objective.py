"""The regions of an objective, from their masks."""

import numpy as np

from ortstyle.objective.objective import masked_regions


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
