import tracemalloc
from collections import deque

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from ortstyle import Settings, stylize
from ortstyle.errors import PictureError
from ortstyle.packaged import packaged_path
from ortstyle.pictures import color
from ortstyle.pictures.color import LUMA
from ortstyle.pictures.picture import resize_to_side, to_array, to_image
from ortstyle.pictures.read import read_rgb


def picture(low, high, seed, size=(21, 13)):
    pixels = np.random.default_rng(seed).integers(low, high, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels)


def keep_colors(stylized, content):
    """Apply `color.keep_colors` to images as a run does."""
    return to_image(color.keep_colors(to_array(stylized), to_array(content)))


def luma(image):
    return np.asarray(image, float) @ LUMA


@given(st.integers(0, 50))
def test_luminance_from_the_stylised_and_chroma_from_the_content(seed):
    stylized, content = picture(100, 156, seed), picture(100, 156, seed + 1000)
    kept = keep_colors(stylized, content)
    assert kept.mode == "RGB"
    np.testing.assert_allclose(luma(kept), luma(stylized), atol=0.51)
    chroma = np.asarray(kept, float) - luma(kept)[..., None]
    expected = np.asarray(content, float) - luma(content)[..., None]
    np.testing.assert_allclose(chroma, expected, atol=1.01)


def test_it_is_pillows_ycbcr_without_its_rounding():
    stylized, content = picture(90, 166, 1), picture(90, 166, 2)
    y = stylized.convert("YCbCr").getchannel("Y")
    _, cb, cr = content.convert("YCbCr").split()
    expected = Image.merge("YCbCr", (y, cb, cr)).convert("RGB")
    np.testing.assert_allclose(
        np.asarray(keep_colors(stylized, content), int), np.asarray(expected, int), atol=5
    )


def test_a_picture_keeps_its_own_colours():
    image = picture(0, 256, 3)
    np.testing.assert_array_equal(keep_colors(image, image), image)


def test_a_grey_content_makes_a_grey_picture():
    kept = np.asarray(keep_colors(picture(0, 256, 4), Image.new("RGB", (21, 13), "gray")))
    assert (kept == kept[..., :1]).all()


def test_colours_out_of_range_are_clipped():
    kept = keep_colors(Image.new("RGB", (2, 2), "white"), Image.new("RGB", (2, 2), "blue"))
    assert kept.getpixel((0, 0)) == (226, 226, 255)


def test_sizes_must_agree():
    with pytest.raises(
        PictureError, match=r"content of size .13, 21. can't colour a picture of size .21, 13."
    ):
        keep_colors(picture(0, 256, 5), picture(0, 256, 6, size=(13, 21)))


def colours(seed, mix, mean):
    """Return a picture of normally distributed colours."""
    rng = np.random.default_rng(seed)
    pixels = (np.asarray(mix) @ rng.normal(size=(3, 30 * 40))).reshape(3, 30, 40)
    return (pixels + np.asarray(mean)[:, None, None])[None].clip(5, 250).astype(np.float32)


SKY = colours(1, np.diag([12, 9, 25]), [90, 120, 170])
FIRE = colours(2, [[30, 0, 0], [12, 10, 0], [4, 2, 6]], [180, 100, 50])


def lab(pixels):
    return color._to_oklab(pixels[0].reshape(3, -1).astype(float))


@pytest.mark.parametrize("match", [color.match_linear, color.match_histogram])
def test_colours_are_matched_in_mean_and_covariance(match):
    found, wanted = lab(match(SKY, [FIRE])), lab(FIRE)
    np.testing.assert_allclose(found.mean(1), wanted.mean(1), atol=0.005)
    np.testing.assert_allclose(np.cov(found), np.cov(wanted), atol=0.03 * np.cov(wanted).max())


def test_a_histogram_is_matched_beyond_its_moments():
    """Only a nonlinear map turns the colours of a sky into two colours."""
    two = np.where(np.arange(1200).reshape(30, 40) % 4 == 0, 200, 60)
    two = np.broadcast_to(two, (1, 3, 30, 40)).astype(np.float32)
    linear, full = color.match_linear(SKY, [two]), color.match_histogram(SKY, [two])

    def between(pixels):
        return float(((pixels.mean(1) > 90) & (pixels.mean(1) < 170)).mean())

    assert between(linear) > 0.2
    assert between(full) < 0.05


@pytest.mark.parametrize("match", [color.match_linear, color.match_histogram])
def test_matching_leaves_a_match_as_it_is_and_takes_flat_colours(match):
    # Histograms are matched at a finite number of quantiles, which changes their ends.
    np.testing.assert_allclose(match(FIRE, [FIRE]), FIRE, atol=0.1 if "linear" in str(match) else 9)
    flat = np.full((1, 3, 8, 9), 100, np.float32)
    assert np.isfinite(match(flat, [FIRE])).all()
    np.testing.assert_allclose(match(FIRE, [flat]), 100, atol=2)
    again = match(SKY, [FIRE, flat])
    np.testing.assert_array_equal(again, match(SKY, [FIRE, flat]))


def test_oklab_goes_there_and_back():
    """White is (1, 0, 0); red's lightness is as published."""
    edges = np.array([[255.0, 255, 0, 3], [255, 0, 0, 2], [255, 0, 0, 9]])
    found = color._to_oklab(edges)
    np.testing.assert_allclose(found[:, 0], [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(found[:, 1], [0.628, 0.225, 0.126], atol=1e-3)
    np.testing.assert_allclose(color._from_oklab(found), edges, atol=1e-6)


def test_luma_is_brought_to_a_photographs():
    grey = color.luminance(FIRE, like=SKY)
    assert np.ptp(grey[0], axis=0).max() == 0
    wanted = np.tensordot(color.LUMA, SKY[0], 1)
    assert grey[0, 0].mean() == pytest.approx(wanted.mean(), abs=0.5)
    assert grey[0, 0].std() == pytest.approx(wanted.std(), rel=0.02)


@pytest.mark.parametrize("colors", ["content", "luminance"])
def test_with_vgg19_chroma_stays_within_half_a_level(colors):
    content, style = (packaged_path("examples", name) for name in ("photo.jpg", "painting.jpg"))
    settings = Settings(size=96, iterations=12, colors=colors)
    (last,) = deque(stylize(content, style, settings, device="cpu"), maxlen=1)
    photo = read_rgb(content, name="photo.jpg", max_pixels=10**9)
    found, given = last.pixels[0].clip(0, 255), to_array(resize_to_side(photo, 96))[0]

    def luma_and_chroma(pixels):
        luma = np.tensordot(LUMA, pixels, 1)
        return luma, np.stack([(pixels[2] - luma) / 1.772, (pixels[0] - luma) / 1.402])

    (luma, chroma), (luma_before, chroma_before) = map(luma_and_chroma, (found, given))
    assert abs(chroma - chroma_before).mean() < 0.5
    assert abs(luma - luma_before).mean() > 5


# Large pictures


@pytest.fixture
def _few_at_once(monkeypatch):
    monkeypatch.setattr(color, "_MANY", 500)


@pytest.mark.parametrize("match", [color.match_linear, color.match_histogram])
def test_a_large_picture_is_matched_in_strips(match, monkeypatch):
    """The moments are exact; a distribution is that of a sample."""
    large = np.concatenate([SKY, SKY[..., ::-1] * 0.5], 3)
    whole = match(large, [FIRE, SKY])
    monkeypatch.setattr(color, "_MANY", 500)
    found = match(large, [FIRE, SKY])
    assert np.abs(found - whole).mean() < (1e-4 if match is color.match_linear else 6)
    np.testing.assert_array_equal(found, match(large, [FIRE, SKY]))


@pytest.mark.usefixtures("_few_at_once")
def test_moments_of_strips_are_those_of_all():
    mean, covariance = color._moments([FIRE, SKY])
    both = np.concatenate([lab(FIRE), lab(SKY)], 1)
    np.testing.assert_allclose(mean[:, 0], both.mean(1), rtol=1e-9)
    np.testing.assert_allclose(covariance, np.cov(both), rtol=1e-9)


@pytest.mark.usefixtures("_few_at_once")
def test_a_sample_is_spread_over_all_pictures():
    ramps = [
        np.broadcast_to(np.linspace(a, a + 90, 4000, dtype=np.float32), (1, 3, 1, 4000))
        for a in (10, 150)
    ]
    found = color._from_oklab(color._sample(ramps))[0]
    assert 490 <= len(found) <= 500
    parts = found[found < 120], found[found > 120]
    for part, start in zip(parts, (10, 150), strict=True):
        np.testing.assert_allclose(part, np.linspace(start, start + 90, len(part)), atol=1)


def test_memory_beside_the_result_does_not_grow_with_the_picture(monkeypatch):
    monkeypatch.setattr(color, "_MANY", 2000)
    peaks = []
    for times in (4, 16):
        large = np.tile(SKY, (1, 1, 1, times))
        tracemalloc.start()
        color.match_histogram(large, [large])
        peaks.append(tracemalloc.get_traced_memory()[1] - large.nbytes)
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


@pytest.mark.parametrize("many", [1 << 20, 500])
@pytest.mark.parametrize("match", [color.match_linear, color.match_histogram])
def test_only_counted_pixels_are_measured(match, many, monkeypatch):
    """White beside a picture moves nothing in it."""
    monkeypatch.setattr(color, "_MANY", many)
    white = np.full_like(FIRE, 255)
    counted = np.zeros((30, 80), bool)
    counted[:, :40] = True
    found = match(np.concatenate([FIRE, white], 3), [SKY], counted=counted)[..., :40]
    alone = match(FIRE, [SKY])
    assert np.abs(found - alone).mean() < (0.01 if many > 500 or match is color.match_linear else 6)


def test_luminance_takes_a_third_of_the_memory():
    grey = color.luminance(FIRE)
    assert grey.shape == FIRE.shape
    assert grey.dtype == np.float32
    assert grey.strides[1] == 0
