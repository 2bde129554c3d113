"""Writing pictures: every format, whole files or none, and outputs refused beforehand."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from images import random_image
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.exif import Exif, read_exif
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.picture import resize_to_side
from ortstyle.pictures.read import read_embedded_text, read_picture, read_rgb
from ortstyle.pictures.tiff_directory import Entry
from ortstyle.pictures.write import (
    check_output,
    check_size,
    describe_colors,
    describe_losses,
    holds_16_bits,
    save_picture,
)


def refusal_of(path):
    with pytest.raises(OutputError) as caught:
        check_output(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


@pytest.mark.parametrize(
    "suffix", [".png", ".PNG", ".jpg", ".jpeg", ".tif", ".webp", ".gif", ".bmp"]
)
def test_what_is_saved_can_be_opened(tmp_path, suffix):
    path = check_output(tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())
    smooth = resize_to_side(random_image(4, 3), 120)
    save_picture(smooth, path)
    assert [path] == list(tmp_path.iterdir())
    difference = np.asarray(read_rgb(path), float) - np.asarray(smooth, float)
    assert np.abs(difference).mean() < (8 if suffix == ".gif" else 3)


def test_jpeg_keeps_full_chroma(tmp_path):
    save_picture(random_image(), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}


def test_any_mode_is_saved_as_rgb(tmp_path):
    save_picture(Image.new("LA", (4, 4)), tmp_path / "a.jpg")
    assert read_rgb(tmp_path / "a.jpg").size == (4, 4)


def test_outputs_that_can_not_be_written(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    for name, words in {
        "folder.png": "folder",
        "none/a.png": "does not exist",
        "file/a.png": "is a file, not a folder",
        "plain": "plain.png",
        "a.xyz": ".png",
        "a.xbm": "no colour picture",
        "a.ico": "no colour picture",
        "a.psd": "no colour picture",
        "x" * 300 + ".png": "can't be written",
        "nul\0.png": "can't be written",
    }.items():
        assert words in refusal_of(tmp_path / name)
        with pytest.raises(OutputError):
            save_picture(random_image(), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


@pytest.mark.parametrize("stage", ["save", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("no")])
def test_a_failing_save_leaves_the_old_file(tmp_path, monkeypatch, stage, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise error

    if stage == "save":

        def fail_late(self, file, *_, **__):
            file.write(b"half")
            if not isinstance(file, io.BytesIO):  # `find_format` saves to one
                raise error

        monkeypatch.setattr(Image.Image, "save", fail_late)
    else:
        monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[stage], fail)
    with pytest.raises(OutputError, match=r"a\.png"):
        save_picture(random_image(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a privilege to make links")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "a.png"
    link.symlink_to(tmp_path / "there" / "b.png")
    save_picture(random_image(), check_output(link))
    assert link.is_symlink()
    np.testing.assert_array_equal(read_rgb(tmp_path / "there" / "b.png"), random_image())
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    refusal_of(tmp_path / "loop.png")


@pytest.mark.parametrize(
    ("name", "holds"), [("a.png", True), ("a.TIF", True), ("a.jpg", False), ("a.gif", False)]
)
def test_formats_of_sixteen_bits(tmp_path, name, holds):
    assert holds_16_bits(tmp_path / name) == holds


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_an_image_of_eight_bits_is_written_with_sixteen(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    save_picture(random_image(), path, encoding=Encoding(depth=16), text="{}")
    assert read_picture(path).depth == 16
    assert read_embedded_text(path) == "{}"
    np.testing.assert_array_equal(read_rgb(path), random_image())


def test_what_a_format_can_not_hold_is_left_out(tmp_path):
    path = tmp_path / "a.bmp"
    alpha = Image.new("L", (24, 16), 9)
    carried = Carried(xmp=b"<x/>", iptc=b"x", resolution=(300, 300))
    save_picture(random_image(), path, alpha=alpha, icc=b"profile", carried=carried, text="{}")
    assert read_picture(path).alpha is None
    assert read_picture(path).carried == Carried(resolution=(300, 300))
    assert read_embedded_text(path) is None


def test_a_size_that_the_format_can_not_hold(tmp_path):
    check_size(tmp_path / "a.webp", (16_383, 9))
    with pytest.raises(OutputError, match=r"^output .*a\.webp: \.webp holds at most 16,383"):
        check_size(tmp_path / "a.webp", (16_384, 9))
    with pytest.raises(OutputError, match=r"a\.webp: \.webp holds at most 16,383"):
        save_picture(Image.new("RGB", (16_384, 1)), tmp_path / "a.webp")
    assert not list(tmp_path.iterdir())


def test_few_colours_are_told():
    assert describe_colors("a.png") == describe_colors("a.xyz") == ""
    path = Path("b") / "a.GIF"
    assert describe_colors(path) == (
        f"{path} will have 256 colours, the most that .GIF holds; .png has all"
    )


NOTE = Entry(tags.UNDEFINED, b"x" * 70_000, 100)
ARTIST = Entry(tags.ASCII, b"Somebody\0")
LARGE = {
    "the settings of the run": {"text": "x" * 70_000},
    "some of the photograph's EXIF": {
        "carried": Carried(exif=Exif("<", {"exif": {tags.MAKER_NOTE: NOTE}}))
    },
    "XMP": {"carried": Carried(xmp=b"x" * 70_000)},
    "IPTC": {"carried": Carried(iptc=b"x" * 70_000)},
    "the settings of the run, XMP and IPTC": {
        "text": "x" * 70_000,
        "carried": Carried(xmp=b"x" * 70_000, iptc=b"x" * 70_000),
    },
}


@pytest.mark.parametrize("lost", LARGE)
def test_what_a_segment_of_jpeg_does_not_hold_is_told(tmp_path, lost):
    path = tmp_path / "a.jpg"
    assert describe_losses(path, **LARGE[lost]) == (
        f"{path} will lack {lost}, of which .jpg holds 64 kB; .png and .tif hold all"
    )
    save_picture(random_image(), path, **LARGE[lost])
    assert read_picture(path).size == (24, 16)
    for other in (tmp_path / "a.png", tmp_path / "a.tif"):
        assert describe_losses(other, **LARGE[lost]) == ""
    assert describe_losses(path, encoding=Encoding(metadata="none"), **LARGE[lost]) == ""
    assert describe_losses(path, carried=Carried(xmp=b"x", iptc=b"x"), text="x") == ""


def test_a_large_text_costs_no_tag_of_the_photograph(tmp_path):
    path, exif = tmp_path / "a.jpg", Exif("<", {"image": {0x013B: ARTIST}})
    save_picture(random_image(), path, carried=Carried(exif=exif), text="x" * 70_000)
    with Image.open(path) as image:
        assert read_exif(image.info["exif"]).groups["image"][0x013B].data == ARTIST.data
    assert "EXIF" not in describe_losses(path, carried=Carried(exif=exif), text="x" * 70_000)
