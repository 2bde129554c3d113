"""The types of what mends an image that Pillow reads otherwise than its format says."""

from collections.abc import Callable
from typing import BinaryIO, TypeAlias

from PIL import Image

Mend: TypeAlias = Callable[[Image.Image], tuple[Image.Image, str]]
"""A function of an opened image, which it may decode.

It returns the image as it should have been read, and what the user should know, usually nothing.
"""

FindMend: TypeAlias = Callable[[Image.Image, BinaryIO, str], Mend | None]
"""A function of an image that is not yet decoded, its file, and a label.

It returns what mends the image, None where Pillow reads it rightly. It raises a `PictureError`,
whose message begins with the label, if the image can't be mended.
"""
