"""Pictures that Pillow reads otherwise than their formats say: mended here, or refused.

Set bits of an XBM are black. The colours of a one-bit PCX are in its header. Of the grey or colour
that a PNG declares transparent only the low bits count, and Pillow scales grey of 2 and 4 bits to
8, but not this level. Palettes of JPEG 2000 may hold equal colours, and its channels may lie in any
order. Sources: ISO/IEC 15444-1, annex I; W3C, PNG Specification (Third Edition), section 11.3.1.1.
"""

import struct
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageChops

from ortstyle.errors import PictureError
from ortstyle.pictures.bmp import count_colors, decode_runs
from ortstyle.pictures.mend import FindMend, Mend
from ortstyle.pictures.png_chunks import chunks
from ortstyle.pictures.png_rows import PngHeader
from ortstyle.pictures.psd import find_psd_mend
from ortstyle.pictures.tga import find_tga_mend

_BMP_ALPHA_MASK = 66  # its offset
_JP2_HEAD = 1 << 16  # bytes in which a palette and the order of channels are looked for
_OPACITY, _PREMULTIPLIED = 1, 2  # kinds of channels of JPEG 2000
_BEYOND = "pixels whose colour its table does not hold count as black"
_KEY_BYTES = {0: 2, 2: 6}  # of the transparent level of a PNG, by colour type
_PCX_COLORS = 16  # where a PCX holds the colours of its clear and of its set bits


def find_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:
    """Return what mends an opened image; None where Pillow reads it rightly; see `mend.FindMend`.

    Raises
    ------
    PictureError
        The image is a PSD with channels that Pillow does not know, or without the picture that its
        layers give; or a FITS of more than 8 bits.
    """
    finder = _FINDERS.get(image.format or "")
    mend = finder(image, file, label) if finder else None
    return mend or _short_table_mend(image)


def _short_table_mend(image: Image.Image) -> Mend | None:
    """Return what looks for pixels without a colour in the table of a PNG or GIF."""
    if image.mode != "P" or image.palette is None or image.format not in {"GIF", "PNG"}:
        return None
    return _table_mend(len(image.palette.palette) // 3)  # which is RGB before it is decoded


def _table_mend(colors: int) -> Mend:
    def mend(image: Image.Image) -> tuple[Image.Image, str]:
        image.load()
        is_beyond = image.mode == "P" and _highest(image) >= colors
        return image, _BEYOND if is_beyond else ""

    return mend


def _highest(image: Image.Image) -> int:
    """Return the highest index of a colour in an image of mode P."""
    return max(index for index, count in enumerate(image.histogram()) if count)


def _xbm_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:  # noqa: ARG001
    return _inverted


def _pcx_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:  # noqa: ARG001
    file.seek(_PCX_COLORS)
    is_white_first = file.read(6) == b"\xff\xff\xff\0\0\0"
    return _inverted if image.mode == "1" and is_white_first else None


def _bmp_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:  # noqa: ARG001
    if image.mode == "RGB":
        return _unmasked if _has_alpha_mask(file) else None
    mend_table = _table_mend(count_colors(file) or 0)

    def mend(opened: Image.Image) -> tuple[Image.Image, str]:
        decoded, outside = decode_runs(file) or (opened, "")
        mended, beyond = mend_table(decoded)
        return mended, "; ".join(filter(None, (outside, beyond)))

    return mend


def _fits_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:  # noqa: ARG001
    if image.mode != "L":
        raise PictureError(
            f"{label} holds measured values, not a picture's; save it as 16-bit TIFF"
        )
    return None


def _inverted(image: Image.Image) -> tuple[Image.Image, str]:
    return ImageChops.invert(image), ""


def _unmasked(image: Image.Image) -> tuple[Image.Image, str]:
    return image, "its transparency of one bit is not read; it counts as opaque"


def _has_alpha_mask(file: BinaryIO) -> bool:
    """Return whether a BMP of 16 bits has a mask for transparency, which Pillow leaves out."""
    file.seek(0)
    header = file.read(_BMP_ALPHA_MASK + 4)
    if len(header) < _BMP_ALPHA_MASK + 4 or struct.unpack_from("<I", header, 14)[0] < 56:
        return False
    depth, compression = struct.unpack_from("<HI", header, 28)
    mask = struct.unpack_from("<I", header, _BMP_ALPHA_MASK)[0]
    return bool(depth == 16 and compression == 3 and mask)


def _jpeg2000_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:  # noqa: ARG001
    """Return what orders the channels, or mends a palette, of which Pillow joins equal colours."""
    file.seek(0)
    head = file.read(_JP2_HEAD).partition(b"jp2c")[0]
    if image.mode in {"LA", "RGB", "RGBA"}:
        return _channel_mend(head, image.mode)
    if image.mode != "P":
        return None
    at = head.find(b"pclr")
    if at < 0 or at + 7 > len(head):
        return None
    count, channels = struct.unpack_from(">HB", head, at + 4)
    colors = head[at + 7 + channels :][: count * channels]
    if channels not in {3, 4} or any(depth > 7 for depth in head[at + 7 : at + 7 + channels]):
        return None
    table = np.frombuffer(colors[: len(colors) // channels * channels], np.uint8)
    colors = table.reshape(-1, channels)[:, _channel_order(head, channels)].tobytes()

    def mend(image: Image.Image) -> tuple[Image.Image, str]:
        image.load()
        image.putpalette(colors, "RGB" if channels == 3 else "RGBA")
        return image, ""

    return mend


def _channel_mend(head: bytes, mode: str) -> Mend | None:
    """Return what puts the channels of a JPEG 2000 in order, and takes some for no transparency."""
    kinds = {channel: kind for channel, kind, _ in _definitions(head)}
    order = _channel_order(head, len(mode))
    last = kinds.get(order[-1], _OPACITY) if mode.endswith("A") else _OPACITY
    if order == sorted(order) and last == _OPACITY:
        return None

    def mend(opened: Image.Image) -> tuple[Image.Image, str]:
        bands = opened.split()
        if last not in {_OPACITY, _PREMULTIPLIED}:
            return Image.merge(mode[:-1], [bands[i] for i in order[:-1]]), ""
        image = Image.merge(mode, [bands[i] for i in order])
        if last == _PREMULTIPLIED:
            data = image.convert("RGBA").tobytes()
            image = Image.frombytes("RGBa", image.size, data).convert("RGBA")
        return image, ""

    return mend


def _definitions(head: bytes) -> list[tuple[int, ...]]:
    """Return a JPEG 2000's channels: the number, the kind (0 for a colour), and the colour."""
    at = head.find(b"cdef")
    if at < 0 or at + 6 > len(head):
        return []
    count, data = struct.unpack_from(">H", head, at + 4)[0], head[at + 6 :]
    return list(struct.iter_unpack(">3H", data[: min(count, len(data) // 6) * 6]))


def _channel_order(head: bytes, channels: int) -> list[int]:
    """Return which channels of a JPEG 2000 are the colours in their order, and transparency."""
    order = list(range(channels))
    for channel, kind, color in _definitions(head):
        place = color - 1 if kind == 0 else channels - 1
        if 0 <= place < channels and channel < channels:
            order[place] = channel
    return order if len(set(order)) == channels else list(range(channels))


def _png_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:  # noqa: ARG001
    """Return what gives a PNG of up to 8 bits its transparent level as Pillow scales levels."""
    header = PngHeader.read(file) if "transparency" in image.info else None
    if header is None or header.color_type not in _KEY_BYTES or header.depth > 8:
        return None
    length = _KEY_BYTES[header.color_type]
    data = next((file.read(length) for kind, _ in chunks(file) if kind == b"tRNS"), b"")
    if len(data) < length:
        return None
    top = 2**header.depth - 1
    levels = [(level & top) * 255 // top for level in struct.unpack(f">{length // 2}H", data)]
    key = levels[0] if len(levels) == 1 else tuple(levels)

    def mend(opened: Image.Image) -> tuple[Image.Image, str]:
        opened.info["transparency"] = key
        return opened, ""

    return mend


_FINDERS: dict[str, FindMend] = {
    "BMP": _bmp_mend,
    "FITS": _fits_mend,
    "JPEG2000": _jpeg2000_mend,
    "PCX": _pcx_mend,
    "PNG": _png_mend,
    "PSD": find_psd_mend,
    "TGA": find_tga_mend,
    "XBM": _xbm_mend,
}
