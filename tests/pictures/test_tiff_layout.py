"""What a layout says of strips, tiles and alpha."""

from io import BytesIO

import numpy as np
import pytest
from tiffs import BLACK_IS_ZERO, CMYK, RGB, tiff_of

from ortstyle.pictures.tiff_pages import read_layout


def layout_of(samples, photometric, **options):
    return read_layout(BytesIO(tiff_of(samples, photometric, **options)), "a").layout


@pytest.mark.parametrize(
    ("channels", "photometric", "extra", "alpha"),
    [
        (3, RGB, (), None),
        (4, RGB, (), (3, False)),
        (4, RGB, (0,), None),
        (4, RGB, (1,), (3, True)),
        (6, RGB, (0, 2, 1), (4, False)),
        (2, BLACK_IS_ZERO, (2,), (1, False)),
        (3, BLACK_IS_ZERO, (0, 0), None),
        (5, CMYK, (), None),
        (5, CMYK, (1,), (4, True)),
    ],
)
def test_which_sample_is_alpha(channels, photometric, extra, alpha):
    layout = layout_of(np.zeros((5, 4, channels), np.uint8), photometric, extra=extra)
    assert layout.alpha == alpha


def test_the_last_strip_has_fewer_rows_and_tiles_are_whole():
    samples = np.zeros((20, 30, 3), np.uint8)
    strips = layout_of(samples, RGB, rows=8, planar=True)
    assert strips.grid == (1, 3)
    assert [strips.rows_of(index) for index in range(6)] == [8, 8, 4, 8, 8, 4]
    tiles = layout_of(samples, RGB, tile=16)
    assert tiles.grid == (2, 2)
    assert {tiles.rows_of(index) for index in range(4)} == {16}
