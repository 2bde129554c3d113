"""A drawing of lines and texts, as SVG and as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

_FINER = 3  # pixels a unit of the picture is drawn at, before it is made smaller and so smooth
_PILLOW = {"start": "lm", "middle": "mm", "end": "rm"}


@dataclass(frozen=True)
class Line:
    """A line through points, in units from the upper left corner."""

    points: Sequence[Point]
    color: str
    width: float = 1.0


@dataclass(frozen=True)
class Text:
    """A text of one line whose middle height is at a point."""

    point: Point
    text: str
    anchor: Anchor = "start"
    size: int = 14
    color: str = "#333333"


@dataclass
class Drawing:
    """Lines and texts on white, the first at the back.

    Attributes
    ----------
    width, height
        In units, which are pixels of the picture.
    shapes
        What is drawn.
    """

    width: int
    height: int
    shapes: list[Line | Text] = field(default_factory=list)

    def svg(self) -> str:
        """Write the drawing as SVG."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" font-family="system-ui, sans-serif">'
        )
        ground = '<rect width="100%" height="100%" fill="white"/>'
        return "\n".join([head, ground, *map(_element, self.shapes), "</svg>\n"])

    def picture(self) -> Image.Image:
        """Paint the drawing."""
        large = Image.new("RGB", (self.width * _FINER, self.height * _FINER), "white")
        draw = ImageDraw.Draw(large)
        for shape in self.shapes:
            _draw(draw, shape)
        return large.resize((self.width, self.height), Image.Resampling.LANCZOS)


def _element(shape: Line | Text) -> str:
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


def _draw(draw: ImageDraw.ImageDraw, shape: Line | Text) -> None:
    if isinstance(shape, Line):
        points = [(x * _FINER, y * _FINER) for x, y in shape.points]
        width = max(1, round(shape.width * _FINER))
        draw.line(points, shape.color, width, joint="curve")
    else:
        x, y = shape.point
        font = ImageFont.load_default(shape.size * _FINER)
        draw.text(
            (x * _FINER, y * _FINER), shape.text, shape.color, font, anchor=_PILLOW[shape.anchor]
        )
