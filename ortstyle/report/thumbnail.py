"""Thumbnails: pictures made so small that a sheet or a page holds many of them."""

import io
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from ortstyle.pictures.picture import to_image
from ortstyle.pictures.pillow_guard import MAX_PIXELS
from ortstyle.pictures.read import read_picture

_JPEG_QUALITY = 90


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, encoded, so that thousands of them fit in memory.

    Attributes
    ----------
    width, height
        Size in pixels.
    jpeg
        The picture as the bytes of a JPEG file.
    """

    width: int
    height: int
    jpeg: bytes = field(repr=False)

    def to_image(self) -> Image.Image:
        """Return the picture as an image of mode RGB."""
        with Image.open(io.BytesIO(self.jpeg)) as image:
            return image.convert("RGB")


def make_thumbnail(
    source: Path | Image.Image, *, side: int, max_pixels: int = MAX_PIXELS
) -> Thumbnail:
    """Return the thumbnail of a picture, whose longest side is at most `side` pixels.

    A picture that is smaller keeps its size. Colours are converted to sRGB, and transparency is
    flattened on white. While the picture is read, all of its pixels are in memory.

    Parameters
    ----------
    source
        The picture or its file.
    side
        Largest width and height in pixels.
    max_pixels
        Largest number of pixels that the picture may have.

    Raises
    ------
    PictureError
        The picture can't be read.
    """
    picture = read_picture(source, max_pixels=max_pixels, side=side).shrink_to_side(side)
    image = picture.planes[0] if picture.depth == 8 else to_image(picture.pixels)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling="4:4:4")
    return Thumbnail(*image.size, jpeg=file.getvalue())
