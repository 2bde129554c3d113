"""Contents of one colour are painted over; all others keep their content weight."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.pictures.read import read_picture
from ortstyle.run.blank_content import content_share, without_blank_content
from ortstyle.run.stylize import stylize
from ortstyle.settings.settings import Settings


def picture(pixels):
    return read_picture(Image.fromarray(pixels), name="content", max_pixels=10**6)


def noisy(deviation, *, mean=120):
    noise = np.random.default_rng(0).normal(mean, deviation, (64, 64, 3))
    return noise.clip(0, 255).astype(np.uint8)


def test_a_photograph_deserves_all_of_the_weight(photo):
    assert content_share(read_picture(photo, name="content", max_pixels=10**7)) == 1


def test_a_faint_gradient_deserves_all_of_the_weight():
    ramp = np.linspace(100, 115, 64)[:, None, None] * np.ones((64, 64, 3))
    assert content_share(picture(ramp.astype(np.uint8))) == 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_colour_deserves_none(level):
    assert content_share(picture(np.full((32, 32, 3), level, np.uint8))) == 0


def test_noise_of_a_level_deserves_some():
    assert 0.1 < content_share(picture(noisy(1))) < 0.5


def test_the_weight_is_scaled_unless_it_is_the_only_one():
    settings = Settings(content_weight=4.0)
    assert without_blank_content(settings, 1.0) is settings
    assert without_blank_content(settings, 0.25).content_weight == 1
    only = Settings(style_weight=0.0)
    assert without_blank_content(only, 0.0) is only
    published = Settings(variance_floor=0.0)
    assert without_blank_content(published, 0.0) is published


def test_a_white_content_is_painted_over(painting, tiny_settings):
    pytest.importorskip("onnxruntime")
    settings = tiny_settings(size=96, iterations=30, equalize=True, variance_floor=0.2)
    *_, found = stylize(Image.new("RGB", (96, 96), "white"), painting, settings)
    assert found.terms["content"] == 0
    assert found.pixels.std() > 10


def test_a_white_content_is_painted_over_in_tiles_planned_for_deeper_layers(
    painting, tiny_settings
):
    pytest.importorskip("onnxruntime")
    layers = {"content_layers": (("relu3", 1.0),), "style_layers": (("relu1", 1.0),)}
    settings = tiny_settings(size=200, iterations=4, equalize=True, variance_floor=0.2, **layers)
    white = Image.new("RGB", (200, 150), "white")
    run = stylize(white, painting, settings, memory=BASE_BYTES + 9_000_000)
    assert run.plan(200).tile is not None
    *_, found = run
    *_, whole = stylize(white, painting, settings)
    assert found.terms["content"] == 0
    assert found.loss == pytest.approx(whole.loss, rel=1e-3)
