"""Contact sheets in files: images and pages of many pictures, also of some that can't be read."""

import gc
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.report import contact_sheet
from ortstyle.report.contact_grid import Cell
from ortstyle.report.contact_sheet import check_contact_sheet, save_contact_sheet


def is_red(array):
    return (array[..., 0] > 200) & (array[..., 1] < 60)


@pytest.fixture
def red(tmp_path):
    path = tmp_path / "red picture.png"
    Image.new("RGB", (300, 200), "#ff0000").save(path)
    return path


def test_an_image_is_saved(tmp_path, red):
    cells = [Cell(red, row=r, column=c) for r in "ab" for c in "xy"]
    found = save_contact_sheet(
        tmp_path / "sheet.png", cells, title="T", side=60, row_pictures={"a": red}
    )
    assert found == ""
    with Image.open(tmp_path / "sheet.png") as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert is_red(np.asarray(image)).sum() == pytest.approx(5 * 60 * 40, rel=0.02)


@pytest.mark.parametrize("name", ["sheet.html", "sheet.HTM"])
def test_a_page_is_saved(tmp_path, red, name):
    cells = [Cell(red, "a.png"), Cell(None, "b.png", "no space")]
    assert save_contact_sheet(tmp_path / name, cells, title="T", side=60) == ""
    text = (tmp_path / name).read_text("utf-8")
    assert text.count("<img ") == 1
    assert 'href="red%20picture.png"' in text
    assert "no space" in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_a_picture_that_can_not_be_read_takes_a_line(tmp_path, red, suffix):
    (tmp_path / "text.png").write_text("text", encoding="utf-8")
    cells = [Cell(tmp_path / "text.png", "a"), Cell(tmp_path / "none.png", "b"), Cell(red, "c")]
    path = tmp_path / f"sheet{suffix}"
    assert save_contact_sheet(path, cells, title="T") == ""
    if suffix == ".html":
        text = path.read_text("utf-8")
        assert re.search(r'class="missing">picture .*text\.png', text)
        assert text.count('class="missing"') == 2
        assert str(tmp_path) not in text
        assert text.count("<img ") == 1


def test_images_in_memory_are_shown(tmp_path, photo):
    save_contact_sheet(tmp_path / "sheet.html", [Cell(photo, "a")], title="T")
    text = (tmp_path / "sheet.html").read_text("utf-8")
    assert text.count("<img ") == 1
    assert "href" not in text


def test_pictures_beyond_the_most_are_left_out(tmp_path, photo, monkeypatch):
    monkeypatch.setattr(contact_sheet, "MOST_CELLS", 3)
    cells = [Cell(photo, str(i)) for i in range(5)]
    found = save_contact_sheet(tmp_path / "sheet.html", cells, title="T")
    assert re.search(r"^sheet .*sheet\.html: 2 pictures are left out, as it holds 3$", found)
    assert (tmp_path / "sheet.html").read_text("utf-8").count("<img ") == 3


def test_thumbnails_of_very_many_pictures_are_smaller(tmp_path, photo, monkeypatch):
    monkeypatch.setattr(contact_sheet, "_PAGE_PIXELS", 40_000)
    cells = [Cell(photo, str(i)) for i in range(100)]
    found = save_contact_sheet(tmp_path / "sheet.html", cells, title="T", side=40)
    assert "its thumbnails have 20 pixels instead of 40" in found
    plain = save_contact_sheet(tmp_path / "sheet.html", cells[:25], title="T", side=40)
    assert plain == ""


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_only_thumbnails_are_kept(tmp_path, monkeypatch, suffix):
    Image.new("RGB", (70, 50)).save(tmp_path / "a.png")
    alive = []

    def make(*arguments, **given):
        found = real(*arguments, **given)
        objects = (each for each in gc.get_objects() if isinstance(each, Image.Image))
        alive.append(sum(image.size == (70, 50) for image in objects))
        return found

    real = contact_sheet.make_thumbnail
    monkeypatch.setattr(contact_sheet, "make_thumbnail", make)
    cells = [Cell(tmp_path / "a.png", str(i)) for i in range(5)]
    save_contact_sheet(tmp_path / f"sheet{suffix}", cells, title="T", side=16)
    assert alive == [0] * 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sheet.txt", r"sheet .*sheet\.txt must end in \.png or \.html or \.htm"),
        ("none/sheet.png", r"its folder does not exist"),
        (".", "sheet"),
    ],
)
def test_what_can_not_be_written_is_refused_before_the_work(tmp_path, name, message):
    with pytest.raises(OutputError, match=message):
        check_contact_sheet(tmp_path / name)
    with pytest.raises(OutputError, match=message):
        save_contact_sheet(tmp_path / name, [Cell(Path("never read"))], title="")
    assert list(tmp_path.iterdir()) == []
