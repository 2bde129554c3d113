"""Styles of nearly one colour: where the content is tinted, and what is said."""

from dataclasses import replace

import numpy as np
import pytest
from commands import needs_runtime
from PIL import Image, ImageFilter

from ortstyle.packaged import packaged_path
from ortstyle.pictures.read import read_picture
from ortstyle.run.flat_styles import tint_regions
from ortstyle.run.stylize import stylize
from ortstyle.settings.settings import Settings

WHITE = Image.new("RGB", (20, 20), "white")


def read(image, name):
    return replace(read_picture(image, name="picture"), label=f"style {name}")


def regions_of(content, styles, *, shares=None, region_of=None, regions=(None,), **settings):
    return tint_regions(
        read_picture(content, name="content"),
        [read(style, f"{k}.png") for k, style in enumerate(styles)],
        shares=shares or [1 / len(styles)] * len(styles),
        region_of=region_of or [0] * len(styles),
        regions=list(regions),
        **{"floor": 0.2, "colors": "style"} | settings,
    )


def test_a_painting_changes_nothing(photo, painting):
    assert regions_of(photo, [painting]) == (None, [])


def test_paper_tints_the_content_and_that_is_said(photo):
    found, notices = regions_of(photo, [WHITE])
    assert found.mean() > 245
    advice = "; --colors content keeps its own colours"
    assert notices == ["style 0.png is nearly of one colour: the content is drawn in it" + advice]
    found, notices = regions_of(photo, [WHITE, WHITE])
    assert notices == [
        "style 0.png and style 1.png are nearly of one colour: the content is drawn in it" + advice
    ]


def test_what_is_done_already_is_not_advised(photo):
    _, notices = regions_of(photo, [WHITE], colors="content")
    assert notices == ["style 0.png is nearly of one colour: the content is drawn in it"]


def test_without_a_floor_nothing_is_tinted(photo):
    assert regions_of(photo, [WHITE], floor=0.0) == (None, [])


def test_sheets_of_different_colours_are_not_flat_together(photo):
    black = Image.new("RGB", (20, 20))
    assert regions_of(photo, [WHITE, black]) == (None, [])


def test_a_flat_content_is_not_tinted():
    assert regions_of(Image.new("RGB", (30, 20), "red"), [WHITE]) == (None, [])


def test_only_the_region_of_the_paper_is_tinted(photo, painting):
    mask = np.zeros((36, 48), np.float32)
    mask[:, :24] = 255
    regions = [Image.fromarray(mask), Image.fromarray(255 - mask)]
    found, notices = regions_of(
        photo, [WHITE, painting], shares=[1, 1], region_of=[0, 1], regions=regions
    )
    content = read_picture(photo, name="content").pixels
    np.testing.assert_array_equal(found[..., 24:], content[..., 24:])
    assert found[..., :24].mean() > content[..., :24].mean() + 30
    assert len(notices) == 1


def test_what_is_transparent_does_not_count(photo):
    page = np.full((20, 20, 4), 255, np.uint8)
    page[:10] = np.random.default_rng(0).integers(0, 255, (10, 20, 4))
    page[:10, :, 3] = 0
    found, notices = regions_of(photo, [Image.fromarray(page)])
    assert found.mean() > 245
    assert len(notices) == 1


@pytest.mark.parametrize("weak", [0.03, 0.12])
def test_a_nearly_flat_style_tints_by_degrees(photo, weak):
    content = np.asarray(photo.convert("RGB"), float)
    style = 128 + (content - content.mean((0, 1))) * np.sqrt(weak)
    found, notices = regions_of(photo, [Image.fromarray(style.round().astype(np.uint8))])
    moved = abs(found - read_picture(photo, name="content").pixels).mean()
    whole, _ = regions_of(photo, [Image.new("RGB", (20, 20), (128, 128, 128))])
    most = abs(whole - read_picture(photo, name="content").pixels).mean()
    assert moved / most == pytest.approx(1 - weak / 0.2, abs=0.1)
    assert bool(notices) is (weak < 0.1)


def luminance_edges(image, size):
    grey = image.convert("L").resize(size).filter(ImageFilter.GaussianBlur(1))
    return np.hypot(*np.gradient(np.asarray(grey, float))).ravel()


@needs_runtime
@pytest.mark.parametrize(
    "paper",
    [
        pytest.param((255, 255, 255), id="white"),
        pytest.param((0, 0, 0), id="black", marks=pytest.mark.slow),
        pytest.param((0, 47, 167), id="blue", marks=pytest.mark.slow),
        pytest.param((128, 128, 128), id="grey", marks=pytest.mark.slow),
    ],
)
def test_paper_keeps_the_photograph_legible_in_its_colour(paper):
    photograph = Image.open(packaged_path("examples", "photo.jpg"))
    settings = Settings(size=128, iterations=30)
    *_, last = stylize(photograph, [Image.new("RGB", (64, 64), paper)], settings, device="cpu")
    found = last.image
    assert abs(np.asarray(found, float).mean((0, 1)) - paper).max() < 10
    edges = [luminance_edges(image, found.size) for image in (found, photograph)]
    assert np.corrcoef(*edges)[0, 1] > 0.5
