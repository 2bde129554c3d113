"""The pictures of a run at each scale: styles, regions, colours, where to start."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.pictures.color import LUMA
from ortstyle.run.inputs import Inputs, resized
from ortstyle.settings.settings import Settings


@pytest.fixture
def inputs(photo, painting):
    """Return a function that reads the photograph and the painting, the latter several times."""

    def read(count=1, **changes):
        masks = {n: changes.pop(n, None) for n in ("content_masks", "style_masks")}
        settings = Settings(size=32, **changes)
        return Inputs.read(photo, [painting] * count, settings, **masks)

    return read


def half(size=(48, 36), *, left=True):
    """Make a mask that is white on one half."""
    mask = np.zeros(size[::-1], np.uint8)
    mask[:, : size[0] // 2] = 255
    return Image.fromarray(mask if left else 255 - mask)


def test_content_and_styles_are_resized_together(inputs):
    read = inputs(2, style_scale=(1.0, (0.5, 2.0)), style_blend=(3.0, 1.0))
    for side in (16, 32):
        painted = read.at(side)
        assert painted.content.shape == (1, 3, side * 3 // 4, side)
        assert [style.pixels.shape[3] for style in painted.styles] == [side, side // 2, side * 2]
        assert [style.share for style in painted.styles] == [0.75, 0.125, 0.125]
        assert painted.regions == [None]


def test_a_scale_of_its_own_size_is_the_picture_as_it_was_fitted(inputs, photo):
    expected = np.asarray(photo.resize((32, 24), Image.Resampling.BILINEAR), np.float32)
    np.testing.assert_array_equal(inputs().at(32).content[0].transpose(1, 2, 0), expected)


def test_each_mask_is_a_region(inputs):
    painted = inputs(2, content_masks=[half(), half(left=False)]).at(16)
    assert [style.region for style in painted.styles] == [0, 1]
    assert [style.share for style in painted.styles] == [1.0, 1.0]
    first, second = painted.regions
    np.testing.assert_allclose(first + second, 1, atol=1 / 255)
    assert first[:, :7].min() == 1
    assert first[:, 9:].max() == 0


def test_styles_without_a_mask_share_what_is_left(inputs):
    painted = inputs(3, content_masks=[None, half(), None], style_blend=(3.0, 5.0, 1.0)).at(16)
    assert [style.region for style in painted.styles] == [1, 0, 1]
    assert [style.share for style in painted.styles] == pytest.approx([0.75, 1, 0.25])
    np.testing.assert_allclose(sum(painted.regions), 1, atol=1 / 255)


def test_a_part_of_a_style(inputs):
    painted = inputs(style_masks=[half((40, 40))]).at(16)
    assert painted.styles[0].mask.shape == painted.styles[0].pixels.shape[2:]
    assert painted.styles[0].mask.mean() == pytest.approx(0.5, abs=0.02)


def test_masks_are_read_from_paths_too(inputs, tmp_path):
    half().save(tmp_path / "sky.png")
    painted = inputs(2, content_mask=(str(tmp_path / "sky.png"), "")).at(16)
    assert [style.region for style in painted.styles] == [0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"content_masks": [Image.new("L", (9, 9))]}, "content mask is black everywhere"),
        ({"style_masks": [Image.new("L", (9, 9))]}, "style mask is black everywhere"),
        ({"content_mask": ("no such.png",)}, "no such.png"),
    ],
)
def test_masks_that_are_none(inputs, changes, message):
    with pytest.raises(PictureError, match=message):
        inputs(**changes)


def test_masks_that_leave_no_room(inputs):
    with pytest.raises(PictureError, match="leaves no room for style"):
        inputs(2, content_masks=[Image.new("L", (9, 9), 255), None])


def test_a_region_without_weight(inputs):
    with pytest.raises(SettingsError, match="the styles of a region all have weight 0"):
        inputs(2, content_masks=[half(), None], style_blend=(1.0, 0.0))


def test_a_dot_is_there_at_every_scale(inputs):
    dot = Image.new("L", (48, 36))
    dot.putpixel((20, 20), 90)
    read = inputs(content_masks=[dot])
    assert all(0 < read.at(side).regions[0].mean() < 0.01 for side in (4, 16, 32))


@pytest.mark.parametrize("name", ["content_mask", "style_mask", "style_scale"])
def test_not_as_many_as_styles(inputs, name):
    with pytest.raises(SettingsError, match=r"--\w+-\w+ has 2 \w+ for 3 styles"):
        inputs(3, **{name: ("a", "b") if "mask" in name else (1.0, 2.0)})
    if "mask" in name:
        with pytest.raises(SettingsError, match="has 2 masks for 3 styles"):
            inputs(3, **{f"{name}s": [None, None]})


def moments(pixels):
    flat = pixels[0].reshape(3, -1)
    return flat.mean(1), flat.std(1)


def test_it_starts_in_the_colours_of_the_style(inputs, tiny):
    read = inputs(init="style")
    start, style = read.start(32, Network.open(tiny)), read.at(32).styles[0].pixels
    assert start.shape == read.at(32).content.shape
    before = np.abs(moments(read.at(32).content)[0] - moments(style)[0])
    assert (np.abs(moments(start)[0] - moments(style)[0]) < np.maximum(before, 12)).all()


def test_luminance_is_painted_in_grey_and_keeps_the_chroma(inputs, photo):
    read = inputs(colors="luminance")
    painted = read.at(32)
    for pixels in (painted.content, painted.styles[0].pixels):
        assert np.ptp(pixels[0], axis=0).max() == 0
    content = painted.content[0, 0]
    expected = np.tensordot(LUMA, read.photograph.pixels[0], 1)
    np.testing.assert_allclose(content, expected, atol=1e-3)
    assert read.colors((16, 12)).size == (16, 12)
    assert read.colors((16, 12)) is read.colors((16, 12))
    assert read.colors((32, 24)) is read.photograph
    assert inputs().colors((16, 12)) is None


@pytest.mark.parametrize("mode", ["match-linear", "match-histogram"])
def test_styles_are_recoloured_beforehand(inputs, mode):
    plain, matched = inputs().at(32), inputs(colors=mode).at(32)
    np.testing.assert_array_equal(plain.content, matched.content)
    wanted = moments(plain.content)[0]
    before, after = (
        np.abs(moments(p.styles[0].pixels)[0] - wanted).max() for p in (plain, matched)
    )
    assert after < min(before, 20)


def test_a_picture_is_enlarged_smoothly():
    ramp = np.broadcast_to(np.linspace(0, 90, 12, dtype=np.float32), (1, 3, 9, 12)).copy()
    assert resized(ramp, (12, 9)) is ramp
    larger = resized(ramp, (24, 18))
    assert larger.shape == (1, 3, 18, 24)
    assert larger.dtype == np.float32
    assert (np.diff(larger[0, 0, 9])[3:-3] > 0).all()


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (32, ()),
        (48, ()),
        (
            64,
            ("content is enlarged from 48 to 64 pixels; --size content would keep its size",),
        ),
    ],
)
def test_enlarging_is_said(photo, painting, size, said):
    assert Inputs.read(photo, [painting], Settings(size=size)).notices == said


def test_a_notice_about_one_file_is_said_once(tmp_path, photo):
    for name in ("a.gif", "b.gif"):
        photo.convert("P").save(tmp_path / name, save_all=True, append_images=[photo.rotate(9)])
    a, b = tmp_path / "a.gif", tmp_path / "b.gif"
    found = Inputs.read(a, [a, b, b], Settings(size=24)).notices
    assert found == (
        f"content {a} holds 2 pictures; the first is taken",
        f"style {b} holds 2 pictures; the first is taken",
    )


def test_grain_is_smoothed_at_large_scales_only(photo):
    grainy = Image.fromarray(np.random.default_rng(0).integers(0, 256, (600, 600, 3), np.uint8))

    def deviation(side, **changes):
        read = Inputs.read(photo, [grainy], Settings(size=600, **changes))
        (style,) = read.at(side).styles
        return style.pixels.std()

    assert deviation(600) < 0.6 * deviation(600, grain=1.0)
    assert deviation(512) == deviation(512, grain=1.0)
