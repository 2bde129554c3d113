"""A picture that is computed later, in full or reduced without being computed in full."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ortstyle.run.deferred_picture import DeferredPicture, reduced
from ortstyle.run.stylize import stylize
from ortstyle.runtime.device_lookup import find_device


def smooth(width, height):
    """Return a smooth picture, (1, 3, H, W)."""
    y, x = np.mgrid[:height, :width] / max(width, height)
    planes = np.stack([200 * x, 90 + 80 * np.sin(5 * y), 255 * x * y])
    return planes[None].astype(np.float32)


@pytest.mark.parametrize("size", [(40, 30), (13, 10), (80, 60), (100, 7), (1, 1)])
def test_each_number_is_about_the_mean_of_what_it_stands_for(size):
    pixels = smooth(80, 60)
    found = reduced(pixels, size)
    assert found.shape == (1, 3, size[1], size[0])
    image = Image.fromarray(pixels[0].clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
    expected = np.asarray(image.resize(size, Image.Resampling.BOX), float).transpose(2, 0, 1)
    assert abs(found[0] - expected).mean() < 4


def test_a_picture_is_read_only_where_it_can_t_be_reduced_otherwise():
    pixels, read = smooth(80, 60), []
    picture = DeferredPicture(lambda: read.append(1) or pixels)
    assert picture().shape == pixels.shape
    assert picture.reduced((8, 6)).shape == (1, 3, 6, 8)
    assert len(read) == 2
    low = DeferredPicture(picture.read, lambda height, width: np.zeros((3, height, width)))
    assert low.reduced((8, 6)).shape == (1, 3, 6, 8)
    assert len(read) == 2


@pytest.mark.parametrize("memory", ["", "cpu"])
@pytest.mark.parametrize("changes", [{"spectral": 0.5}, {"spectral": 0.0}, {"colors": "content"}])
def test_thumbnails_show_the_picture(tiny_settings, memory, changes):
    pytest.importorskip("onnxruntime")
    content = Image.fromarray(smooth(96, 60)[0].clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
    settings = tiny_settings(size=96, iterations=3, content_weight=1e9, **changes)
    device = replace(find_device("cpu"), memory=memory)
    for iterate in stylize(content, content, settings, device=device):
        found = iterate.thumbnail((24, 24))
        assert found.size == (24, 15)
        expected = iterate.image.resize((24, 15), Image.Resampling.BOX)
        assert abs(np.asarray(found, float) - np.asarray(expected)).mean() < 4
        assert iterate.thumbnail((500, 500)).size == (96, 60)
