"""Which styles are patterns, and how far the content limit rises beside them."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.packaged import packaged_path
from ortstyle.pictures.read import read_picture
from ortstyle.run import objective_factory
from ortstyle.run.inputs import Inputs
from ortstyle.run.patterns import pattern_degree, with_pattern_limit
from ortstyle.run.stylize import stylize
from ortstyle.settings.settings import Settings


def cloth(size=(320, 240), *, period=16, low=60, high=200):
    """Return a check of two colours with threads of their own."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    check = (x // (period // 2) + y // (period // 2)) % 2
    levels = low + (high - low) * check[..., None] * [1, 0.8, 0.6]
    thread = np.random.default_rng(0).normal(0, 6, levels.shape)
    return Image.fromarray((levels + thread).clip(0, 255).astype(np.uint8))


def text():
    page = Image.new("RGB", (320, 240), "white")
    pen = ImageDraw.Draw(page)
    for line in range(4):
        pen.text((20, 40 + 20 * line), "what a page says, line by line", fill="black")
    return page


def degree_of(image):
    return pattern_degree(read_picture(image, name="style"))


@pytest.mark.parametrize("size", [(320, 240), (100, 900), (256, 256), (90, 70)])
def test_cloth_is_a_pattern_at_every_size(size):
    assert degree_of(cloth(size)) == 1


def test_a_painting_and_a_photograph_are_none():
    for name in ("painting.jpg", "photo.jpg"):
        assert degree_of(packaged_path("examples", name)) == 0


def test_text_on_white_is_none():
    assert degree_of(text()) == 0


@pytest.mark.parametrize("levels", [(128, 128), (100, 130)], ids=["paper", "canvas"])
def test_what_has_hardly_any_contrast_is_none(levels):
    assert degree_of(cloth(low=levels[0], high=levels[1])) == 0


def test_cloth_that_is_lit_from_one_side_is_less_of_a_pattern():
    even = np.asarray(cloth(), np.float64)
    ramp = np.linspace(-1, 1, even.shape[1])[:, None]
    lit = [(even + k * ramp).clip(0, 255).astype(np.uint8) for k in (0, 45, 90)]
    found = [degree_of(Image.fromarray(each)) for each in lit]
    assert found[0] == 1
    assert found[1] > found[2]
    assert found[2] == 0


def test_a_cut_out_is_none():
    cut = cloth().convert("RGBA")
    cut.paste((0, 0, 0, 0), (0, 0, 100, 240))
    assert degree_of(cut) == 0


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (9, 1), (2000, 3)])
def test_a_tiny_or_thin_style_is_measured_too(size):
    assert 0 <= degree_of(cloth(size)) <= 1


def test_the_limit_rises_in_steps():
    settings = Settings(content_limit=0.25, pattern_limit=0.4)
    found = [with_pattern_limit(settings, d).content_limit for d in (0, 0.1, 0.4, 0.8, 1)]
    assert found == [0.25, 0.25, 0.325, 0.3625, 0.4]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(content_limit=0.0),
        Settings(content_limit=0.5, pattern_limit=0.4),
        Settings(pattern_limit=0.0),
    ],
)
def test_a_limit_is_neither_made_nor_lowered(settings):
    assert with_pattern_limit(settings, 1.0) == settings


def test_all_styles_must_be_patterns(photo):
    settings = Settings(size=128)
    painting = packaged_path("examples", "painting.jpg")
    assert Inputs.read(photo, [cloth(), cloth(period=24)], settings).pattern_degree == 1
    assert Inputs.read(photo, [cloth(), painting], settings).pattern_degree == 0


def test_a_pattern_with_a_mask_is_none(photo):
    mask = Image.new("L", (64, 48), "white")
    mask.paste(0, (0, 0, 20, 48))
    inputs = Inputs.read(photo, [cloth()], Settings(size=128), style_masks=[mask])
    assert inputs.pattern_degree == 0


@pytest.mark.parametrize(
    ("objective", "memory"), [("WholeObjective", None), ("TiledObjective", BASE_BYTES + 11_000_000)]
)
def test_a_run_has_the_limit_of_its_styles(photo, tiny_settings, monkeypatch, objective, memory):
    pytest.importorskip("onnxruntime")
    limits, real = [], getattr(objective_factory, objective)

    def make(*arguments, **options):
        limits.append(options["settings"].content_limit)
        return real(*arguments, **options)

    monkeypatch.setattr(objective_factory, objective, make)
    painting = packaged_path("examples", "painting.jpg")
    for style, limit in ((cloth(), 0.4), (cloth(), 0.0), (painting, 0.4)):
        settings = tiny_settings(size=200, scales=1, iterations=1, equalize=True)
        settings = replace(settings, content_limit=0.25, pattern_limit=limit)
        list(stylize(photo, style, settings, memory=memory))
    assert limits == [0.4, 0.25, 0.25]
