"""A transparent style picture: what is transparent does not count as style."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.graph.network import Network
from ortstyle.pictures.color import match_histogram, match_linear
from ortstyle.pictures.picture import to_array
from ortstyle.run.inputs import Inputs
from ortstyle.settings.settings import Settings

BILINEAR = Image.Resampling.BILINEAR


def half(*, left=True):
    levels = np.zeros((40, 40), np.uint8)
    levels[:, :20] = 255
    return Image.fromarray(levels if left else 255 - levels)


def cut_out(painting, opacity):
    cut = painting.convert("RGB").resize(opacity.size)
    cut.putalpha(opacity)
    return cut


def visible_half(painting):
    return to_array(painting.convert("RGB").resize((40, 40)).crop((0, 0, 20, 40)))


def read(photo, style, **masks):
    return Inputs.read(photo, [style], Settings(size=32), **masks)


def test_a_cut_out_counts_as_the_flat_picture_with_its_mask(photo, painting):
    opacity = half()
    cut = cut_out(painting, opacity)
    flat = Image.new("RGB", cut.size, "white")
    flat.paste(cut, mask=opacity)
    by_alpha = read(photo, cut)
    by_mask = read(photo, flat, style_masks=[opacity])
    by_both = read(photo, cut, style_masks=[opacity])
    for side in (16, 32):
        one, other = by_alpha.at(side).styles[0], by_mask.at(side).styles[0]
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_allclose(one.mask, other.mask, atol=1 / 255)
        np.testing.assert_allclose(one.mask, by_both.at(side).styles[0].mask, atol=1 / 255)
    assert by_alpha.notices == (
        "style: what is transparent is left out of the style, as by --style-mask",
    )
    assert by_mask.notices == ()


def test_the_smaller_of_mask_and_opacity_counts_and_soft_edges_weigh_less(photo, painting):
    opacity = Image.fromarray(np.repeat(np.linspace(0, 255, 40).astype(np.uint8)[None], 40, 0))
    cut = cut_out(painting, opacity)
    weights = read(photo, cut, style_masks=[half(left=False)]).at(32).styles[0].mask
    assert weights[:, :15].max() == 0
    np.testing.assert_allclose(
        weights[:, 18:], np.linspace(18, 31, 14) / 31 + 0 * weights[:, 18:], atol=0.05
    )


def test_it_is_said_once_for_a_picture_that_is_given_twice(photo, painting):
    cut = cut_out(painting, half())
    notices = Inputs.read(photo, [cut, cut], Settings(size=32)).notices
    assert len(notices) == 1


def test_nothing_to_see_is_refused(photo, painting):
    with pytest.raises(PictureError, match="style is transparent everywhere at 32×32"):
        read(photo, cut_out(painting, Image.new("L", (40, 40))))
    corner = Image.new("L", (40, 40))
    corner.paste(255, (30, 0, 40, 40))
    with pytest.raises(PictureError, match="style is transparent wherever its style mask"):
        read(photo, cut_out(painting, half()), style_masks=[corner])


@pytest.mark.parametrize("mode", ["match-linear", "match-histogram"])
def test_colours_are_matched_to_what_is_visible(photo, painting, mode):
    """However much white lies around a cut-out, its colours become those of the photograph."""
    cut = cut_out(painting, half())
    matched = Inputs.read(photo, [cut], Settings(size=40, colors=mode)).at(40)
    match = {"match-linear": match_linear, "match-histogram": match_histogram}[mode]
    expected = match(visible_half(painting), [matched.content])
    np.testing.assert_allclose(matched.styles[0].pixels[..., :20], expected, atol=1e-3)


def test_a_run_starts_in_the_colours_of_what_is_visible(photo, painting, tiny):
    cut = cut_out(painting, half())
    start = Inputs.read(photo, [cut], Settings(size=40, init="style")).start(40, Network.open(tiny))
    expected = match_linear(to_array(photo.resize((40, 30), BILINEAR)), [visible_half(painting)])
    np.testing.assert_allclose(start, expected, atol=1e-3)


def test_luminance_keeps_one_plane(photo, painting):
    read = Inputs.read(photo, [painting], Settings(size=32, colors="luminance"))
    assert read.bytes == 32 * 24 * 4 * 2 + 32 * 32 * 4
