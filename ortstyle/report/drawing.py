"""Drawings of lines and texts, which can be written as SVG and rendered as an image."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from html import escape
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
"""Horizontal and vertical distance from the upper left corner, in pixels of the image."""

Anchor = Literal["start", "middle", "end"]
"""Which part of a text lies at its point: the left end, the middle or the right end."""

_OVERSAMPLING = 3  # an image is drawn this many times as large, then reduced, for smooth edges
_PILLOW_ANCHORS = {"start": "lm", "middle": "mm", "end": "rm"}


@dataclass(frozen=True)
class Line:
    """A line through points."""

    points: Sequence[Point]
    color: str
    _: KW_ONLY
    width: float = 1.0


@dataclass(frozen=True)
class Text:
    """A text of one line, centred vertically on a point."""

    point: Point
    text: str
    _: KW_ONLY
    anchor: Anchor = "start"
    size: int = 14
    color: str = "#333333"


@dataclass
class Drawing:
    """Lines and texts on a white background.

    Attributes
    ----------
    width, height
        Size of the image in pixels.
    shapes
        What is drawn, in this order: the last shape lies on top.
    """

    width: int
    height: int
    shapes: list[Line | Text] = field(default_factory=list)

    def to_svg(self) -> str:
        """Return the drawing as an SVG document, which is also valid inside HTML."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" font-family="system-ui, sans-serif">'
        )
        background = '<rect width="100%" height="100%" fill="white"/>'
        return "\n".join([head, background, *map(_svg_element, self.shapes), "</svg>\n"])

    def to_image(self) -> Image.Image:
        """Return the drawing as an image of mode RGB."""
        size = self.width * _OVERSAMPLING, self.height * _OVERSAMPLING
        enlarged = Image.new("RGB", size, "white")
        canvas = ImageDraw.Draw(enlarged)
        for shape in self.shapes:
            _draw_enlarged(canvas, shape)
        return enlarged.resize((self.width, self.height), Image.Resampling.LANCZOS)


def _svg_element(shape: Line | Text) -> str:
    if isinstance(shape, Line):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
        return (
            f'<polyline points="{points}" fill="none" stroke="{shape.color}" '
            f'stroke-width="{shape.width:g}" stroke-linejoin="round" stroke-linecap="round"/>'
        )
    x, y = shape.point
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" dy="0.35em" text-anchor="{shape.anchor}" '
        f'font-size="{shape.size}" fill="{shape.color}">{escape(shape.text)}</text>'
    )


def _draw_enlarged(canvas: ImageDraw.ImageDraw, shape: Line | Text) -> None:
    if isinstance(shape, Line):
        points = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in shape.points]
        width = max(1, round(shape.width * _OVERSAMPLING))
        canvas.line(points, shape.color, width, joint="curve")
    else:
        point = shape.point[0] * _OVERSAMPLING, shape.point[1] * _OVERSAMPLING
        font = ImageFont.load_default(shape.size * _OVERSAMPLING)
        anchor = _PILLOW_ANCHORS[shape.anchor]
        canvas.text(point, shape.text, shape.color, font, anchor=anchor)
