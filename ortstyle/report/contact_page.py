"""A contact sheet as a page: one HTML file with its thumbnails, for screens of any width."""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from ortstyle.files import follow_links
from ortstyle.report.contact_grid import Cell, Grid, describe
from ortstyle.report.printable import printable


def contact_html(grid: Grid, *, title: str, side: int, page: Path) -> str:
    """Return a contact sheet as HTML that contains its pictures and no script.

    Parameters
    ----------
    grid
        The cells with their thumbnails.
    title
        The heading of the page.
    side
        Longest side at which a thumbnail is shown, in pixels of CSS.
    page
        Where the page will lie: files beside it or below are linked from their thumbnails.
    """

    def figure(cell: Cell) -> str:
        return _figure(cell, page)

    parts = _table(grid, figure) if grid.is_table else _list(grid, figure)
    return _PAGE.format(title=_text(title), side=side, cells="\n".join(parts))


def link_from(page: Path, file: Path) -> str:
    """Return the address of a file relative to a page; empty if it lies not beside it or below."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100  links are kept
    folder = Path(os.path.abspath(page)).parent  # noqa: PTH100
    for inner, outer in ((absolute, folder), (follow_links(file), follow_links(page).parent)):
        if inner.is_relative_to(outer):
            return quote(os.fsencode(inner.relative_to(outer).as_posix()))
    return ""


def _table(grid: Grid, figure: Callable[[Cell], str]) -> Iterator[str]:
    yield '<div class="scroll"><table>'
    corner, *headings = grid.columns
    top = "".join(f"<th scope=col>{figure(cell)}</th>" for cell in headings)
    yield f"<tr><td>{figure(corner)}</td>{top}</tr>"
    for heading, *cells in grid.rows:
        row = "".join(f"<td>{figure(cell)}</td>" for cell in cells)
        yield f"<tr><th scope=row>{figure(heading)}</th>{row}</tr>"
    yield "</table></div>"


def _list(grid: Grid, figure: Callable[[Cell], str]) -> Iterator[str]:
    yield '<div class="list">'
    yield from (figure(cell) for row in grid.rows for cell in row)
    yield "</div>"


def _figure(cell: Cell, page: Path) -> str:
    caption, note = _text(cell.caption), _text(cell.note)
    if cell.thumbnail is None:
        if not note:
            return caption
        shown = f'<div class="missing">{note}</div>'
        note = ""
    else:
        data = b64encode(cell.thumbnail.jpeg).decode()
        shown = f'<img src="data:image/jpeg;base64,{data}" alt="{_text(describe(cell))}">'
        file = cell.picture if cell.is_linked else None
        link = link_from(page, file) if isinstance(file, Path) else ""
        shown = f'<a href="{escape(link)}">{shown}</a>' if link else shown
    text = " ".join(filter(None, (caption, note and f"<small>{note}</small>")))
    text = f"<figcaption>{text}</figcaption>" if text else ""
    return f"<figure>{shown}{text}</figure>"


def _text(text: str) -> str:
    return escape(printable(text))


_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --side: min({side}px, 42vw) }}
body {{ margin: 1rem; font: 15px/1.35 system-ui, sans-serif; color: #222; background: #fff }}
h1 {{ font-size: 1.25rem; overflow-wrap: anywhere }}
figure {{ margin: 0 }}
img {{ display: block; max-width: var(--side); max-height: var(--side); margin: 0 auto }}
figcaption {{ margin-top: .25rem; text-align: center; overflow-wrap: anywhere }}
small {{ color: #666 }}
.list {{ display: flex; flex-wrap: wrap; gap: 1rem .75rem; align-items: end }}
.list figure {{ width: var(--side) }}
.scroll {{ overflow-x: auto }}
table {{ border-collapse: collapse }}
td, th {{ padding: .3rem; text-align: center; font-weight: normal; max-width: var(--side);
  overflow-wrap: anywhere }}
tr:first-child > * {{ vertical-align: bottom }}
.missing {{ box-sizing: border-box; width: var(--side); padding: 1.5rem .5rem; font-size: .85rem;
  overflow-wrap: anywhere; border: 1px solid #ccc; color: #a02020 }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #ddd; background: #181818 }}
  a {{ color: #9cf }}
  small {{ color: #999 }}
  .missing {{ border-color: #444; color: #f09090 }}
}}
</style>
<h1>{title}</h1>
{cells}
</html>
"""
