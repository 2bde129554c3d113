"""The size of a picture once its longest side is given."""

import pytest
from hypothesis import given, strategies as st

from ortstyle.errors import SettingsError
from ortstyle.pictures.scaled_size import scaled_size


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 3000))
def test_sizes_follow_the_published_formula(width, height, side):
    scaled = scaled_size((width, height), side)
    assert max(scaled) == side
    for dim, new in zip((width, height), scaled, strict=True):
        assert new == max(1, int(dim / max(width, height) * side))


@pytest.mark.parametrize("side", [0, -5])
def test_a_side_has_a_pixel(side):
    with pytest.raises(SettingsError, match="give the longest side"):
        scaled_size((4, 3), side)
