"""A picture that was read, and the size at which it is painted."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.pictures.arrays import to_array


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as it was read, upright and opaque, and what its file said beside it.

    Attributes
    ----------
    planes
        One of mode RGB, or three of mode F, 0–255, for more than 8 bits; in sRGB.
    alpha
        Mode L; None where the picture is opaque.
    icc
        The profile of the file's colours, if it could be used.
    exif
        As `metadata.carried_exif` gives it.
    notices
        What a person should know, such as that the file holds further frames.
    label
        What the picture is for and its file.
    """

    planes: tuple[Image.Image, ...]
    alpha: Image.Image | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    notices: tuple[str, ...] = ()
    label: str = "picture"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.planes[0].size

    @property
    def width(self) -> int:
        """In pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.size[1]

    @property
    def depth(self) -> int:
        """8 or 16 bits; 16 for any more."""
        return 8 if len(self.planes) == 1 else 16

    @property
    def bytes(self) -> int:
        """What its pixels take: 4 bytes each for RGB in Pillow's memory, or for a plane of F."""
        alpha = 1 if self.alpha else 0
        return self.width * self.height * (4 * len(self.planes) + alpha)

    @property
    def pixels(self) -> NDArray[np.float32]:
        """A ``(1, 3, H, W)`` float32 array, RGB, 0–255, made when asked for."""
        if len(self.planes) == 1:
            return to_array(self.planes[0])
        return np.stack([np.asarray(plane, np.float32) for plane in self.planes])[None]

    def resize(self, size: tuple[int, int]) -> Self:
        """Resize, bilinearly, to a width and height."""
        planes = tuple(plane.resize(size, Image.Resampling.BILINEAR) for plane in self.planes)
        alpha = self.alpha and self.alpha.resize(size, Image.Resampling.BILINEAR)
        return replace(self, planes=planes, alpha=alpha)

    def fit(self, side: int) -> Self:
        """Resize, bilinearly, so that the longest side is ``side`` pixels; see `scaled_size`."""
        return self.resize(scaled_size(self.size, side))


def scaled_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height in pixels once the longer of them is ``side``.

    Each is ``int(dim / max(width, height) * side)``, in this order of operations, as in the
    published implementation (neural-style), but at least 1.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    """
    if side < 1:
        raise SettingsError(f"size {side} is too small; give the longest side in pixels, 1 or more")
    width, height = (max(1, int(dim / max(size) * side)) for dim in size)
    return width, height


def fit(
    image: Image.Image, side: int, *, resample: Image.Resampling = Image.Resampling.BILINEAR
) -> Image.Image:
    """Resize so that the longest side is ``side`` pixels; small pictures are enlarged.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    """
    return image.resize(scaled_size(image.size, side), resample)
