"""Kinds of files by their first bytes, and what is said of those that are not read."""

import io

import pytest
from images import random_image
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.file_kinds import HEAD_BYTES, find_kind
from ortstyle.pictures.read import read_picture

BOXES = b"\0\0\0\x18ftyp%s\0\0\0\0%s"
REFUSED = {
    "an SVG drawing": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "a web page": b"\n<!DOCTYPE html><html></html>",
    "a PDF document": b"%PDF-1.7\n",
    "a JPEG XL picture": b"\xff\x0a\xfa\x7f",
    "an OpenEXR picture": b"v/1\x01\x02\0\0\0",
    "a Radiance HDR picture": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n",
    "a camera's raw file": BOXES % (b"crx ", b"isom"),
    "a video": BOXES % (b"isom", b"mp42"),
    "a ZIP archive": b"PK\x03\x04\x14\0",
    "compressed with gzip": b"\x1f\x8b\x08",
    "a DICOM picture": bytes(128) + b"DICM",
    "a file of GIMP's": b"gimp xcf v011",
    "a game's texture": b"FTEX\1\0\0\0",
    "a large Photoshop file (PSB)": b"8BPS\0\2",
    "a JPEG-LS picture": b"\xff\xd8\xff\xf7",
    "a JPEG XR picture": b"II\xbc\1",
    "a PAM picture": b"P7\nWIDTH 4\n",
    "a PFM picture in colour": b"PF\n4 4\n-1.0\n",
    "a DPX picture": b"SDPX",
    "a Cineon picture": b"\x80\x2a\x5f\xd7",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_named(tmp_path, name):
    path = tmp_path / "a.png"
    path.write_bytes(REFUSED[name].ljust(200, b"\0"))
    with pytest.raises(PictureError) as caught:
        read_picture(path, name="content")
    message = str(caught.value)
    assert message.startswith(f"content {path} is {name}, which is not supported; ")
    assert "\n" not in message


@pytest.mark.parametrize("data", [b"", b"hello", b"\0" * 100, b"<note/>", b"RIFF1234WAVE", b"\xff"])
def test_other_bytes_tell_nothing(data):
    assert find_kind(data) is None


def test_the_main_brand_of_boxes_counts():
    assert find_kind(BOXES % (b"avif", b"mif1")).name == "AVIF"
    assert find_kind(BOXES % (b"mif1", b"avif")).name == "AVIF"
    assert find_kind(BOXES % (b"heic", b"mif1")).name == "HEIC"
    assert find_kind(BOXES % (b"mif1", b"heic")).name == "HEIC"
    assert find_kind(b"\xef\xbb\xbf <SVG/>".lower()).name == "an SVG drawing"
    assert find_kind(b"<!-- made by hand --><svg/>").name == "an SVG drawing"


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000"])
def test_damage_is_told_from_a_kind_that_is_not_supported(tmp_path, format_):
    file = io.BytesIO()
    random_image().save(file, format_)
    data = file.getvalue()
    kind = find_kind(data[:HEAD_BYTES])
    assert kind is not None
    assert not kind.advice
    (tmp_path / "a").write_bytes(data[:16] + bytes(60))
    with pytest.raises(PictureError, match=r"is damaged|has no pixels"):
        read_picture(tmp_path / "a")
    assert find_kind(b"random") is None


def test_heic_is_read_by_another_package_or_that_is_named(tmp_path):
    path = tmp_path / "a.heic"
    path.write_bytes((BOXES % (b"heic", b"mif1")).ljust(100, b"\0"))
    try:
        import pillow_heif
    except ImportError:
        with pytest.raises(PictureError, match=r"is HEIC, .*: pip install pillow-heif"):
            read_picture(path)
        return
    with pytest.raises(PictureError, match="begins as HEIC but is damaged"):
        read_picture(path)
    image = random_image(6, 4).resize((96, 64), Image.Resampling.BICUBIC)
    pillow_heif.from_pillow(image).save(path, quality=95)
    found = read_picture(path)
    assert (found.size, found.depth) == ((96, 64), 8)
