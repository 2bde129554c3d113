"""Pictures of 100 megapixels: every kind is read in at most 1.2 GB, and its header tells it."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.png_chunks import chunk

LENGTH = 10_000
TURNED = Image.Exif()
TURNED[0x0112] = 6
PASSES = ((1250, 1250), (1250, 1250), (2500, 1250), (2500, 2500), (5000, 2500), (5000, 5000))

#: Prints the size of a picture, the MiB that reading it takes at its peak, and those foretold.
READ = """
import sys
import zlib, lzma, PIL.ImageCms
from ortstyle.pictures.header import read_header
from ortstyle.pictures.read import read_picture

def status(name):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) >> 10

side = int(sys.argv[2])
told = read_header(sys.argv[1]).reading_bytes(side or 10**6) >> 20
before = status("VmRSS")
picture = read_picture(sys.argv[1], side=side or None)
print(*picture.size, status("VmHWM") - before, told)
"""


def interlaced(path, channels):
    """Write an interlaced PNG of 16 bits a channel."""
    stream, parts = zlib.compressobj(1), []
    for width, height in (*PASSES, (LENGTH, LENGTH // 2)):
        row = b"\1" + bytes(range(1, 1 + 2 * channels)) * width
        parts += [stream.compress(row) for _ in range(height)]
    ihdr = struct.pack(">IIBBBBB", LENGTH, LENGTH, 16, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 1)
    data = chunk(b"IDAT", b"".join(parts) + stream.flush())
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + data + chunk(b"IEND", b""))


def saved(path, mode, options):
    """Save a smooth picture of some colours."""
    colors = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    image = Image.fromarray(colors).resize((LENGTH, LENGTH), Image.Resampling.BILINEAR)
    if mode == "RGBA":
        image.putalpha(image.getchannel("G"))
    image.convert(mode).save(path, **options)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize("side", [512, 0])
@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {}),
        ("a.jpg", "RGB", {"progressive": True, "subsampling": 0}),
        ("a.jpg", "RGB", {"exif": TURNED}),
        ("a.jpg", "RGB", {"icc_profile": srgb_profile()}),
        ("a.jpg", "CMYK", {}),
        ("a.png", "RGB", {"compress_level": 1}),
        ("a.png", "RGBA", {"compress_level": 1, "exif": TURNED}),
        ("a.png", "P", {"compress_level": 1}),
        ("a.gif", "P", {}),
        ("a.bmp", "RGB", {}),
        ("a.tga", "RGB", {}),
        ("a.ppm", "RGB", {}),
        ("a.tif", "RGB", {"compression": "tiff_lzw"}),
        ("a.webp", "RGB", {"lossless": True, "quality": 0, "method": 0}),
        ("a.webp", "RGBA", {"method": 0, "exif": TURNED}),
        ("a.avif", "RGB", {"speed": 10, "subsampling": "4:4:4"}),
        ("a.avif", "RGBA", {"speed": 10}),
        ("interlaced.png", 1, {}),
        ("interlaced.png", 3, {}),
        ("interlaced.png", 4, {}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else str(value),
)
def test_100_megapixels_of_every_kind_take_at_most_1200_megabytes(
    tmp_path, name, mode, options, side
):
    path = tmp_path / name
    if name.endswith(".avif") and ".avif" not in Image.registered_extensions():
        pytest.skip("Pillow is too old for AVIF")
    if name == "interlaced.png":
        interlaced(path, mode)
    else:
        saved(path, mode, options)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(side)], capture_output=True, check=True
    )
    width, height, peak, told = map(int, done.stdout.split())
    assert (width, height) == ((1667, 1667) if side and mode in {3, 4} else (LENGTH, LENGTH))
    assert peak < 1200
    assert peak <= told
