"""Hints about pictures that are known to give poor results: when they are given, and when not."""

from dataclasses import replace

import numpy as np
import pytest

from ortstyle.packaged import packaged_path
from ortstyle.pictures.read import read_picture
from ortstyle.run.hints import describe_enlargement, describe_plain_content, describe_small_style
from ortstyle.run.inputs import Inputs
from ortstyle.settings.settings import Settings


def content_of(levels):
    return read_picture(np.asarray(levels).clip(0, 255).astype(np.uint8), name="content")


def slope(amount, *, noise=0.0):
    """Return a grey picture whose levels rise by `amount` from top to bottom, (480, 640, 3)."""
    rng = np.random.default_rng(0)
    rows = np.broadcast_to(np.linspace(128, 128 + amount, 480)[:, None, None], (480, 640, 3))
    return rows + rng.normal(0, noise, (480, 640, 1))


DEFAULT = Settings()


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(slope(15), id="fog"),
        pytest.param(slope(40), id="sky"),
        pytest.param(slope(0, noise=10), id="noise"),
    ],
)
def test_a_content_without_structure_is_told(plain):
    hint = describe_plain_content(content_of(plain), DEFAULT)
    assert hint == (
        "content has hardly any structure, and stays nearly as it is; --content-weight 0 lets the "
        "painting grow over it"
    )
    for setting in ("content_weight", "style_weight", "variance_floor"):
        settings = replace(DEFAULT, **{setting: 0.0})
        assert not describe_plain_content(content_of(plain), settings)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_content_of_one_colour_is_painted_over_anyway(level):
    assert not describe_plain_content(content_of(np.full((40, 30, 3), level)), DEFAULT)


def test_a_content_with_structure_is_not(photo):
    assert not describe_plain_content(read_picture(photo, name="content"), DEFAULT)
    hill = slope(0)
    hill[240:, 200:] -= 40
    assert not describe_plain_content(content_of(hill), DEFAULT)
    assert not describe_plain_content(content_of(slope(100)), DEFAULT)
    two_colours = np.full((30, 40, 3), (120, 120, 120))  # of one brightness
    two_colours[:, 20:] = (140, 115, 90)
    assert not describe_plain_content(content_of(two_colours), DEFAULT)


@pytest.mark.parametrize(
    ("original", "side", "scales", "said"),
    [
        ((100, 60), 200, (1.0,), ""),
        ((100, 60), 201, (1.0,), "from 100 to 201 pixels"),
        ((60, 100), 400, (1.0,), "or --style-scale 0.25 for finer strokes"),
        ((100, 60), 300, (1.0,), "or --style-scale 0.34 for finer strokes"),  # 102 pixels
        ((100, 60), 400, (0.5,), ""),
        ((100, 60), 400, (1.0, 0.25), ""),  # also at its own size
        ((100, 60), 400, (1.0, 2.0), "from 100 to 400 pixels"),
        ((100, 31), 400, (1.0,), "give a larger picture of it"),
    ],
)
def test_a_style_far_smaller_than_the_result_is_told(original, side, scales, said):
    hint = describe_small_style("style a.jpg", original, side, scales)
    assert said in hint
    assert bool(hint) is bool(said)
    assert "\n" not in hint
    if min(original) < 32:  # its own size is too small for a network
        assert "--style-scale" not in hint


def test_the_advised_scale_silences_the_hint(photo):
    small = photo.crop((0, 0, 16, 12)).resize((64, 48))
    settings = Settings(size=256)
    (hint,) = [
        notice
        for notice in Inputs.read(photo.resize((256, 192)), [small], settings).notices
        if "blurs" in notice
    ]
    assert hint == (
        "style is enlarged from 64 to 256 pixels, which blurs its strokes; give a larger picture "
        "of it, or --style-scale 0.25 for finer strokes"
    )
    settings = Settings(size=256, style_scale=0.25)
    assert Inputs.read(photo.resize((256, 192)), [small], settings).notices == ()


def test_two_small_styles_of_one_name_are_told_once(photo):
    large, small = photo.resize((256, 192)), photo.crop((0, 0, 16, 12))
    assert len(Inputs.read(large, [small, small], Settings(size=256)).notices) == 1


def test_the_example_pictures_are_fine():
    photograph, style = (packaged_path("examples", f"{n}.jpg") for n in ("photo", "painting"))
    assert Inputs.read(photograph, [style], Settings(size=512)).notices == ()


def test_enlarging_names_both_sizes(photo):
    picture = read_picture(photo, name="content")
    assert not describe_enlargement(picture, picture.size)
    said = describe_enlargement(picture.resize((96, 72)), picture.size)
    assert said == "content is enlarged from 48 to 96 pixels; --size content would keep its size"


def test_a_plain_content_is_told_in_a_run(painting):
    (hint,) = Inputs.read(slope(40).astype(np.uint8), [painting], Settings(size=64)).notices
    assert hint.startswith("content has hardly any structure")
