"""PNG of 16 bits a channel: values, transparency, metadata, and reduction while decoding."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures import strips
from ortstyle.pictures.metadata import KEYWORD, Metadata
from ortstyle.pictures.png_16_bits import png_metadata
from ortstyle.pictures.png_chunks import chunk
from ortstyle.pictures.png_write import write_png
from ortstyle.pictures.read import read_picture

ORIENTATION = 0x0112
COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def write(path, levels, *, before=b"", after=b""):
    """Write a PNG with chunks before and after its pixels."""
    height, width, channels = levels.shape
    ihdr = struct.pack(">IIBBBBB", width, height, 16, COLOR_TYPES[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in levels.astype(">u2"))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", ihdr)
        + before
        + chunk(b"IDAT", zlib.compress(rows))
        + after
        + chunk(b"IEND", b"")
    )
    return path


def random_levels(channels, height=12, width=18):
    shape = (height, width, channels)
    return np.random.default_rng(channels).integers(0, 65536, shape).astype(np.uint16)


READ = """
import sys
from ortstyle.pictures.read import read_picture
picture = read_picture(sys.argv[1], side=int(sys.argv[2]) or None)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(*picture.size, int(peak.split()[1]) >> 10)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize(("channels", "side"), [(3, 512), (4, 512), (3, 0)])
def test_100_megapixels_take_at_most_1200_megabytes(tmp_path, channels, side, suffix):
    path, length = tmp_path / f"a.{suffix}", 10_000
    row = np.random.default_rng(0).integers(0, 65536, (1, length, channels)).astype(np.uint16)
    if suffix == "png":
        ihdr = struct.pack(">IIBBBBB", length, length, 16, COLOR_TYPES[channels], 0, 0, 0)
        stream = zlib.compressobj(1)
        filtered = b"\1" + np.diff(row, axis=1, prepend=row[:, :1]).astype(">u2").tobytes()
        data = b"".join(stream.compress(filtered) for _ in range(length)) + stream.flush()
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
        )
    else:
        from tiffs import tiff_of

        strip = zlib.compress(np.broadcast_to(row, (50, length, channels)).tobytes(), 1)
        shape, extra = (length, length, channels), (2,) * (channels - 3)
        pixels = np.broadcast_to(row, shape)
        path.write_bytes(
            tiff_of(pixels, 2, rows=50, compression=8, extra=extra, segments=[strip] * 200)
        )
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(side)], capture_output=True, check=True
    )
    width, height, peak = map(int, done.stdout.split())
    assert (width, height) == ((1667, 1667) if side else (length, length))
    assert peak < (500 if side else 1200)


@pytest.mark.parametrize("channels", COLOR_TYPES)
def test_levels_and_transparency_are_exact(tmp_path, channels):
    levels = random_levels(channels)
    picture = read_picture(write(tmp_path / "a.png", levels))
    assert picture.depth == 16
    colors = levels[..., :3] if channels > 2 else levels[..., :1].repeat(3, axis=2)
    cover = levels[..., -1:] / 65535 if channels in {2, 4} else 1.0
    expected = 255 + (colors / 257 - 255) * cover
    np.testing.assert_allclose(picture.pixels[0].transpose(1, 2, 0), expected, atol=1e-3)
    assert (picture.alpha is not None) == (channels in {2, 4})


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour(tmp_path, channels):
    levels = random_levels(channels)
    levels[2, 3] = levels[0, 0]
    key = chunk(b"tRNS", levels[0, 0].astype(">u2").tobytes())
    alpha = np.asarray(read_picture(write(tmp_path / "a.png", levels, before=key)).alpha)
    assert list(zip(*np.where(alpha == 0), strict=True)) == [(0, 0), (2, 3)]


def test_metadata_after_the_pixels_is_found_without_decoding_them(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    path = write(tmp_path / "a.png", random_levels(3), after=chunk(b"eXIf", data))
    assert read_picture(path).size == (12, 18)
    with path.open("rb") as file:
        image = png_metadata(file)
    assert image.size == (1, 1)
    assert image.getexif()[ORIENTATION] == 6


def test_all_metadata_is_found(tmp_path):
    metadata = Metadata(icc=b"a profile", text="the text")
    with (tmp_path / "a.png").open("w+b") as file:
        write_png(file, random_levels(4), metadata=metadata)
        image = png_metadata(file)
    assert image.info["icc_profile"] == b"a profile"
    assert image.info[KEYWORD] == "the text"


def test_a_large_picture_is_reduced_to_what_is_needed(tmp_path, monkeypatch):
    levels = random_levels(4, 90, 120)
    path = write(tmp_path / "a.png", levels)
    whole = read_picture(path)
    monkeypatch.setattr(strips, "LARGE", 1000)
    monkeypatch.setattr(strips, "STRIP_PIXELS", 2000)
    reduced = read_picture(path, side=10)
    assert reduced.size == (30, 23)  # the last row of squares is cut
    assert reduced.source_size == (120, 90)
    assert reduced.proportions == whole.size
    for plane, other in zip(reduced.planes, whole.planes, strict=True):
        np.testing.assert_allclose(plane, other.reduce(4), atol=0.01)
    np.testing.assert_allclose(np.asarray(reduced.alpha, int), whole.alpha.reduce(4), atol=1)
    small, expected = (picture.resize_to_side(10) for picture in (reduced, whole))
    assert small.size == expected.size == (10, 7)
    np.testing.assert_allclose(small.pixels, expected.pixels, atol=12)
    assert small.source_size is None
