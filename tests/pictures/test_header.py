"""Headers tell the size and the memory of pictures without decoding them."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.header import PictureHeader, read_header
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.read import read_picture

TURNED = Image.Exif()
TURNED[0x0112] = 6


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


#: Prints the bytes that reading a picture takes at its peak, and those that its header tells.
READING = """
import sys
from pathlib import Path
from ortstyle.pictures.header import read_header
from ortstyle.pictures.read import read_picture

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith(name)))

read_picture(sys.argv[1])  # what is loaded once
told = read_header(sys.argv[2]).reading_bytes(64)
Path("/proc/self/clear_refs").write_text("5")  # reset the peak
before = status("VmHWM")
read_picture(sys.argv[2], side=64).resize_to_side(64)
print(status("VmHWM") - before, told)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {}),
        ("a.jpg", "RGB", {"progressive": True, "subsampling": 0}),
        ("a.jpg", "CMYK", {}),
        ("a.jpg", "RGB", {"icc_profile": srgb_profile()}),
        ("a.png", "RGBA", {"exif": TURNED}),
        ("a.png", "I;16", {}),
        ("a.tif", "RGB", {}),
        ("a.webp", "RGB", {}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else str(value),
)
def test_a_header_tells_what_reading_takes(tmp_path, name, mode, options):
    rng, bands = np.random.default_rng(0), len(Image.new(mode, (1, 1)).getbands())
    if mode == "I;16":
        noise = rng.integers(0, 65536, (3000, 4000), np.uint16)
    else:
        noise = np.tile(rng.integers(0, 256, (100, 4000, bands), np.uint8), (30, 1, 1))
    path = tmp_path / name
    Image.fromarray(noise, None if mode == "I;16" else mode).save(path, **options)
    small = saved(tmp_path, f"small-{name}", mode, **options)
    command = [sys.executable, "-c", READING, str(small), str(path)]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    taken, told = map(int, found.stdout.split())
    assert 1e7 < taken <= told
