"""A contact sheet as a page: one file without script, whose links lead to the full pictures."""

import io
import re
import sys
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from links import make_link
from PIL import Image

from ortstyle.report.contact_grid import Cell, arrange
from ortstyle.report.contact_page import contact_html, link_from
from ortstyle.report.thumbnail import make_thumbnail

VOID = {"meta", "img"}
NASTY = "<b>\"'&amp;\udcff\x1b\u202e</script><script>.png"


class Tags(HTMLParser):
    """Collects tags and texts, and checks that each tag is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(cells, title="Drafts", page="sheet.html", **given):
    text = contact_html(arrange(cells, **given), title=title, side=96, page=Path(page))
    assert text.encode().decode() == text
    parser = Tags()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def named(parser, name):
    return [attrs for tag, attrs in parser.tags if tag == name]


@pytest.fixture
def thumbnail(photo):
    return make_thumbnail(photo, side=40)


def test_pictures_are_inside_with_their_texts(thumbnail):
    parser = parsed([Cell(caption="a.png", note="skipped", thumbnail=thumbnail)])
    (image,) = named(parser, "img")
    data = re.fullmatch(r"data:image/jpeg;base64,(.+)", image["src"])[1]
    with Image.open(io.BytesIO(b64decode(data, validate=True))) as found:
        assert (found.format, found.size) == ("JPEG", (40, 30))
    assert image["alt"] == "a.png"
    assert {"Drafts", "a.png ", "skipped"} <= set(parser.texts)


def test_a_table_has_headings(thumbnail):
    cells = [Cell(row=r, column=c, thumbnail=thumbnail) for r in "ab" for c in "xyz"]
    parser = parsed(cells, corner=Cell(caption="photo"))
    assert [attrs["scope"] for attrs in named(parser, "th")] == ["col"] * 3 + ["row"] * 2
    assert len(named(parser, "td")) == 7
    assert named(parser, "img")[4]["alt"] == "b, y"


def test_nothing_is_fetched_or_run(thumbnail):
    cell = Cell(Path("a.png"), "a.png", thumbnail=thumbnail)
    text = contact_html(arrange([cell]), title="", side=96, page=Path("sheet.html"))
    assert not re.search(r"<(script|link|iframe|object)|url\(|@import|https?:|\son\w+=", text)
    assert "prefers-color-scheme: dark" in text
    assert "width=device-width" in text


def test_every_text_is_escaped(thumbnail):
    cells = [
        Cell(Path(NASTY.replace("\x1b", "")), NASTY, NASTY, thumbnail=thumbnail),
        Cell(None, NASTY, NASTY),
    ]
    for given in (cells, [Cell(row=NASTY + r, column=NASTY + c) for r in "ab" for c in "xy"]):
        parser = parsed(given, title=NASTY)
        assert {tag for tag, _ in parser.tags}.isdisjoint({"b", "script"})
        shown = (
            NASTY.replace("\udcff", r"\xff").replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
        )
        assert any(shown in text for text in parser.texts)


def test_a_picture_that_is_missing_is_told():
    parser = parsed([Cell(None, "a.png", "it can't be read")])
    assert named(parser, "img") == []
    assert "it can't be read" in parser.texts


def test_files_beside_the_page_or_below_are_linked(thumbnail, tmp_path):
    cells = [
        Cell(path, thumbnail=thumbnail)
        for path in (tmp_path / "a.png", tmp_path / "in" / "b.png", tmp_path.parent / "c.png")
    ]
    parser = parsed(cells, page=tmp_path / "sheet.html")
    assert [attrs["href"] for attrs in named(parser, "a")] == ["a.png", "in/b.png"]


@pytest.mark.parametrize(
    "name", ["a b.png", "100%.png", "a#b?c.png", "ü漢.png", "javascript:x.png", "'&.png", "-.png"]
)
def test_links_are_encoded(tmp_path, name):
    link = link_from(tmp_path / "sheet.html", tmp_path / "in" / name)
    assert link.isascii()
    assert re.fullmatch(r"in/[\w.%~-]+", link)
    assert unquote(link) == f"in/{name}"
    assert ":" not in link_from(tmp_path / "sheet.html", tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_a_name_that_is_not_utf_8_is_linked(tmp_path):
    assert link_from(tmp_path / "sheet.html", tmp_path / "\udcff.png") == "%FF.png"


def test_links_lead_through_the_links_of_the_file_system(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    make_link(tmp_path / "link", tmp_path / "real")
    below = link_from(tmp_path / "sheet.html", tmp_path / "link" / "a.png")
    assert below == "link/a.png"
    monkeypatch.chdir(tmp_path / "link")
    assert link_from(Path("sheet.html"), tmp_path / "real" / "a.png") == "a.png"
    assert link_from(tmp_path / "link" / "sheet.html", tmp_path / "real" / "a.png") == "a.png"
