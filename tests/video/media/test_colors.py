"""Code points of colours: defaults, what frames are read in, and the matrices."""

import numpy as np
import pytest

from ortstyle.video.media.colors import LUMA_WEIGHTS, ColorTags, yuv_to_rgb


@pytest.mark.parametrize(
    ("lines", "matrix", "transfer"), [(480, 6, 6), (576, 5, 6), (719, 6, 6), (720, 1, 1)]
)
def test_a_film_without_tags_is_bt601_below_720_lines_and_else_bt709(lines, matrix, transfer):
    resolved = ColorTags().resolve(lines)
    assert resolved == ColorTags(
        primaries=matrix, transfer=transfer, matrix=matrix, full_range=False
    )


def test_what_a_file_says_is_kept():
    tags = ColorTags(primaries=9, transfer=14, matrix=9, full_range=True)
    assert tags.resolve(480) == tags
    assert ColorTags(matrix=0).resolve(480).full_range


def test_high_dynamic_range_and_wide_primaries_are_read_as_bt709():
    bt709 = ColorTags(primaries=1, transfer=1, matrix=1, full_range=False)
    for tags in (ColorTags(transfer=16), ColorTags(transfer=18), ColorTags(primaries=9)):
        assert tags.of_frames() == bt709
    pal = ColorTags(primaries=5, matrix=5, full_range=True)
    assert pal.of_frames() is pal
    assert ColorTags(transfer=16).is_hdr
    assert not ColorTags(transfer=14, primaries=9).is_hdr


@pytest.mark.parametrize("code", LUMA_WEIGHTS)
def test_a_matrix_is_the_inverse_of_the_definition_of_luma_and_chroma(code):
    red, blue = LUMA_WEIGHTS[code]
    rgb = np.array([0.25, 0.5, 0.875])
    luma = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
    chroma = (rgb[2] - luma) / (2 - 2 * blue), (rgb[0] - luma) / (2 - 2 * red)
    assert np.allclose(yuv_to_rgb(code) @ [luma, *chroma], rgb)


def test_bt709_has_the_figures_of_its_recommendation():
    assert np.allclose(
        yuv_to_rgb(1), [[1, 0, 1.5748], [1, -0.1873, -0.4681], [1, 1.8556, 0]], atol=5e-5
    )


def test_ycgco_gives_back_its_colours():
    red, green, blue = 0.25, 0.5, 0.875
    coded = [(red + 2 * green + blue) / 4, (2 * green - red - blue) / 4, (red - blue) / 2]
    assert np.allclose(yuv_to_rgb(8) @ coded, [red, green, blue])


def test_a_code_point_that_needs_more_than_a_matrix_is_refused():
    with pytest.raises(KeyError):
        yuv_to_rgb(14)
