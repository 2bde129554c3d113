"""The cells of a contact sheet, and their arrangement: a table with headings, or a list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path

from PIL import Image

from ortstyle.report.thumbnail import Thumbnail

_MOST_COLUMNS = 8  # a table with more columns than rows is turned on its side beyond this


@dataclass(frozen=True)
class Cell:
    """One picture of a contact sheet.

    Attributes
    ----------
    picture
        The picture or its file; None if there is none, as after an error.
    caption
        What is written below the picture.
    note
        A remark in smaller print, or why there is no picture.
    row, column
        Headings of the row and column that the picture belongs to; empty for none.
    is_linked
        Whether a page links to the picture's file, if it lies beside the page or below.
    thumbnail
        The thumbnail of the picture once it has been made; None before.
    """

    picture: Path | Image.Image | None = None
    caption: str = ""
    note: str = ""
    _: KW_ONLY
    row: str = ""
    column: str = ""
    is_linked: bool = True
    thumbnail: Thumbnail | None = None


@dataclass(frozen=True)
class Grid:
    """Cells in rows and columns.

    Attributes
    ----------
    columns
        Headings of the columns, the first of which stands over the headings of the rows; empty for
        a list of cells without headings.
    rows
        The cells of each row. In a table each row begins with its heading, and has as many cells as
        there are columns; a list is one row.
    """

    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def is_table(self) -> bool:
        """Whether rows and columns have headings."""
        return bool(self.columns)

    def map(self, change: Callable[[Cell], Cell]) -> "Grid":
        """Return the grid with each cell changed by a function, which is called in order."""
        columns = tuple(change(cell) for cell in self.columns)
        return Grid(columns, tuple(tuple(change(cell) for cell in row) for row in self.rows))


def arrange(
    cells: Sequence[Cell],
    *,
    corner: Cell | None = None,
    row_pictures: Mapping[str, Path | Image.Image] | None = None,
    column_pictures: Mapping[str, Path] | None = None,
) -> Grid:
    """Arrange cells as a table if their rows and columns make one, or else as a list.

    They make a table if all have both, no two cells have the same, there are two rows and two
    columns at least, and half of the table's places are taken. A list shows what the rows and
    columns tell as captions.

    Parameters
    ----------
    cells
        The cells in their order.
    corner
        A cell that stands first, such as the photograph that all pictures were made from.
    row_pictures, column_pictures
        Pictures that stand beside headings of rows and columns in a table.
    """
    rows, columns = (
        list(dict.fromkeys(getattr(cell, key) for cell in cells)) for key in ("row", "column")
    )
    places = {(cell.row, cell.column): cell for cell in cells}
    has_headings = "" not in rows and "" not in columns and len(places) == len(cells)
    is_full = 2 * len(cells) >= len(rows) * len(columns)
    if not (has_headings and is_full and min(len(rows), len(columns)) > 1):
        varied = len(rows) > 1, len(columns) > 1
        listed = (_with_caption(cell, *varied) for cell in cells)
        return Grid((), ((*([corner] if corner else []), *listed),))
    by_row, by_column = row_pictures or {}, column_pictures or {}
    row_headings = [Cell(by_row.get(name), name) for name in rows]
    column_headings = [Cell(by_column.get(name), name) for name in columns]
    body = [[places.get((row, column), Cell()) for column in columns] for row in rows]
    if len(columns) > max(_MOST_COLUMNS, len(rows)):
        row_headings, column_headings = column_headings, row_headings
        body = [list(turned) for turned in zip(*body, strict=True)]
    return Grid(
        (corner or Cell(), *column_headings),
        tuple((heading, *row) for heading, row in zip(row_headings, body, strict=True)),
    )


def describe(cell: Cell) -> str:
    """Return what a cell shows in words, for those who can't see the picture."""
    return cell.caption or ", ".join(filter(None, (cell.row, cell.column)))


def _with_caption(cell: Cell, *varied: bool) -> Cell:
    """Return a cell of a list, whose caption tells the headings that vary in the list."""
    if cell.caption:
        return cell
    headings = [cell.row, cell.column]
    told = [heading for heading, varies in zip(headings, varied, strict=True) if varies]
    return replace(cell, caption=" × ".join(filter(None, told or headings)))
