"""Thumbnails: small, with the colours of the picture, never enlarged."""

import numpy as np
import pytest
from images import ramp_of_16_bits, random_image
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.report.thumbnail import make_thumbnail


def test_a_thumbnail_is_the_picture_made_smaller(tmp_path):
    y, x = np.mgrid[:60, :120]
    image = Image.fromarray(np.stack([2 * x, 4 * y, 0 * x], -1).astype(np.uint8))
    image.save(tmp_path / "a.png")
    thumbnail = make_thumbnail(tmp_path / "a.png", side=24)
    assert (thumbnail.width, thumbnail.height) == (24, 12)
    assert thumbnail.jpeg.startswith(b"\xff\xd8")
    found = thumbnail.to_image()
    assert (found.mode, found.size) == ("RGB", (24, 12))
    expected = np.asarray(image.resize((24, 12), Image.Resampling.BOX), float)
    assert np.abs(np.asarray(found, float) - expected).mean() < 6


def test_a_small_picture_keeps_its_size():
    assert make_thumbnail(random_image(9, 7), side=64).to_image().size == (9, 7)


def test_what_is_transparent_is_white():
    thumbnail = make_thumbnail(Image.new("RGBA", (4, 4), (0, 0, 0, 0)), side=4)
    assert thumbnail.to_image().getpixel((1, 1)) == (255, 255, 255)


def test_a_picture_of_16_bits_has_a_thumbnail(tmp_path):
    Image.fromarray(ramp_of_16_bits()).save(tmp_path / "a.png")
    found = np.asarray(make_thumbnail(tmp_path / "a.png", side=32).to_image())
    assert found.shape == (4, 32, 3)
    assert found[0, 0, 0] < 40
    assert found[-1, -1, 0] > 215


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("text", encoding="utf-8")
    with pytest.raises(PictureError, match=r"a\.png"):
        make_thumbnail(tmp_path / "a.png", side=8)
    random_image(20, 20).save(tmp_path / "b.png")
    with pytest.raises(PictureError, match="pixels"):
        make_thumbnail(tmp_path / "b.png", side=8, max_pixels=100)
