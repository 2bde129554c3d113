"""A copy of a PNG has the same pixels and colours, and other metadata."""

import io

import pytest
from images import random_image
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ortstyle.errors import PictureError
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.png_chunks import chunks
from ortstyle.pictures.png_copy import copy_png

NONE = Encoding(metadata="none")


def png(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file


def copied(file, *, carried=Carried(), text=None, encoding=Encoding()):  # noqa: B008  frozen
    out = io.BytesIO()
    copy_png(file, out, carried=carried, text=text, encoding=encoding)
    return out


def kinds(file):
    return [kind for kind, _ in chunks(file)]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_pixels_stay(mode):
    image = random_image(33, 21)
    image = image.convert("L").convert("I;16") if mode == "I;16" else image.convert(mode)
    with Image.open(copied(png(image), encoding=NONE)) as found:
        assert found.mode == image.mode
        assert found.tobytes() == image.tobytes()
        assert found.getpalette() == image.getpalette()


def test_colours_stay_and_nothing_else():
    info = PngInfo()
    info.add_text("Author", "me")
    info.add_itxt("ortstyle", "{}")
    info.add(b"tIME", bytes(7))
    image = random_image().convert("P")
    file = png(
        image, pnginfo=info, dpi=(300, 300), transparency=3, icc_profile=srgb_profile(), exif=b"MM"
    )
    assert {b"eXIf", b"iTXt", b"tEXt", b"tIME", b"pHYs"} < set(kinds(file))
    out = copied(file, encoding=NONE)
    assert kinds(out) == [b"IHDR", b"iCCP", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    with Image.open(out) as found:
        assert found.info["icc_profile"] == srgb_profile()
        assert found.info["transparency"] == 3


def test_new_metadata_comes_before_the_pixels():
    out = copied(png(random_image()), carried=Carried(resolution=(150, 150)), text="{}")
    assert kinds(out) == [b"IHDR", b"pHYs", b"iTXt", b"IDAT", b"IEND"]
    with Image.open(out) as found:
        assert found.info["ortstyle"] == "{}"
        assert round(found.info["dpi"][0]) == 150


def test_a_file_that_is_cut_short_or_no_png_is_refused():
    whole = png(random_image()).getvalue()
    for size in (60, len(whole) - 12, len(whole) - 30):
        with pytest.raises(PictureError, match="cut short"):
            copied(io.BytesIO(whole[:size]))
    for data in (b"", whole[:20], b"a letter to a friend, which is no picture"):
        with pytest.raises(PictureError, match="no PNG"):
            copied(io.BytesIO(data))
