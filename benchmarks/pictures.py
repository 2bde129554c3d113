"""How many foreign pictures are read as another program reads them.

    python benchmarks/pictures.py FOLDER [--decoder imagemagick|vips] [--out report.json]

reads every file in a folder, and in the folders in it, with ortstyle and with ImageMagick or
libvips (`apt install imagemagick libvips-tools`), and compares the pixels: in sRGB, upright, on
white. A picture agrees if it has the same size and differs by 2.5 of 255 levels or less on average,
which decoders of JPEG do at sharp edges. The files are not part of this project; the test pictures
of Pillow, libvips, libavif and image-rs are good collections.

A difference is no proof that ortstyle is wrong. It is "told" where ortstyle prints a notice.
"""

import argparse
import io
import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from multiprocessing import TimeoutError, get_context  # noqa: A004  what `get` raises
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ortstyle.errors import OrtStyleError
from ortstyle.pictures.read import read_picture

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

SECONDS = 60  # for one picture
AGREES = 2.5  # levels of 255, on average
LARGEST = 50_000_000  # pixels; larger pictures are left out
IGNORED = {".txt", ".md", ".py", ".json", ".license", ".ttf", ".otf", ".yml", ".html", ".xmp", ""}
WORDS = {
    "agree": "agree",
    "told": "differ, and ortstyle prints a notice",
    "differ": "differ",
    "refused": "are read by the other program alone",
    "alone": "are read by ortstyle alone",
    "neither": "are read by neither",
    "fault": "end in a traceback, take too long, or end the process",
}

Pixels = NDArray[np.uint8]
Found = tuple[str, Pixels | None, str]  # how it ended, the pixels, what was said


def ours(path: Path) -> Found:
    """Return what ortstyle reads: ("read", pixels, notices), or ("refused", None, message)."""
    try:
        picture = read_picture(path, max_pixels=LARGEST)
    except OrtStyleError as error:
        return "refused", None, str(error)
    except Exception as error:  # noqa: BLE001  what this script looks for
        return "fault", None, repr(error)
    pixels = np.rint(np.clip(picture.pixels[0], 0, 255)).astype(np.uint8).transpose(1, 2, 0)
    return "read", pixels, "; ".join(picture.notices)


def imagemagick(path: Path, folder: str) -> Pixels | None:
    """Return the pixels that ImageMagick reads; None if it refuses the file."""
    program = shutil.which("magick") or shutil.which("convert")
    profile = Path(folder, "srgb.icc")
    profile.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    limits = ["-limit", "memory", "1GiB", "-limit", "map", "2GiB", "-limit", "time", str(SECONDS)]
    steps = ["-auto-orient", "-profile", profile, "-colorspace", "sRGB"]
    steps += ["-background", "white", "-alpha", "remove", "-alpha", "off", "-depth", "8"]
    return pixels_of([program, *limits, f"{path}[0]", *steps, "ppm:-"])


def vips(path: Path, folder: str) -> Pixels | None:
    """Return the pixels that libvips reads; None if it refuses the file."""
    whole, flat = Path(folder, "whole.v"), Path(folder, "flat.ppm")
    size = ["1000000", "--height", "1000000", "--size", "down", "--export-profile", "srgb"]
    for command in (
        ["vips", "thumbnail", path, whole, *size],
        ["vips", "flatten", whole, flat, "--background", "255 255 255"],
    ):
        if run(command) is None:
            return None
    return pixels_of(["cat", flat])


def run(command: Sequence[Any]) -> bytes | None:
    """Return the output of a command; None if it fails or takes too long."""
    try:
        found = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return None if found.returncode else found.stdout


def pixels_of(command: Sequence[Any]) -> Pixels | None:
    """Return the pixels of the picture, PPM or PGM, that a command prints."""
    data = run(command)
    if not data:
        return None
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


DECODERS = {"imagemagick": imagemagick, "vips": vips}


def compared(kind: str, pixels: Pixels | None, other: Pixels | None) -> tuple[str, str]:
    """Return the word for how two decoders agree, and by how much they differ."""
    if kind == "fault":
        return "fault", ""
    if other is None:
        return ("neither" if pixels is None else "alone"), ""
    if pixels is None:
        return "refused", ""
    if pixels.shape != other.shape:
        sizes = [f"{found.shape[1]}×{found.shape[0]}" for found in (pixels, other)]
        return "differ", f"{sizes[0]}, not {sizes[1]}"
    difference = float(np.abs(pixels.astype(np.int16) - other).mean())
    return ("agree" if difference <= AGREES else "differ"), f"{difference:.1f}"


class Reader:
    """Reads pictures in a process of its own, which may hang or end."""

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def __call__(self, path: Path) -> Found:
        """Return what `ours` does; a fault if the process hangs or ends."""
        self._pool = self._pool or get_context("spawn").Pool(1)
        try:
            return self._pool.apply_async(ours, (path,)).get(SECONDS)
        except TimeoutError:
            self._pool.terminate()
            self._pool = None
            return "fault", None, f"no answer in {SECONDS} s"


def compare(path: Path, folder: str, read: Reader, decoder: str) -> dict[str, str]:
    """Return a row of the report about one file."""
    named = Path(folder, f"picture{path.suffix.lower()}")  # without characters that mean something
    named.unlink(missing_ok=True)
    shutil.copyfile(path, named)
    kind, pixels, said = read(path)
    word, by = compared(kind, pixels, DECODERS[decoder](named, folder))
    if word == "differ" and said:
        word = "told"
    return {"file": str(path), "result": word, "difference": by, "said": said}


def main() -> None:
    """Compare, and print the counts and every file that does not agree."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--decoder", choices=DECODERS, default="imagemagick")
    parser.add_argument("--out", type=Path, help="write a row for every file as JSON")
    arguments = parser.parse_args()
    files = [p for p in sorted(arguments.folder.rglob("*")) if p.is_file()]
    files = [p for p in files if p.suffix.lower() not in IGNORED]
    read, rows = Reader(), []
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            row = compare(path, folder, read, arguments.decoder)
            rows.append(row)
            if row["result"] not in ("agree", "neither"):
                print(f"{row['result']:8} {row['difference']:>8} {row['file']}: {row['said']}")
    counts = Counter(row["result"] for row in rows)
    print(f"\n{len(rows)} files, beside {arguments.decoder}:")
    for word, words in WORDS.items():
        print(f"{counts[word]:6} {words}")
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
