"""A transparent style picture: what is transparent does not count as style."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.graph.network import Network
from ortstyle.pictures.color import luminance, match_histogram, match_linear
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


LEFT_OUT = "style: what is transparent is left out of the style"


def visible_of(inputs, side):
    """Return the pixels, (3, N), of the first style that weigh fully, and all weights."""
    style = inputs.at(side).styles[0]
    return style.pixels[0][:, style.mask > 0.99], style.mask


def test_the_opacity_of_a_cut_out_is_its_mask(photo, painting):
    opacity = half()
    cut = cut_out(painting, opacity)
    by_alpha, by_both = read(photo, cut), read(photo, cut, style_masks=[opacity])
    by_mask = read(photo, painting.convert("RGB").resize((40, 40)), style_masks=[opacity])
    for side in (16, 32):
        pixels, mask = visible_of(by_alpha, side)
        expected, other = visible_of(by_mask, side)
        np.testing.assert_allclose(mask, other, atol=1 / 255)
        np.testing.assert_allclose(mask, visible_of(by_both, side)[1], atol=1 / 255)
        np.testing.assert_allclose(pixels, expected, atol=2)
    assert by_alpha.notices == (f"{LEFT_OUT}; --style-mask - counts it as white",)
    assert by_both.notices == (f"{LEFT_OUT}, white in its mask or not",)
    assert by_mask.notices == ()


@pytest.mark.parametrize("under", ["white", "black", "lime"])
def test_the_colour_under_what_is_transparent_does_not_matter(photo, painting, under):
    opacity = half()
    picture = Image.new("RGB", (40, 40), under)
    picture.paste(painting.convert("RGB").resize((40, 40)), mask=opacity)
    cut, other = cut_out(picture, opacity), cut_out(painting, opacity)
    one, two = (read(photo, found).at(32).styles[0].pixels for found in (cut, other))
    np.testing.assert_array_equal(one, two)


def test_there_is_no_white_around_a_dark_cut_out(photo):
    y, x = np.mgrid[:40, :40]
    soft = (255 * np.clip(16 - np.hypot(x - 20, y - 20), 0, 4) / 4).astype(np.uint8)
    cut = cut_out(Image.new("RGB", (1, 1), (20, 30, 40)), Image.fromarray(soft))
    inputs = Inputs.read(photo, [cut], Settings(size=32, variance_floor=0.0))
    for side in (8, 16, 32):
        assert inputs.at(side).styles[0].pixels.max() <= 42


@pytest.mark.parametrize(
    ("settings", "masks"),
    [
        (Settings(size=32, style_mask=("",)), {}),
        (Settings(size=32), {"style_masks": [None]}),
        (Settings(size=32, style_mask=("no such mask.png",)), {"style_masks": [None]}),
    ],
)
def test_all_of_a_cut_out_counts_over_white_if_that_is_said(photo, painting, settings, masks):
    cut = cut_out(painting, half())
    found = Inputs.read(photo, [cut], settings, **masks)
    flat = Image.new("RGB", cut.size, "white")
    flat.paste(cut, mask=half())
    (style,), (expected,) = found.at(32).styles, read(photo, flat).at(32).styles
    np.testing.assert_array_equal(style.pixels, expected.pixels)
    assert style.mask is None
    assert found.notices == ("style: what is transparent counts as white, as --style-mask - says",)


def test_each_of_several_styles_is_told_for_itself(photo, painting):
    cut, mask = cut_out(painting, half()), half(left=False)
    found = Inputs.read(photo, [painting, cut], Settings(size=32), style_masks=[mask, None])
    masks = [style.mask for style in found.at(32).styles]
    assert masks[0] is not None
    assert masks[1] is None
    regions = [image.resize(photo.size) for image in (half(), half(left=False))]
    found = Inputs.read(photo, [painting, cut], Settings(size=32), content_masks=regions)
    masks = [style.mask for style in found.at(32).styles]
    assert masks[0] is None
    assert masks[1] is not None
    assert found.notices == (f"{LEFT_OUT}; --style-mask - counts it as white",)


@pytest.mark.parametrize("least", [243, 242])
def test_what_is_opaque_to_the_eye_is_opaque(photo, painting, least):
    opacity = Image.new("L", (40, 40), 255)
    opacity.paste(least, (10, 10, 30, 30))
    found = read(photo, cut_out(painting, opacity))
    assert (found.at(32).styles[0].mask is None) is (least == 243)
    assert bool(found.notices) is (least < 243)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "gif"])
def test_files_of_each_kind_are_cut_out(tmp_path, photo, painting, suffix):
    path = tmp_path / f"cut.{suffix}"
    cut_out(painting, half()).save(path, **({"lossless": True} if suffix == "webp" else {}))
    found = read(photo, path)
    assert len(found.notices) == 1
    pixels, mask = visible_of(found, 40)
    assert 0.4 < (mask > 0.5).mean() < 0.6
    assert abs(pixels.mean(-1) - visible_half(painting)[0].mean((1, 2))).max() < 8


def test_arrays_and_sixteen_bits_are_cut_out(photo, painting):
    levels = np.asarray(cut_out(painting, half()))
    for array in (levels, levels.astype(np.uint16) * 257, levels / np.float32(255)):
        assert read(photo, array).notices == (f"{LEFT_OUT}; --style-mask - counts it as white",)


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


@pytest.mark.parametrize("opacity", [0, 1])
@pytest.mark.parametrize("style", ["white", None])
def test_a_content_that_is_transparent_everywhere_is_white(photo, painting, opacity, style):
    content = cut_out(photo, Image.new("L", photo.size, opacity))
    style = Image.new("RGB", (40, 40), style) if style else painting
    found = Inputs.read(content, [style], Settings(size=40)).at(40)
    assert found.content.min() >= 254 - opacity


def test_luminance_is_matched_to_what_is_visible(photo, painting):
    """The spread and mean of a cut-out's grey are those of the photograph, white or not."""
    cut = cut_out(painting, half())
    found = Inputs.read(photo, [cut], Settings(size=40, colors="luminance")).at(40)
    expected = luminance(visible_half(painting), like=to_array(photo.resize((40, 30), BILINEAR)))
    np.testing.assert_allclose(found.styles[0].pixels[..., :20], expected, atol=1)
