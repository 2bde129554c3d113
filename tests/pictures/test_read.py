"""Reading pictures: files, orientation, frames, and refused sources."""

import io
from importlib import resources

import numpy as np
import pytest
from images import RED, WHITE, random_image
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.read import read_picture, read_rgb

ORIENTATION = 0x0112


def error_of(source, **options):
    with pytest.raises(PictureError) as caught:
        read_rgb(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".ppm", ".tga"])
def test_lossless_files_come_back_exactly(tmp_path, suffix):
    original = random_image()
    original.save(tmp_path / f"a{suffix}")
    opened = read_rgb(tmp_path / f"a{suffix}")
    assert opened.mode == "RGB"
    assert opened.info == {}
    np.testing.assert_array_equal(opened, original)


def test_a_string_a_path_an_image_and_an_array_are_the_same(tmp_path):
    original = random_image()
    original.save(tmp_path / "a.png")
    for source in (str(tmp_path / "a.png"), tmp_path / "a.png", original, np.asarray(original)):
        np.testing.assert_array_equal(read_rgb(source), original)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, suffix, orientation):
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :16] = RED
    upright[16:, 32:] = WHITE
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / f"a.{suffix}"
    stored = Image.fromarray(np.ascontiguousarray(turn(upright)))
    stored.save(path, exif=exif, **({"quality": 95} if suffix in {"jpg", "webp"} else {}))
    opened = read_rgb(path)
    assert opened.size == (48, 32)
    assert opened.getexif().get(ORIENTATION, 1) == 1
    np.testing.assert_allclose(np.asarray(opened, int)[8, 8], RED, atol=12)
    np.testing.assert_allclose(np.asarray(opened, int)[24, 40], WHITE, atol=12)


def test_an_opened_image_is_turned_and_left_as_it_was():
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    random_image().save(buffer, "PNG", exif=exif)
    image = Image.open(buffer)
    assert read_rgb(image).size == (16, 24)
    assert image.size == (24, 16)
    assert image.getexif()[ORIENTATION] == 6


def test_damaged_exif_does_not_hide_the_picture(tmp_path):
    random_image().save(
        tmp_path / "a.png", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + b"\x77" * 40
    )
    random_image().save(
        tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x05" + b"\x01"
    )
    assert read_rgb(tmp_path / "a.png").size == (24, 16)
    assert read_rgb(tmp_path / "a.jpg").size == (24, 16)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_the_first_frame_of_an_animation(tmp_path, suffix):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, (0, 0, 255), WHITE)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    opened = np.asarray(read_rgb(tmp_path / f"a.{suffix}"), int)
    np.testing.assert_allclose(opened[8, 8], RED, atol=4)


def test_further_frames_are_told_of(tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, (0, 0, 255), WHITE)]
    for suffix in ("gif", "png", "webp", "tif"):
        path = tmp_path / f"a.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        told = f"style {path} holds 3 pictures; the first is taken"
        assert read_picture(path, name="style").notices == (told,)
        frames[0].save(path)
        assert read_picture(path).notices == ()


def test_what_was_read_is_not_read_again(tmp_path):
    opened = read_picture(random_image())
    assert read_picture(opened) is opened


@pytest.mark.parametrize("source", [None, 3, b"bytes", [[0]]])
def test_other_things_are_refused(source):
    assert type(source).__name__ in error_of(source)


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (0, 0)])
def test_an_image_without_pixels(size):
    assert "no pixels" in error_of(Image.new("RGB", size))


def test_the_example_pictures():
    examples = resources.files("ortstyle") / "examples"
    total = 0
    for name in ("photo.jpg", "painting.jpg"):
        data = (examples / name).read_bytes()
        total += len(data)
        assert 500 <= max(read_rgb(Image.open(io.BytesIO(data))).size) <= 800
    assert total <= 500_000


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".gif"])
def test_an_image_that_was_closed_is_not_called_damaged(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    random_image().save(path)
    made, lazy, loaded = random_image(), Image.open(path), Image.open(path)
    loaded.load()
    for image in (made, lazy, loaded):
        image.close()
    with Image.open(path) as left:
        pass
    with path.open("rb") as file:
        without_file = Image.open(file)
    for image in (made, lazy, loaded, left, without_file):
        told = error_of(image, name="content")
        assert told == "content is a PIL image that has been closed; give it while it is open"
    with Image.open(path) as kept:
        kept.load()
    assert read_rgb(kept).size == random_image().size  # its pixels are still there


def test_an_open_image_that_is_damaged_is_called_so(tmp_path):
    random_image().save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    assert "is damaged or cut short" in error_of(Image.open(io.BytesIO(data[: len(data) // 2])))
