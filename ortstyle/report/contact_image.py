"""A contact sheet as one image: thumbnails in rows and columns, with their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from PIL import Image, ImageDraw

from ortstyle.report.contact_grid import Cell, Grid
from ortstyle.report.lettering import Lettering
from ortstyle.report.thumbnail import Thumbnail

MAX_PIXELS = 36_000_000  # of a sheet; viewers show it at once, and Pillow takes 4 bytes for each

SMALLEST_SIDE = 24  # pixels of a thumbnail in which something can be recognised

_PROPORTIONS = 1.3  # width by height that a sheet of many pictures should have, as screens have
_LONGEST_LINE = 6  # pictures of a list that stand in one row

_PADDING = 3  # pixels between a picture and its caption

_TEXT, _MUTED, _ERROR, _FRAME, _PAPER = "#222222", "#666666", "#a02020", "#cccccc", "#ffffff"

_Rows = Sequence[Sequence[Cell]]


def fitting_side(grid: Grid, side: int) -> int:
    """Return the longest side of thumbnails, `side` or less, with which a sheet is not too large.

    With it, or with `SMALLEST_SIDE`, the sheet has `MAX_PIXELS` at most.
    """
    blocks = _blocks(grid)
    while side > SMALLEST_SIDE and _most_pixels(blocks, side) > MAX_PIXELS:
        side -= max(1, side // 16)
    return side


def draw_contact_sheet(grid: Grid, *, title: str, side: int) -> Image.Image:
    """Return a contact sheet as an image of mode RGB.

    A table that is much higher than wide is cut into parts that stand side by side.

    Parameters
    ----------
    grid
        The cells with their thumbnails.
    title
        The line at the top.
    side
        Longest side of a thumbnail in pixels.
    """
    style = _Style.of(side)
    blocks = [_Block.of(rows, style, is_table=grid.is_table) for rows in _blocks(grid)]
    width = sum(block.width for block in blocks) + style.margin * (len(blocks) + 1)
    top = style.margin + style.title.height + style.gap
    height = top + max(block.height for block in blocks) + style.margin
    image = Image.new("RGB", (width, height), _PAPER)
    canvas = ImageDraw.Draw(image)
    line = style.title.shorten(title, width - 2 * style.margin)
    style.title.draw(canvas, (style.margin, style.margin), line, color=_TEXT)
    x = style.margin
    for block in blocks:
        block.draw(image, canvas, (x, top))
        x += block.width + style.margin
    return image


def _blocks(grid: Grid) -> list[_Rows]:
    """Return the rows of each part of a sheet; the parts stand side by side."""
    if not grid.is_table:
        (cells,) = grid.rows
        count = len(cells)
        columns = count if count <= _LONGEST_LINE else ceil(sqrt(_PROPORTIONS * count))
        return [[cells[i : i + columns] for i in range(0, count, max(1, columns))] or [()]]
    parts = max(1, int(sqrt(_PROPORTIONS * len(grid.rows) / len(grid.columns))))
    length = ceil(len(grid.rows) / parts)
    without_corner = (Cell(), *grid.columns[1:])
    return [
        [without_corner if start else grid.columns, *grid.rows[start : start + length]]
        for start in range(0, len(grid.rows), length)
    ]


def _most_pixels(blocks: Sequence[_Rows], side: int) -> int:
    """Return how many pixels a sheet has at most."""
    style = _Style.of(side)
    width = sum(_width(len(rows[0]), side, style) + style.margin for rows in blocks) + style.margin
    row = side + style.caption.height + style.note.height + _PADDING + style.gap
    return width * (max(len(rows) for rows in blocks) * row + 4 * style.margin)


def _width(columns: int, side: int, style: "_Style") -> int:
    return max(1, columns) * (side + style.gap) - style.gap


@dataclass(frozen=True)
class _Style:
    """Fonts and distances of a sheet, by the side of its thumbnails."""

    side: int
    title: Lettering
    caption: Lettering
    note: Lettering
    gap: int
    margin: int

    @classmethod
    def of(cls, side: int) -> "_Style":
        size = min(14, max(8, side // 12))
        return cls(
            side,
            title=Lettering(size + 4),
            caption=Lettering(size),
            note=Lettering(max(8, size - 2)),
            gap=max(4, side // 16),
            margin=max(8, side // 8),
        )


@dataclass(frozen=True)
class _Item:
    """A cell with its thumbnail and its texts, broken into lines that fit."""

    thumbnail: Thumbnail | None
    inside: tuple[str, ...]  # lines that stand where the picture would be
    below: tuple[tuple[Lettering, str, str], ...]  # lines below it, with their colours
    is_framed: bool

    @classmethod
    def of(cls, cell: Cell, style: _Style) -> "_Item":
        side, thumbnail = style.side, cell.thumbnail
        caption = style.caption.shorten(cell.caption, side)
        note = style.note.shorten(cell.note, side)
        if thumbnail:
            lines = ((style.caption, caption, _TEXT), (style.note, note, _MUTED))
            return cls(thumbnail, (), tuple(line for line in lines if line[1]), is_framed=False)
        if cell.note:
            room = max(1, (side * 2 // 3) // style.note.height)
            inside = style.note.wrap(cell.note, side - 2 * style.gap, lines=room)
            below = ((style.caption, caption, _TEXT),) if caption else ()
            return cls(None, tuple(inside), below, is_framed=True)
        return cls(
            None, tuple(style.caption.wrap(cell.caption, side, lines=3)), (), is_framed=False
        )

    def area_height(self, style: _Style) -> int:
        """Return the height of the picture, or of what stands in its place."""
        if self.thumbnail:
            return self.thumbnail.height
        if self.is_framed:
            return max(style.side * 2 // 3, (len(self.inside) + 1) * style.note.height)
        return len(self.inside) * style.caption.height

    def below_height(self) -> int:
        return sum((lettering.height for lettering, _, _ in self.below), _PADDING)


@dataclass(frozen=True)
class _Block:
    """The rows of one part of a sheet, with their measures."""

    style: _Style
    rows: tuple[tuple[_Item, ...], ...]
    widths: tuple[int, ...]  # of the columns
    has_headings: bool

    @classmethod
    def of(cls, rows: _Rows, style: _Style, *, is_table: bool) -> "_Block":
        items = tuple(tuple(_Item.of(cell, style) for cell in row) for row in rows)
        widths = [style.side] * max(map(len, items))
        if is_table and all(row[0].thumbnail is None and not row[0].is_framed for row in items):
            lines = [line for row in items for line in row[0].inside]
            widths[0] = min(style.side, ceil(max(map(style.caption.width, lines), default=0)))
        return cls(style, items, tuple(widths), is_table)

    @property
    def width(self) -> int:
        return sum(self.widths) + self.style.gap * max(0, len(self.widths) - 1)

    @property
    def height(self) -> int:
        return sum(map(self._row_height, self.rows)) + self.style.gap * (len(self.rows) - 1)

    def draw(self, image: Image.Image, canvas: ImageDraw.ImageDraw, point: tuple[int, int]) -> None:
        """Draw the block with its upper left corner at a point."""
        left, y = point
        for index, row in enumerate(self.rows):
            area, x = self._area_height(row), left
            is_heading = self.has_headings and index == 0
            for item, width in zip(row, self.widths, strict=False):  # the last row may be shorter
                free = 0 if item.is_framed else area - item.area_height(self.style)
                top = y + (free if item.thumbnail else free // 2)
                if is_heading and not item.below:  # its text stands directly over the column
                    top = y + self._row_height(row) - (area - free)
                self._draw_item(image, canvas, item, (x, top, width, area - free))
                _draw_lines(canvas, item.below, (x, y + area + _PADDING, width))
                x += width + self.style.gap
            y += self._row_height(row) + self.style.gap

    def _draw_item(
        self,
        image: Image.Image,
        canvas: ImageDraw.ImageDraw,
        item: _Item,
        box: tuple[int, int, int, int],
    ) -> None:
        """Draw a picture, or what stands in its place, in a box: left, top, width and height."""
        x, y, width, height = box
        if item.thumbnail:
            image.paste(item.thumbnail.to_image(), (x + (width - item.thumbnail.width) // 2, y))
            return
        lettering = self.style.note if item.is_framed else self.style.caption
        if item.is_framed:
            canvas.rectangle((x, y, x + width - 1, y + height - 1), outline=_FRAME)
            y += (height - len(item.inside) * lettering.height) // 2
        color = _ERROR if item.is_framed else _TEXT
        _draw_lines(canvas, [(lettering, line, color) for line in item.inside], (x, y, width))

    def _area_height(self, row: Sequence[_Item]) -> int:
        return max((item.area_height(self.style) for item in row), default=0)

    def _row_height(self, row: Sequence[_Item]) -> int:
        return self._area_height(row) + max((item.below_height() for item in row), default=0)


def _draw_lines(
    canvas: ImageDraw.ImageDraw,
    lines: Sequence[tuple[Lettering, str, str]],
    place: tuple[int, int, int],
) -> None:
    """Draw lines one below another, each in the middle of a width."""
    x, y, width = place
    for lettering, text, color in lines:
        left = x + max(0.0, (width - lettering.width(text)) / 2)
        lettering.draw(canvas, (left, y), text, color=color)
        y += lettering.height
