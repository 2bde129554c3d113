"""The sizes and bytes of a run's pictures, foretold from headers, are those once they are read."""

import pytest
from PIL import Image

from ortstyle.run.inputs import Inputs
from ortstyle.run.sizes import RunSizes
from ortstyle.settings.settings import Settings


@pytest.fixture
def pictures(tmp_path):
    """Return the paths of a content and two styles of odd proportions."""
    paths = []
    for name, size in (("content.png", (301, 197)), ("a.jpg", (150, 403)), ("b.png", (77, 77))):
        Image.new("RGB", size, (90, 120, 30)).save(tmp_path / name)
        paths.append(tmp_path / name)
    return paths


@pytest.mark.parametrize("colors", ["style", "content", "luminance", "match-linear"])
@pytest.mark.parametrize("scale", [1.0, ((0.31, 1.7), 0.5)], ids=str)
def test_sizes_are_those_of_the_pictures_that_are_read(pictures, colors, scale):
    content, *styles = pictures
    settings = Settings(size=200, style_scale=scale, colors=colors)
    sizes = RunSizes.read(content, styles, settings)
    inputs = Inputs.read(content, styles, settings)
    for side in (200, 141, 50, 7):
        assert sizes.at(side) == inputs.sizes(side)
        assert sizes.size(side) == inputs.size(side)
        painted = inputs.at(side)
        assert painted.content.shape[2:] == sizes.at(side)[0]
        assert [s.pixels.shape[2:] for s in painted.styles] == sizes.at(side)[1:]
    assert inputs.bytes <= sizes.bytes <= 1.1 * inputs.bytes


def test_masks_count(pictures, tmp_path):
    content, *styles = pictures
    Image.new("L", (30, 20), 128).save(tmp_path / "mask.png")
    masks = {"content_mask": (str(tmp_path / "mask.png"), ""), "style_mask": ("", "")}
    plain = RunSizes.read(content, styles, Settings(size=200))
    masked = RunSizes.read(content, styles, Settings(size=200, **masks))
    assert masked.bytes > plain.bytes
    assert Inputs.read(content, styles, masked.settings).bytes <= masked.bytes


def test_another_size_of_the_same_run(pictures):
    content, *styles = pictures
    sizes = RunSizes.read(content, styles, Settings(size=200))
    larger = sizes.with_size(400)
    assert larger.at(400) == RunSizes.read(content, styles, Settings(size=400)).at(400)
    assert larger.bytes == pytest.approx(4 * sizes.bytes, rel=0.02)


def test_huge_sizes_cost_nothing(pictures):
    content, *styles = pictures
    sizes = RunSizes.read(content, styles, Settings(size=10**6, style_scale=90.0))
    assert sizes.bytes > 10**16
    assert sizes.at(10**6)[0] == (654485, 10**6)


@pytest.mark.parametrize("colors", ["style", "luminance", "match-linear"])
def test_masks_that_are_given_and_those_of_transparency_count(pictures, tmp_path, colors):
    content, *_ = pictures
    Image.new("RGBA", (150, 403), (90, 120, 30, 128)).save(tmp_path / "soft.png")
    styles, settings = [tmp_path / "soft.png", pictures[2]], Settings(size=200, colors=colors)
    half = Image.new("L", (30, 20), 128)
    given = {"content_masks": [half, None], "style_masks": [None, half]}
    whole = {"style_masks": [None, None]}
    for masks in ({}, given, whole):
        sizes = RunSizes.read(content, styles, settings, **masks)
        read = Inputs.read(content, styles, settings, **masks)
        assert read.bytes <= sizes.bytes <= 1.1 * read.bytes
