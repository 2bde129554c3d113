"""A picture in memory: the record of what was read, its pixels as arrays, and its size.

As an array, pixels are ``(1, 3, H, W)`` float32, RGB, 0–255.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.scaled_size import scaled_size

_ON_ITS_SIDE = {
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as it was read, in sRGB, upright and opaque, with the metadata of its file.

    Attributes
    ----------
    planes
        One image of mode RGB, or for more than 8 bits three of mode F, 0–255, or of mode I;16 for
        a large picture; in sRGB. Of a grey picture the three may be the same image.
    alpha
        The transparency, of mode L; None where the picture is opaque.
    icc
        The colour profile of the file; None if there is none or it can't be used.
    carried
        What a result takes from the file beside pixels and profile: EXIF, resolution, XMP, IPTC.
    notices
        Messages for the user, such as that the file holds further frames.
    label
        The role of the picture and its file, such as "content a.jpg"; error messages and notices
        begin with it.
    source_size
        Width and height in the file, if the picture was reduced while it was decoded.
    """

    planes: tuple[Image.Image, ...]
    alpha: Image.Image | None = None
    icc: bytes | None = None
    carried: Carried = field(default_factory=Carried)
    notices: tuple[str, ...] = ()
    label: str = "picture"
    source_size: tuple[int, int] | None = None

    @property
    def proportions(self) -> tuple[int, int]:
        """Width and height of the picture as its file holds it, from which sizes are computed."""
        return self.source_size or self.size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.planes[0].size

    @property
    def width(self) -> int:
        """The width in pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self.size[1]

    @property
    def depth(self) -> int:
        """Bits a channel: 8, or 16 for anything above."""
        return 8 if len(self.planes) == 1 else 16

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the pixels take.

        Pillow takes 4 bytes a pixel for an RGB image and for one of mode F.
        """
        planes = {id(plane): 2 if plane.mode == "I;16" else 4 for plane in self.planes}
        return self.width * self.height * (sum(planes.values()) + (1 if self.alpha else 0))

    @property
    def pixels(self) -> NDArray[np.float32]:
        """The pixels as ``(1, 3, H, W)`` float32, RGB, 0–255, converted at each access."""
        if len(self.planes) == 1:
            return to_array(self.planes[0])
        return np.stack([np.asarray(_in_floats(plane)) for plane in self.planes])[None]

    def resize(self, size: tuple[int, int]) -> Self:
        """Return the picture resized bilinearly to a width and height in pixels."""
        planes = _each(self.planes, lambda plane: _resized(plane, size))
        alpha = self.alpha and self.alpha.resize(size, Image.Resampling.BILINEAR)
        return replace(self, planes=planes, alpha=alpha, source_size=None)

    def resize_to_side(self, side: int) -> Self:
        """Return the picture resized so that its longest side is ``side`` pixels.

        Raises
        ------
        SettingsError
            ``side`` is less than 1.
        """
        return self.resize(scaled_size(self.proportions, side))

    def shrink_to_side(self, side: int) -> Self:
        """Return the picture resized to a side with its proportions, or itself if it is smaller.

        Resizing the result to this side gives what the picture itself would give.

        Raises
        ------
        SettingsError
            ``side`` is less than 1.
        """
        if side >= max(self.size):
            return self
        return replace(self.resize_to_side(side), source_size=self.proportions)

    def transpose(self, method: Image.Transpose) -> Self:
        """Return the picture turned or mirrored."""
        planes = _each(self.planes, lambda plane: plane.transpose(method))
        alpha = self.alpha and self.alpha.transpose(method)
        turned = replace(self, planes=planes, alpha=alpha)
        if method not in _ON_ITS_SIDE:
            return turned
        size = self.source_size and self.source_size[::-1]
        return replace(turned, source_size=size, carried=self.carried.turned())


def _each(
    planes: Sequence[Image.Image], change: Callable[[Image.Image], Image.Image]
) -> tuple[Image.Image, ...]:
    """Change each plane; those that are the same image stay the same image."""
    changed = {key: change(plane) for key, plane in {id(p): p for p in planes}.items()}
    return tuple(changed[id(plane)] for plane in planes)


def _resized(plane: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize a plane bilinearly; one of 16 bits then has mode F."""
    try:
        return _in_floats(plane.resize(size, Image.Resampling.BILINEAR))
    except ValueError:
        if plane.mode != "I;16":
            raise
        # Pillow before 11 can't resize 16 bits.
        return _in_floats(plane).resize(size, Image.Resampling.BILINEAR)


def _in_floats(plane: Image.Image) -> Image.Image:
    """Return a plane of 16 bits in mode F, 0–255; any other unchanged."""
    if plane.mode != "I;16":
        return plane
    return Image.fromarray(np.asarray(plane) / np.float32(257))


def resize_to_side(
    image: Image.Image, side: int, *, resample: Image.Resampling = Image.Resampling.BILINEAR
) -> Image.Image:
    """Return an image resized, up or down, so that its longest side is ``side`` pixels.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    """
    return image.resize(scaled_size(image.size, side), resample)


def to_array(image: Image.Image) -> NDArray[np.float32]:
    """Return the pixels of an image as contiguous ``(1, 3, H, W)`` float32, RGB, 0–255."""
    pixels = np.asarray(image.convert("RGB"), np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def to_image(array: NDArray[np.floating[Any]]) -> Image.Image:
    """Return the image, of mode RGB, of ``(1, 3, H, W)`` or ``(3, H, W)`` floats, RGB, 0–255.

    Values are clipped and rounded to the nearest integer, halves to the even one. The published
    implementation cuts the fraction off, which darkens by half a level.

    Raises
    ------
    PictureError
        The array has another shape, or holds NaN.
    """
    return Image.fromarray(to_levels(array).astype(np.uint8))


def to_levels(array: NDArray[np.floating[Any]], *, depth: int = 8) -> NDArray[np.uint16]:
    """Return ``(1, 3, H, W)`` or ``(3, H, W)`` floats, 0–255, as integer levels of 8 or 16 bits.

    Returns
    -------
    numpy.ndarray
        ``(H, W, 3)`` uint16, 0–255 for a ``depth`` of 8, 0–65535 for one of 16.

    Raises
    ------
    PictureError
        The array has another shape, or holds NaN.
    """
    planes = array[0] if array.ndim == 4 and len(array) == 1 else array
    if planes.ndim != 3 or len(planes) != 3 or planes.size == 0:
        raise PictureError(f"array of shape {array.shape}: a picture is (1, 3, H, W) or (3, H, W)")
    if np.isnan(planes).any():
        raise PictureError("array holds NaN: it is no picture; lower the weights that led to it")
    levels = np.clip(planes, 0, 255) * (257 if depth == 16 else 1)
    return np.ascontiguousarray(np.rint(levels).astype(np.uint16).transpose(1, 2, 0))
