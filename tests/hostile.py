"""Damaged files made from whole ones: bits flipped, cut short, with lying sizes, glued together."""

import io
import struct
import warnings
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFF0)
_MODES = {
    "AVIF": ["RGB", "RGBA"],
    "BMP": ["RGB", "P", "1"],
    "DDS": ["RGBA", "L"],
    "DIB": ["RGB"],
    "GIF": ["P"],
    "ICNS": ["RGBA"],
    "ICO": ["RGBA"],
    "IM": ["RGB", "F"],
    "JPEG": ["RGB", "L", "CMYK"],
    "JPEG2000": ["RGB", "LA"],
    "MPO": ["RGB"],
    "MSP": ["1"],
    "PCX": ["RGB", "P"],
    "PNG": ["RGBA", "P", "I;16"],
    "PPM": ["RGB", "1", "F"],
    "QOI": ["RGB", "RGBA"],
    "SGI": ["RGB", "RGBA"],
    "SPIDER": ["F"],
    "TGA": ["RGBA", "P"],
    "TIFF": ["RGB", "CMYK", "I;16", "F"],
    "WEBP": ["RGB", "RGBA"],
    "XBM": ["1"],
}


def whole_pictures():
    """Return valid pictures by a name: every format that Pillow writes, and some by hand."""
    found = {}
    for kind, modes in _MODES.items():
        for mode in modes:
            data = _written(kind, mode)
            if data:
                found[f"{kind.lower()} {mode}"] = data
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        found[f"tiff {compression}"] = _written("TIFF", "RGB", compression=compression)
    found["tiff group4"] = _written("TIFF", "1", compression="group4")
    return found | _tiffs() | _by_hand()


def _picture(mode):
    y, x = np.mgrid[:37, :53]
    pixels = np.stack([4 * x, 6 * y, 2 * x + 3 * y, 255 - 4 * x], -1).astype(np.uint8)
    image = Image.fromarray(pixels)  # of mode RGBA
    if mode == "I;16":
        return Image.fromarray(pixels[..., 0].astype(np.uint16) << 8)
    if mode in ("LA", "RGBA"):
        return image.convert(mode)
    return image.convert("RGB").convert(mode)


def _written(kind, mode, **options):
    """Return a picture with EXIF, profile and text where the format holds them."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    exif[0x8825] = {1: "N", 2: (1.0, 2.0, 3.0)}
    if kind in ("AVIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"):
        if "compression" not in options:  # libtiff writes no GPS
            options["exif"] = exif.tobytes()
        if mode in ("RGB", "RGBA"):
            options["icc_profile"] = ImageCms.ImageCmsProfile(
                ImageCms.createProfile("sRGB")
            ).tobytes()
    if kind in ("GIF", "MPO"):
        options |= {"save_all": True, "append_images": [_picture(mode)]}
    file = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of formats that Pillow will drop
            _picture(mode).save(file, kind, **options)
    except (KeyError, OSError):  # this Pillow lacks the format
        return b""
    return file.getvalue()


def _tiffs():
    levels = np.random.default_rng(0).integers(0, 65536, (40, 48, 4), np.uint16)
    kinds = {
        "16-bit": {"data": levels[..., :3], "photometric": "rgb"},
        "planar": {"data": levels[..., :3].transpose(2, 0, 1), "photometric": "rgb"},
        "tiled": {"data": levels, "photometric": "rgb", "tile": (16, 16), "extrasamples": [2]},
        "big": {"data": levels[..., 0], "bigtiff": True, "photometric": "miniswhite"},
        "float": {"data": levels[..., 0] / np.float32(65535), "compression": "zlib"},
        "uint32": {"data": levels[..., 0].astype(np.uint32), "byteorder": ">"},
    }
    found = {}
    for name, kind in kinds.items():
        options = {key: value for key, value in kind.items() if key != "data"}
        options.setdefault("photometric", "minisblack")
        byteorder, big = options.pop("byteorder", "<"), options.pop("bigtiff", False)
        file = io.BytesIO()
        with tifffile.TiffWriter(file, byteorder=byteorder, bigtiff=big) as writer:
            writer.write(kind["data"], **options)
        found[f"tiff {name}"] = file.getvalue()
    return found


def _by_hand():
    """Return formats that Pillow reads and does not write, and what it can't put into a PNG."""
    fits = "".join(
        f"{card:80}"
        for card in (
            "SIMPLE  =                    T",
            "BITPIX  =                    8",
            "NAXIS   =                    2",
            "NAXIS1  =                   16",
            "NAXIS2  =                   16",
            "END",
        )
    )
    psd = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 16, 16, 8, 3) + bytes(12)
    rows = bytes(range(256))
    header = struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0)
    cicp, gamma = b"\x0c\x10\x00\x01", struct.pack(">I", 45455)
    text = b"ortstyle\0\0\0\0\0" + b'{"settings": {}}'
    bomb = b"ortstyle\0\0" + zlib.compress(bytes(1 << 24))
    chunks = [(b"IHDR", header), (b"cICP", cicp), (b"gAMA", gamma), (b"iTXt", text)]
    pixels = zlib.compress((b"\0" + bytes(range(96))) * 16)
    tail = [(b"IDAT", pixels), (b"IEND", b"")]
    return {
        "fits": fits.ljust(2880).encode() + rows.ljust(2880, b"\0"),
        "psd": psd + struct.pack(">H", 0) + rows * 3,
        "xpm": b'/* XPM */\nstatic char *a[] = {\n"2 2 2 1",\n"a c #ff0000",\n"b c #0000ff",\n'
        b'"ab",\n"ba"\n};\n',
        "gbr": struct.pack(">5I4sI", 30, 2, 16, 16, 1, b"GIMP", 10) + b"a\0" + rows,
        "png cicp": _png([*chunks, *tail]),
        "png bomb": _png([chunks[0], (b"zTXt", bomb), *tail]),
        "sun": struct.pack(">8I", 0x59A66A95, 16, 16, 8, 256, 1, 0, 0) + rows,
    }


def _png(chunks):
    found = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in chunks:
        found.append(struct.pack(">I", len(data)) + kind + data)
        found.append(struct.pack(">I", zlib.crc32(kind + data)))
    return b"".join(found)


def damaged(data, other, rng):
    """Return data that one to three damages at random have changed; `other` is glued into it."""
    for _ in range(rng.integers(1, 4)):
        damage = _DAMAGES[rng.integers(len(_DAMAGES))]
        data = damage(bytearray(data), other, rng) or b"\0"
    if data.startswith(b"\x89PNG") and rng.integers(4):
        return _with_checksums(data)
    return bytes(data)


def _place(data, rng):
    """Return an offset, half of the time among the first, where headers are."""
    last = min(len(data), 300) if rng.integers(2) else len(data)
    return int(rng.integers(last))


def _flip(data, _, rng):
    for _ in range(rng.integers(1, 20)):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def _cut(data, _, rng):
    return data[: _place(data, rng)]


def _lie(data, _, rng):
    """Write an extreme number of 1 to 8 bytes somewhere, in either order."""
    size = int(rng.choice([1, 2, 4, 8]))
    number = int(rng.choice(EXTREMES)) % (1 << 8 * size)
    at = _place(data, rng)
    data[at : at + size] = number.to_bytes(size, "little" if rng.integers(2) else "big")
    return data


def _repeat(data, _, rng):
    start, length = _place(data, rng), int(rng.integers(1, 64))
    times = int(rng.choice([2, 3, 1000]))
    return data[:start] + data[start : start + length] * times + data[start + length :]


def _drop(data, _, rng):
    start = _place(data, rng)
    return data[:start] + data[start + int(rng.integers(1, 64)) :]


def _glue(data, other, rng):
    start = _place(data, rng)
    return data[:start] + other[_place(other, rng) :]


_DAMAGES = (_flip, _flip, _cut, _lie, _lie, _lie, _repeat, _drop, _glue)


def _with_checksums(data):
    """Return a PNG with the checksum of each chunk right, so that the chunk is looked into."""
    found, at = bytearray(data), 8
    while at + 12 <= len(found):
        length = int.from_bytes(found[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(found):
            break
        found[end : end + 4] = struct.pack(">I", zlib.crc32(found[at + 4 : end]))
        at = end + 4
    return bytes(found)


def read_everything(path):
    """Read a picture in each of the ways in which ortstyle reads one; return its size as text."""
    from ortstyle.errors import OrtStyleError
    from ortstyle.pictures.read import read_embedded_text, read_picture

    try:
        read_embedded_text(path)
    except OrtStyleError as caught:
        message = str(caught)
        assert len(message.splitlines()) == 1, message
    picture = read_picture(path, name="content")
    assert all(len(notice.splitlines()) == 1 for notice in picture.notices), picture.notices
    return f"{picture.width}×{picture.height}"
