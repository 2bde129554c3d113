"""Headers tell the size and the memory of pictures without decoding them."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.header import PictureHeader, read_header
from ortstyle.pictures.read import read_picture


def saved(folder, name, mode="RGB", **options):
    """Save a picture of 40×30 and return its path."""
    Image.new(mode, (40, 30), options.pop("color", 0)).save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.jpg", "RGB"),
        ("a.png", "RGB"),
        ("a.png", "RGBA"),
        ("a.png", "LA"),
        ("a.png", "P"),
        ("a.png", "I;16"),
        ("a.webp", "RGBA"),
        ("a.tif", "I;16"),
        ("a.tif", "F"),
        ("a.gif", "P"),
        ("a.bmp", "L"),
    ],
)
def test_a_header_tells_what_the_picture_takes(tmp_path, name, mode):
    path = saved(tmp_path, name, mode)
    header, picture = read_header(path, name="content"), read_picture(path, name="content")
    assert header.size == picture.size == (40, 30)
    assert header.label == picture.label == f"content {path}"
    exact = PictureHeader.of(picture).pixel_bytes
    deep = path.suffix == ".tif" or mode == "I;16"  # of which nothing more is known
    assert exact <= header.pixel_bytes <= (13 if deep else exact + 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_on_its_side_is_turned(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, "turned.jpg", exif=exif)
    assert read_header(path).size == read_picture(path).size


def test_nothing_is_decoded(tmp_path):
    path = tmp_path / "cut.png"
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    assert read_header(path).size == (400, 300)
    with pytest.raises(PictureError):
        read_picture(path)


def test_arrays_and_pictures_in_memory():
    assert read_header(np.zeros((30, 40, 3), np.uint8)).size == (40, 30)
    picture = read_picture(Image.new("RGB", (40, 30)))
    for source in (picture, Image.new("RGB", (40, 30))):
        assert read_header(source).size == (40, 30)
        assert read_header(source).pixel_bytes == 4


def test_what_is_no_picture_is_told_as_when_it_is_read(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for path in (tmp_path / "none.png", tmp_path, tmp_path / "text.png"):
        messages = []
        for read in (read_header, read_picture):
            with pytest.raises(PictureError) as caught:
                read(path, name="style")
            messages.append(str(caught.value))
        assert messages[0] == messages[1]
    with pytest.raises(PictureError, match="more than 100 pixels"):
        read_header(saved(tmp_path, "large.png"), max_pixels=100)


@pytest.mark.parametrize("shape", [(), (3,), (0, 4, 3), (4, 0), (1, 4, 4, 3), (3, 4, 5)])
def test_arrays_of_no_picture_have_no_size(shape):
    with pytest.raises(PictureError, match=r"content: shape .* (is not a picture's|no pixels)"):
        read_header(np.zeros(shape, np.uint8), name="content")
