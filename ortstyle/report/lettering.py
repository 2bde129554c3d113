"""Lettering in images: lines of any text, measured, shortened and wrapped to fit a width."""

from PIL import ImageDraw, ImageFont

from ortstyle.report.printable import printable

_ELLIPSIS = "…"
_LONGEST = 500  # characters that are looked at; no line of a picture holds more


class Lettering:
    """Draws text in Pillow's built-in font.

    Characters that the font lacks, such as Chinese ones, become boxes. Where Pillow was built
    without FreeType, it has one font of one size for the characters of Latin-1; others become
    question marks.

    Parameters
    ----------
    size
        Size of the font in pixels.
    """

    def __init__(self, size: int) -> None:
        self._is_scalable = True
        self._font: ImageFont.FreeTypeFont | ImageFont.ImageFont
        try:
            self._font = ImageFont.load_default(size)
        except ImportError:  # Pillow without FreeType
            self._is_scalable = False
            self._font = ImageFont.load_default()
        _, top, _, bottom = self._font.getbbox("Ág")
        self._top = top
        self.height = round(bottom - top) + max(2, size // 5)

    def width(self, text: str) -> float:
        """Return the width of a line in pixels."""
        return self._font.getlength(self._drawable(text))

    def shorten(self, text: str, width: float) -> str:
        """Return a text of one line that is at most `width` pixels wide.

        What does not fit is replaced by an ellipsis in the middle, so that the end of a file's name
        stays: names of one folder often begin alike.
        """
        text = printable(text[:_LONGEST])
        if self.width(text) <= width:
            return text
        fits, too_many = 0, len(text)
        while too_many - fits > 1:
            kept = (fits + too_many) // 2
            if self.width(_without_middle(text, kept)) <= width:
                fits = kept
            else:
                too_many = kept
        return _without_middle(text, fits)

    def wrap(self, text: str, width: float, *, lines: int) -> list[str]:
        """Return the lines of a text, each at most `width` pixels wide.

        A word that is wider than a line is shortened, and so is what does not fit in `lines`.
        """
        words = printable(text[:_LONGEST]).split()
        found: list[str] = []
        while words and len(found) < lines - 1:
            count = 1
            while count < len(words) and self.width(" ".join(words[: count + 1])) <= width:
                count += 1
            found.append(self.shorten(" ".join(words[:count]), width))
            del words[:count]
        return [*found, self.shorten(" ".join(words), width)] if words and lines > 0 else found

    def draw(
        self, canvas: ImageDraw.ImageDraw, point: tuple[float, float], text: str, *, color: str
    ) -> None:
        """Draw a line whose upper left corner lies at a point."""
        x, y = point
        canvas.text((x, y - self._top), self._drawable(text), color, self._font)

    def _drawable(self, text: str) -> str:
        """Return what can be drawn of a text: the small font of Pillow refuses other characters."""
        text = printable(text)
        return text if self._is_scalable else text.encode("latin-1", "replace").decode("latin-1")


def _without_middle(text: str, kept: int) -> str:
    """Return a text of which some characters are kept, half of them at each end."""
    end = kept // 2
    return text[: kept - end] + _ELLIPSIS + text[len(text) - end :]
