"""Contact sheets: the thumbnails of many pictures, as one image or as one page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isqrt
from pathlib import Path

from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.files import check_file, save_file, write_atomically, writing_errors
from ortstyle.pictures.pillow_guard import MAX_PIXELS
from ortstyle.report.contact_grid import Cell, arrange
from ortstyle.report.contact_image import draw_contact_sheet, fitting_side
from ortstyle.report.contact_page import contact_html
from ortstyle.report.thumbnail import make_thumbnail

SUFFIXES = (".png", ".html", ".htm")
"""The suffixes that the file of a contact sheet may have."""

MOST_CELLS = 10_000  # of a sheet; of more no image could show anything

_SIDE = 192  # pixels
_PAGE_PIXELS = 40_000_000  # of all thumbnails of a page


def check_contact_sheet(path: Path, *, option: str = "sheet") -> None:
    """Check before the work that a contact sheet can be written at `path`.

    Raises
    ------
    OutputError
        It can't; the message begins with `option`.
    """
    check_file(path, SUFFIXES, option=option)


def save_contact_sheet(
    path: Path,
    cells: Sequence[Cell],
    *,
    title: str,
    side: int = _SIDE,
    corner: Cell | None = None,
    row_pictures: Mapping[str, Path | Image.Image] | None = None,
    column_pictures: Mapping[str, Path] | None = None,
    max_pixels: int = MAX_PIXELS,
    option: str = "sheet",
) -> str:
    """Save a contact sheet, as an image or as a page by the suffix of `path`.

    Cells whose `row` and `column` make a table are shown as one, others as a list; see
    `contact_grid.arrange`. A picture that can't be read is shown as the reason. Pictures are read
    one after another, and only thumbnails are kept. An image has 36 megapixels at most, and the
    thumbnails of a page have 40 in all, so that those of
    very many pictures are smaller than `side`.

    Parameters
    ----------
    path
        The file: .png, or .html or .htm for a page that contains its pictures.
    cells
        The pictures with their texts, 10,000 at most; those beyond are left out.
    title
        What the sheet shows, in one line.
    side
        Longest side of a thumbnail in pixels. The thumbnails of a page have up to twice as many,
        for screens of high density.
    corner, row_pictures, column_pictures
        The first cell and the pictures of headings; see `contact_grid.arrange`.
    max_pixels
        Largest number of pixels that a picture may have.
    option
        The option that names the file; error messages begin with it.

    Returns
    -------
    str
        In one line what is not as asked for: smaller thumbnails, or pictures that are left out.
        Usually empty.

    Raises
    ------
    OutputError
        The file can't be written, or has another suffix.
    """
    check_contact_sheet(path, option=option)
    grid = arrange(
        cells[:MOST_CELLS],
        corner=corner,
        row_pictures=row_pictures,
        column_pictures=column_pictures,
    )
    is_page = path.suffix.lower() != ".png"
    count = sum(cell.picture is not None for row in (grid.columns, *grid.rows) for cell in row)
    if is_page:
        fitting = min(2 * side, isqrt(_PAGE_PIXELS // max(1, count)))
        grid = grid.map(partial(_with_thumbnail, side=fitting, max_pixels=max_pixels))
        page = contact_html(grid, title=title, side=side, page=path)
        save_file(path, page.encode(), option=option)
    else:
        fitting = fitting_side(grid, side)
        grid = grid.map(partial(_with_thumbnail, side=fitting, max_pixels=max_pixels))
        image = draw_contact_sheet(grid, title=title, side=fitting)
        with writing_errors(path, option=option):
            write_atomically(path, partial(image.save, format="PNG"))
    return _describe_lacks(path, fitting, side=side, left_out=len(cells) - MOST_CELLS)


def _with_thumbnail(cell: Cell, *, side: int, max_pixels: int) -> Cell:
    """Return a cell with its thumbnail, or with the reason why its picture can't be read."""
    if cell.picture is None:
        return cell
    try:
        thumbnail = make_thumbnail(cell.picture, side=side, max_pixels=max_pixels)
    except PictureError as error:
        return replace(cell, picture=None, note=_without_folder(str(error), cell.picture))
    return replace(cell, thumbnail=thumbnail)


def _without_folder(text: str, picture: Path | Image.Image) -> str:
    """Return a text without the folder of a picture's file, as others may see the sheet."""
    return text.replace(str(picture), picture.name) if isinstance(picture, Path) else text


def _describe_lacks(path: Path, fitting: int, *, side: int, left_out: int) -> str:
    """Return what a sheet lacks, in one line."""
    lacks = []
    if left_out > 0:
        lacks.append(f"{left_out} pictures are left out, as it holds {MOST_CELLS}")
    if fitting < side:
        lacks.append(f"its thumbnails have {fitting} pixels instead of {side}, as it holds so many")
    return f"sheet {path}: {'; '.join(lacks)}" if lacks else ""
