"""A contact sheet as an image: every picture has its place, and texts have theirs."""

import re

import numpy as np
import pytest
from PIL import Image

from ortstyle.report.contact_grid import Cell, Grid, arrange
from ortstyle.report.contact_image import MAX_PIXELS, draw_contact_sheet, fitting_side
from ortstyle.report.thumbnail import make_thumbnail

COLORS = ["#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff", "#ff00ff"]
SIDE = 48


def cell_of(color, size=(SIDE, SIDE // 2), **given):
    return Cell(thumbnail=make_thumbnail(Image.new("RGB", size, color), side=SIDE), **given)


def place_of(image, color):
    """Return left, top, right and bottom of a colour in an image."""
    wanted = [int(pair, 16) for pair in re.findall("..", color[1:])]
    found = np.argwhere(np.abs(np.asarray(image, int) - wanted).max(-1) < 12)
    (top, left), (bottom, right) = found.min(0), found.max(0) + 1
    assert len(found) == (bottom - top) * (right - left)  # nothing lies over it
    return left, top, right, bottom


def table(rows, columns, **given):
    cells = [
        cell_of(COLORS[r * columns + c], row=f"r{r}", column=f"c{c}")
        for r in range(rows)
        for c in range(columns)
    ]
    return arrange(cells, **given)


def test_a_table_has_its_pictures_in_rows_and_columns():
    image = draw_contact_sheet(table(2, 3), title="Drafts", side=SIDE)
    places = [place_of(image, color) for color in COLORS]
    assert all((right - left, bottom - top) == (48, 24) for left, top, right, bottom in places)
    lefts, tops = [place[0] for place in places], [place[1] for place in places]
    assert lefts[:3] == lefts[3:] == sorted(set(lefts))
    assert tops[:3] == [tops[0]] * 3
    assert tops[3:] == [tops[3]] * 3
    assert tops[3] >= tops[0] + 24
    dark = np.asarray(image.convert("L")) < 100
    dark[tops[0] : places[3][3], lefts[0] :] = False  # the pictures
    assert dark[: tops[0]].any()  # the title and the headings of the columns
    assert dark[tops[0] : tops[0] + 24, : lefts[0]].any()  # the heading of the first row
    assert dark[tops[3] : tops[3] + 24, : lefts[0]].any()


def test_a_list_is_broken_into_rows():
    grid = arrange([cell_of(COLORS[i % 6], caption=str(i)) for i in range(12)])
    image = draw_contact_sheet(grid, title="Many", side=SIDE)
    assert 1 < image.width / image.height < 3
    few = draw_contact_sheet(arrange([cell_of(c) for c in COLORS[:3]]), title="Few", side=SIDE)
    tops = {place_of(few, color)[1] for color in COLORS[:3]}
    assert len(tops) == 1


def test_a_high_table_is_cut_into_parts_side_by_side():
    blank = make_thumbnail(Image.new("RGB", (SIDE, SIDE), "#ff0000"), side=SIDE)
    cells = [Cell(thumbnail=blank, row=f"{r}", column=f"{c}") for r in range(60) for c in range(2)]
    image = draw_contact_sheet(arrange(cells), title="High", side=SIDE)
    assert 0.6 < image.width / image.height < 2
    red = np.asarray(image)[..., 1] < 100
    assert red.sum() > 0.97 * 120 * SIDE**2


def test_pictures_of_different_heights_do_not_overlap():
    sizes = [(48, 12), (12, 48), (30, 30), (48, 48)]
    cells = [
        cell_of(color, size, caption=color) for color, size in zip(COLORS, sizes, strict=False)
    ]
    image = draw_contact_sheet(arrange(cells), title="", side=SIDE)
    for color, size in zip(COLORS, sizes, strict=False):
        left, top, right, bottom = place_of(image, color)
        assert (right - left, bottom - top) == size


def test_a_picture_that_is_missing_is_told():
    with_reason = arrange([cell_of(COLORS[0]), Cell(None, "b.png", "it can't be read")])
    image = draw_contact_sheet(with_reason, title="", side=96)
    reason = np.asarray(image, int)
    reddish = (reason[..., 0] - reason[..., 1] > 60) & (reason[..., 1] > 20)
    reddish[:, : place_of(image, COLORS[0])[2]] = False
    assert reddish.any()


@pytest.mark.parametrize(
    "text", ["漢字\U0001f600", "bad\udcff\x1b.png", "word " * 10**4, "x" * 10**4]
)
def test_any_text_has_room(text):
    cells = [cell_of(COLORS[0], caption=text, note=text), Cell(None, text, text)]
    image = draw_contact_sheet(arrange(cells), title=text, side=SIDE)
    assert place_of(image, COLORS[0])[2] <= image.width
    cells = [cell_of(COLORS[i], row=text + str(i // 2), column=text + str(i % 2)) for i in range(4)]
    image = draw_contact_sheet(arrange(cells), title=text, side=SIDE)
    assert image.width < 5 * SIDE + 50


def test_a_sheet_of_nothing_has_its_title():
    image = draw_contact_sheet(arrange([]), title="Nothing", side=SIDE)
    assert np.asarray(image.convert("L")).min() < 100


@pytest.mark.parametrize("count", [1, 100, 1_000, 10_000])
def test_an_image_has_a_largest_size(count):
    for grid in (
        arrange([Cell()] * count),
        Grid((Cell(),) * 3, tuple(((Cell(caption="a"),) * 3,) * count)),
    ):
        side = fitting_side(grid, 192)
        assert side == 192 if count < 200 else 24 <= side < 192
        full = make_thumbnail(Image.new("RGB", (side, side)), side=side)
        filled = grid.map(lambda _, full=full: Cell(None, "a", "b", thumbnail=full))
        if count == 1_000:
            image = draw_contact_sheet(filled, title="", side=side)
            assert MAX_PIXELS / 2 < image.width * image.height <= MAX_PIXELS
