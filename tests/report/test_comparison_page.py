"""The comparison page: one file that holds every picture, the plot and every setting."""

import io
import re
from base64 import b64decode
from dataclasses import fields
from html import escape, unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import OutputError, PictureError
from ortstyle.report.comparison_page import comparison_html, save_comparison_page
from ortstyle.report.loss_curve import LossCurve
from ortstyle.settings.settings import Settings

SVG = '<svg xmlns="http://www.w3.org/2000/svg"></svg>\n'
VOID = {"meta", "img", "wbr"}


class Tags(HTMLParser):
    """Collects the tags and checks that each is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags_of(text):
    parser = Tags()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.tags


def pictures_of(text):
    sources = [attrs["src"] for tag, attrs in tags_of(text) if tag == "img"]
    found = []
    for source in sources:
        data = re.fullmatch(r"data:image/jpeg;base64,(.+)", source)[1]
        image = Image.open(io.BytesIO(b64decode(data, validate=True)))
        assert image.format == "JPEG"
        found.append(image.convert("RGB"))
    return found


def test_the_pictures_are_inside_in_order(photo, painting):
    given = [("content: a.png", photo), ("style: b.png", painting), ("result: c.png", photo)]
    found = pictures_of(comparison_html(given, settings=Settings(), plot=SVG))
    assert [image.size for image in found] == [photo.size, painting.size, photo.size]
    for image, (_, expected) in zip(found, given, strict=True):
        difference = np.asarray(image, float) - np.asarray(expected, float)
        assert np.abs(difference).mean() < 12


def test_nothing_is_fetched_or_run(photo):
    text = comparison_html([("content", photo)], settings=Settings(), plot=SVG)
    for tag, attrs in tags_of(text):
        assert tag not in {"script", "link", "iframe"}
        assert all(not value.startswith("http") for key, value in attrs.items() if key != "xmlns")
    assert SVG in text
    assert "url(" not in text


def test_every_setting_is_in_the_table_and_what_differs_stands_out(photo):
    settings = Settings(seed=7, style_layers=(("relu1_1", 1.0), ("relu2_1", 0.5)))
    text = comparison_html([("content", photo)], settings=settings, plot=SVG)
    rows = re.findall(r"<tr( class=.changed.)?><th[^>]*>(.*?)</th><td>(.*?)</td></tr>", text)
    values = {name: value.replace("<wbr>", "") for _, name, value in rows}
    assert list(values) == [field.name.replace("_", " ") for field in fields(Settings)]
    assert values["style layers"] == "relu1_1:1,relu2_1:0.5"
    assert values["style weight"] == "1"
    assert [name for changed, name, _ in rows if changed] == ["style layers", "seed"]


def test_names_are_escaped(photo):
    name = 'a"><b>&.png'
    text = comparison_html([(name, photo)], settings=Settings(model="<i>.onnx"), plot=SVG)
    assert next(attrs["alt"] for tag, attrs in tags_of(text) if tag == "img") == name
    assert "<b>" not in text
    assert "<i>" not in text
    assert "<i>.onnx" in unescape(text)


def test_large_pictures_are_made_smaller():
    image = Image.new("RGB", (4000, 1000))
    text = comparison_html([("content", image)], settings=Settings(), plot=SVG)
    assert pictures_of(text)[0].size == (1600, 400)
    assert "4000×1000" in text
    assert image.size == (4000, 1000)


def test_a_page_is_written(tmp_path, photo, painting):
    photo.save(tmp_path / "photo.png")
    painting.save(tmp_path / "painting.png")
    sources = [("content", tmp_path / "photo.png"), ("style", tmp_path / "painting.png")]
    path = tmp_path / "page.html"
    given = {"sources": sources, "settings": Settings(), "curve": LossCurve()}
    save_comparison_page(path, result=("result: out.png", photo), **given)
    text = path.read_text("utf-8")
    assert len(pictures_of(text)) == 3
    for caption in ("content: photo.png", "style: painting.png", "result: out.png"):
        assert f"<figcaption>{caption} <small>" in text
    assert str(tmp_path) not in text  # folders are not named
    with pytest.raises(OutputError, match=r"compare .*choose another place with --compare"):
        save_comparison_page(tmp_path / "none" / "page.html", result=("", photo), **given)
    (tmp_path / "photo.png").unlink()
    with pytest.raises(PictureError, match=r"content .*does not exist"):
        save_comparison_page(path, result=("", photo), **given)


@pytest.mark.parametrize("name", ["bad\udcffname.jpg", "<b>\u202e&amp;.jpg"])
def test_the_page_can_be_written_whatever_the_files_are_called(photo, name):
    settings = Settings(content_mask=(name,))
    text = comparison_html([(f"content: {name}", photo)], settings=settings, plot=SVG)
    assert text.encode().decode() == text
    shown = name.replace("\udcff", r"\xff").replace("\u202e", r"\u202e")
    assert re.findall(r"<figcaption>(.*?) <small>", text) == [f"content: {escape(shown)}"]
    assert f"<td>{escape(shown)}</td>" in text
    tags_of(text)
