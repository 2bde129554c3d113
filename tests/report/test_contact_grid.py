"""The arrangement of cells: a table where rows and columns make one, or else a list."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from ortstyle.report.contact_grid import Cell, arrange, describe


def cells_of(rows, columns):
    return [Cell(Path(f"{r}{c}.png"), row=r, column=c) for r, c in product(rows, columns)]


def captions(cells):
    return [cell.caption for cell in cells]


def test_rows_and_columns_make_a_table():
    grid = arrange(cells_of("ab", "xyz"), corner=Cell(caption="photo"))
    assert grid.is_table
    assert captions(grid.columns) == ["photo", "x", "y", "z"]
    assert [captions(row) for row in grid.rows] == [["a", "", "", ""], ["b", "", "", ""]]
    assert [cell.picture.name for cell in grid.rows[1][1:]] == ["bx.png", "by.png", "bz.png"]


def test_headings_have_their_pictures():
    grid = arrange(
        cells_of("ab", "xy"), row_pictures={"a": Path("a")}, column_pictures={"y": Path("y")}
    )
    assert [row[0].picture for row in grid.rows] == [Path("a"), None]
    assert [cell.picture for cell in grid.columns] == [None, None, Path("y")]


def test_a_place_that_nothing_takes_is_empty():
    grid = arrange(cells_of("ab", "xy")[:3])
    assert grid.rows[1][2] == Cell()


def test_a_table_of_many_columns_is_turned():
    grid = arrange(cells_of("ab", "0123456789"), column_pictures={"3": Path("3")})
    assert captions(grid.columns) == ["", "a", "b"]
    assert captions(row[0] for row in grid.rows) == list("0123456789")
    assert [cell.picture.name for cell in grid.rows[3]] == ["3", "a3.png", "b3.png"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (cells_of("abc", "x"), ["a", "b", "c"]),  # what all share is not said
        (cells_of("a", "xy"), ["x", "y"]),
        (cells_of("a", "x"), ["a × x"]),
        (cells_of("ab", "x") * 2, ["a", "b", "a", "b"]),
        (
            [*cells_of("ab", "xy"), *cells_of("a", "x")],  # two in one place
            ["a × x", "a × y", "b × x", "b × y", "a × x"],
        ),
        ([cells_of(*"ax")[0], cells_of(*"by")[0], cells_of(*"cz")[0]], ["a × x", "b × y", "c × z"]),
        ([Cell(caption="1"), Cell(caption="2", row="a", column="x")], ["1", "2"]),
        ([], []),
    ],
)
def test_what_makes_no_table_is_a_list(cells, expected):
    grid = arrange(cells)
    assert not grid.is_table
    (row,) = grid.rows
    assert captions(row) == expected


def test_the_corner_is_the_first_of_a_list():
    grid = arrange(cells_of("ab", "x"), corner=Cell(caption="photo"))
    assert captions(grid.rows[0]) == ["photo", "a", "b"]


def test_every_cell_is_changed_in_order():
    seen = []

    def change(cell):
        seen.append(cell.caption)
        return replace(cell, note="seen")

    grid = arrange(cells_of("ab", "xy")).map(change)
    assert seen == ["", "x", "y", "a", "", "", "b", "", ""]
    assert all(cell.note == "seen" for row in (grid.columns, *grid.rows) for cell in row)


def test_a_cell_is_described_in_words():
    assert describe(Cell(caption="a.png", row="b")) == "a.png"
    assert describe(Cell(row="monet", column="bold")) == "monet, bold"
