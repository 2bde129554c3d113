"""The file formats of results: what each can hold, and which encoding options it supports.

A format is one row of `FORMATS`. A format that Pillow can write but that has no row holds 8-bit RGB
and nothing else.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.pictures.encode import CHROMA, Encoding
from ortstyle.pictures.metadata import Metadata
from ortstyle.pictures.png_write import write_png
from ortstyle.pictures.tiff_write import write_tiff


class WriteLevels(Protocol):
    """A function that writes levels, with or without alpha, to an open file."""

    def __call__(self, file: BinaryIO, levels: NDArray[Any], *, metadata: Metadata) -> None:
        """Write ``(H, W, 3)`` or ``(H, W, 4)`` levels, and the metadata that the format holds."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """What a file format can hold, and which encoding options it supports.

    Attributes
    ----------
    name
        Pillow's name of the format.
    suffix
        The usual suffix, which error messages suggest.
    any_size
        Whether it holds pictures of any size; icon formats do not, so Pillow resizes the picture.
    alpha
        Whether it holds transparency.
    profile_and_exif
        Whether it holds a colour profile, EXIF and XMP.
    text
        Where the text that ortstyle embeds is stored: in EXIF's user comment, or in a PNG's chunk
        of international text. None if it is left out.
    max_exif_bytes
        Largest size of EXIF in bytes; None for no limit.
    write_16_bits
        A function that writes 16 bits a channel, which Pillow can't; None if the format holds
        only 8.
    write_8_bits
        A function that writes 8 bits a channel in place of Pillow; None for Pillow.
    resolution
        Whether the format has a place of its own for the resolution, beside EXIF.
    iptc
        Whether it holds IPTC.
    quality
        Default of `Encoding.quality`; None if the format does not support it.
    chroma
        Whether the format supports `Encoding.chroma`.
    max_side, max_pixels, max_bytes
        Largest side and area in pixels, and size of the pixels in bytes; None for no limit that a
        picture reaches.
    max_colors
        Number of colours that a picture has at most; None for all.
    """

    name: str
    suffix: str = ""
    any_size: bool = True
    alpha: bool = False
    profile_and_exif: bool = False
    text: Literal["EXIF", "iTXt"] | None = None
    max_exif_bytes: int | None = None
    write_16_bits: WriteLevels | None = None
    write_8_bits: WriteLevels | None = None
    resolution: bool = False
    iptc: bool = False
    quality: int | None = None
    chroma: bool = False
    max_side: int | None = None
    max_pixels: int | None = None
    max_bytes: int | None = None
    max_colors: int | None = None

    def check_size(
        self, size: tuple[int, int], *, suffix: str, depth: int = 8, has_alpha: bool = False
    ) -> None:
        """Check that the format holds pictures of a width and height.

        Raises
        ------
        OutputError
            It does not; the message names formats that do.
        """
        limit = self._exceeded(size, depth=depth, has_alpha=has_alpha)
        if not limit:
            return

        def fits(row: Format) -> bool:
            deep = depth == 8 or row.write_16_bits is not None
            usable = row.profile_and_exif and deep and row.name != self.name
            return usable and not row._exceeded(size, depth=depth, has_alpha=has_alpha)

        others = _list_suffixes(fits)
        raise OutputError(
            f"{suffix} holds at most {limit}, and the result is {size[0]}×{size[1]}; write "
            f"{others}, or give a smaller --size"
        )

    def _exceeded(self, size: tuple[int, int], *, depth: int, has_alpha: bool) -> str:
        """Return the limit, in words, that a picture exceeds; empty if there is none."""
        pixels, channels = size[0] * size[1], 4 if has_alpha and self.alpha else 3
        depth = depth if self.write_16_bits else 8
        if self.max_side and max(size) > self.max_side:
            return f"{self.max_side:,} pixels a side"
        if self.max_pixels and pixels > self.max_pixels:
            return f"{self.max_pixels:,} pixels"
        if self.max_bytes and pixels * channels * depth // 8 > self.max_bytes:
            return f"{self.max_bytes / 1e9:.1f} GB"
        return ""

    def check(self, encoding: Encoding, *, suffix: str) -> None:
        """Check that the format supports an encoding; ``suffix`` is the file's, for messages.

        Raises
        ------
        OutputError
            The format does not support it.
        """
        if encoding.depth == 16 and self.write_16_bits is None:
            others = _list_suffixes(lambda row: row.write_16_bits is not None)
            raise OutputError(f"--depth 16: {suffix} holds 8 bits; write {others}")
        if encoding.quality is not None and self.quality is None:
            others = _list_suffixes(lambda row: row.quality is not None)
            raise OutputError(
                f"--quality: {suffix} has no quality to choose; leave it out, or write {others}"
            )
        if encoding.chroma is not None and not self.chroma:
            others = _list_suffixes(lambda row: row.chroma)
            raise OutputError(
                f"--chroma: {suffix} has no chroma to choose; leave it out, or write {others}"
            )

    def pillow_options(self, encoding: Encoding) -> dict[str, Any]:
        """Return the arguments for Pillow's ``save`` by which this format gets an encoding."""
        options: dict[str, Any] = {}
        if self.quality is not None:
            options["quality"] = encoding.quality or self.quality
        if self.chroma:
            options["subsampling"] = CHROMA[encoding.chroma or "444"]
        return options


_FOUR_GB = 2**32 - 2**24  # of a file with offsets of 32 bits, less what is not pixels

_ROWS = (
    Format(
        name="PNG",
        suffix=".png",
        alpha=True,
        profile_and_exif=True,
        text="iTXt",
        resolution=True,
        write_16_bits=write_png,
    ),
    Format(
        name="JPEG",
        suffix=".jpg",
        profile_and_exif=True,
        text="EXIF",
        max_exif_bytes=65_533,  # one segment
        resolution=True,
        iptc=True,
        quality=95,
        chroma=True,
        max_side=65_500,  # of libjpeg; the format's own is 65,535
    ),
    Format(
        name="TIFF",
        suffix=".tif",
        alpha=True,
        profile_and_exif=True,
        text="EXIF",
        resolution=True,
        iptc=True,
        write_16_bits=write_tiff,
        write_8_bits=write_tiff,
        max_bytes=_FOUR_GB,
    ),
    Format(
        name="WEBP",
        suffix=".webp",
        alpha=True,
        profile_and_exif=True,
        text="EXIF",
        quality=95,
        max_side=16_383,
    ),
    Format(
        name="AVIF",
        suffix=".avif",
        alpha=True,
        profile_and_exif=True,
        text="EXIF",
        quality=90,
        chroma=True,
        max_side=32_768,  # libavif reads no larger ones
        max_pixels=16_384**2,
    ),
    Format(name="BMP", suffix=".bmp", resolution=True, max_bytes=_FOUR_GB),
    Format(name="GIF", suffix=".gif", max_side=65_535, max_colors=256),
    Format(name="MPO", suffix=".mpo", max_side=65_500),
    Format(name="PCX", suffix=".pcx", max_side=65_534),
    Format(name="PDF", suffix=".pdf", max_side=65_500),
    Format(name="SGI", suffix=".sgi", max_side=65_535),
    Format(name="TGA", suffix=".tga", max_side=65_535),
    Format(name="ICNS", suffix=".icns", any_size=False),
    Format(name="ICO", suffix=".ico", any_size=False),
)
FORMATS = {row.name: row for row in _ROWS}
"""The formats by Pillow's name."""


def format_of(path: Path) -> Format:
    """Return the format that the suffix of ``path`` names, whether or not it can be written."""
    name = Image.registered_extensions().get(path.suffix.lower(), "")
    return FORMATS.get(name) or Format(name=name)


def find_format(path: Path) -> Format:
    """Return the format that the suffix of ``path`` names, after saving a tiny RGB picture in it.

    Raises
    ------
    OutputError
        There is no suffix, or it names no format that holds colour pictures of any size.
    """
    if path.suffix in ("", "."):  # a single dot is one since Python 3.14
        example = str(path).rstrip(".") or path
        raise OutputError(f"output {path} has no suffix to tell its format; try {example}.png")
    found = format_of(path)
    usable = found.name in Image.SAVE and found.any_size
    if usable:
        try:
            Image.new("RGB", (16, 16)).save(io.BytesIO(), found.name)
        except Exception:  # noqa: BLE001 - RGB is not supported, or a library is missing
            usable = False
    if not usable:
        raise OutputError(
            f"output {path}: no colour picture can be saved as {path.suffix}; "
            "use .png, .jpg, .tif or .webp"
        )
    return found


def _list_suffixes(has: Callable[[Format], bool]) -> str:
    """Return the suffixes of the formats for which ``has`` is true, joined for a sentence."""
    *most, last = [row.suffix for row in _ROWS if has(row)]
    return f"{', '.join(most)} or {last}" if most else last
