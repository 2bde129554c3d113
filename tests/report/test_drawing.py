"""Lines and texts as SVG and as an image."""

from xml.etree import ElementTree as ET

import pytest

from ortstyle.report.drawing import Drawing, Line, Text

SVG = "{http://www.w3.org/2000/svg}"


def test_texts_are_escaped():
    drawing = Drawing(10, 10, [Text((1, 1), "a < b & c")])
    assert "a &lt; b &amp; c" in drawing.to_svg()


def test_the_last_shape_lies_on_top():
    lines = [Line([(0, 5), (20, 5)], color, width=4) for color in ("#ff0000", "#0000ff")]
    drawing = Drawing(20, 10, lines)
    image = drawing.to_image()
    assert (image.mode, image.size) == ("RGB", (20, 10))
    red, _, blue = image.getpixel((10, 5))
    assert (red < 20, blue > 240) == (True, True)
    assert image.getpixel((10, 0)) == (255, 255, 255)
    root = ET.fromstring(drawing.to_svg())  # noqa: S314  our own
    assert [line.get("stroke") for line in root.iter(f"{SVG}polyline")] == ["#ff0000", "#0000ff"]


@pytest.mark.parametrize(("anchor", "side"), [("start", "right"), ("end", "left")])
def test_a_text_lies_on_one_side_of_its_point(anchor, side):
    drawing = Drawing(80, 20, [Text((40, 10), "loss", anchor=anchor, color="#000000")])
    dark = drawing.to_image().convert("L").point(lambda level: 255 * (level < 128))
    left, _, right, _ = dark.getbbox()
    assert left >= 39 if side == "right" else right <= 41
    (text,) = ET.fromstring(drawing.to_svg()).iter(f"{SVG}text")  # noqa: S314  our own
    assert (text.get("text-anchor"), text.get("x")) == (anchor, "40.0")
