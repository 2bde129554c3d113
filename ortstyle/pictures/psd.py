"""PSD: transparency, rows of runs, and what lies under transparency.

The fourth channel is transparency only if the number of layers is negative; otherwise it is a
selection that was saved. Further channels shift what Pillow reads, and Photoshop mixes white into
colours under transparency. Set bits are black. Rows are compressed one by one, and may hold more
than they should, which Pillow takes for the next row. Source: Adobe Photoshop File Formats
Specification, 2019.
"""

import struct
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageChops
from PIL.PsdImagePlugin import PsdImageFile

from ortstyle.errors import PictureError
from ortstyle.pictures.mend import Mend

_HEADER = 26  # bytes before the sections
_VERSION = 1057  # the resource that says whether the layers' picture is there
_RUNS = 1  # the compression of rows by PackBits
_ZIP = {2, 3}
_ROWS = 128  # rows of a picture that are converted at once


def find_psd_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:
    """Return what mends an opened PSD; None where Pillow reads it rightly; see `mend.FindMend`.

    Raises
    ------
    PictureError
        It has channels that Pillow does not know, or lacks the picture that its layers give.
    """
    at, compression = _find_pixels(file)
    if compression in _ZIP:
        raise PictureError(
            f"{label} is a Photoshop file compressed as ZIP, which is not supported; save a flat "
            "copy as PNG or TIFF"
        )
    mend = _colors_mend(image, file, label)
    if compression != _RUNS:
        return mend

    def mend_rows(opened: Image.Image) -> tuple[Image.Image, str]:
        assert isinstance(opened, PsdImageFile)  # noqa: S101
        _unpack_rows(opened, file, at)
        return mend(opened) if mend else (opened, "")

    return mend_rows


def describe_unsupported(head: bytes) -> str:
    """Return why Pillow reads no PSD that begins like this; empty if it may be damaged."""
    if len(head) < _HEADER:
        return ""
    depth = struct.unpack_from(">H", head, 22)[0]
    return f"is a Photoshop file of {depth} bits a channel" if depth in {16, 32} else ""


def _colors_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:
    """Return what mends colours and transparency."""
    if image.mode == "1":
        return lambda opened: (ImageChops.invert(opened), "")
    resources = getattr(image, "resources", ())
    if any(number == _VERSION and data[4:5] == b"\0" for number, _, data in resources):
        raise PictureError(
            f"{label} holds layers without the picture that they give; save it with "
            '"Maximize Compatibility", or as PNG'
        )
    file.seek(0)
    channels = struct.unpack(">H", file.read(_HEADER)[12:14])[0]
    if channels > len(image.getbands()):
        raise PictureError(
            f"{label} holds {channels} channels, of which more than colours and transparency are "
            "not supported; save a flat copy as PNG or TIFF"
        )
    if image.mode != "RGBA":
        return None
    return _without_matte if _has_transparency(file) else lambda opened: (opened.convert("RGB"), "")


def _find_pixels(file: BinaryIO) -> tuple[int, int]:
    """Return where the pixels begin, and how they are compressed."""
    file.seek(_HEADER)
    for _ in range(3):  # the palette, the resources and the layers
        file.seek(struct.unpack(">I", file.read(4))[0], 1)
    compression = struct.unpack(">H", file.read(2))[0]
    return file.tell(), compression


def _unpack_rows(image: PsdImageFile, file: BinaryIO, at: int) -> None:
    """Let an opened image read rows as they are compressed, each by itself.

    Raises
    ------
    OSError
        A row is too short.
    """
    (width, height), bands = image.size, len(image.getbands())
    size = (width + 7) // 8 if image.mode == "1" else width
    file.seek(at)
    lengths = file.read(2 * bands * height)
    rows = bytearray()
    for (length,) in struct.iter_unpack(">H", lengths[: len(lengths) // 2 * 2]):
        try:
            row = Image.frombytes("L", (size, 1), file.read(length), "packbits", "L")
        except ValueError as error:
            raise OSError("a row is too short") from error
        rows += row.tobytes()
    image.fp = BytesIO(rows)
    image.tile = [
        tile._replace(codec_name="raw", offset=band * height * size)
        for band, tile in enumerate(image.tile)
    ]


def _has_transparency(file: BinaryIO) -> bool:
    """Return whether the fourth channel of a PSD is its transparency."""
    file.seek(_HEADER)
    for _ in range(2):  # the palette, and the resources
        file.seek(struct.unpack(">I", file.read(4))[0], 1)
    layers, size = struct.unpack(">II", file.read(8))
    return bool(layers and size) and struct.unpack(">h", file.read(2))[0] < 0


def _without_matte(image: Image.Image) -> tuple[Image.Image, str]:
    """Take the white away that Photoshop has mixed into the colours under transparency.

    Other programs store the colours themselves, which are then darker than any with white in them.
    """
    pixels = np.array(image)
    for start in range(0, len(pixels), _ROWS):
        part = pixels[start : start + _ROWS]
        if (part[..., :3].min(-1).astype(np.int16) + part[..., 3] < 254).any():
            return image, ""
    for start in range(0, len(pixels), _ROWS):
        part = pixels[start : start + _ROWS]
        white = 255 - part[..., :3].astype(np.float32)
        clear = 255 - white * (255 / np.maximum(part[..., 3:], 1).astype(np.float32))
        part[..., :3] = np.rint(clear.clip(0, 255))
    return Image.fromarray(pixels), ""
