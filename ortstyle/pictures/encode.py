"""How a picture's file is written: what may be chosen, and what each format holds."""

from dataclasses import dataclass
from typing import Any

from ortstyle.errors import OutputError, SettingsError
from ortstyle.settings.checks import check_choice

DEEP = {"PNG", "TIFF"}
"""Formats, by Pillow's names, that hold 16 bits."""

ALPHA = {"AVIF", "PNG", "TIFF", "WEBP"}
"""Formats that hold transparency."""

EXIF = {"AVIF", "JPEG", "PNG", "TIFF", "WEBP"}
"""Formats that hold a colour profile and EXIF."""

_QUALITY = {"AVIF": 90, "JPEG": 95, "WEBP": 95}
_CHROMA = {"444": "4:4:4", "422": "4:2:2", "420": "4:2:0"}
_CHROMA_FORMATS = {"AVIF", "JPEG"}


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a picture's file is written.

    Attributes
    ----------
    icc
        "srgb", or "keep" to convert back to the colour profile of the content.
    depth
        Bits a channel, 8 or 16; None as the content has, where the format holds it.
    quality
        Of formats that lose something, 1–100; None is 95, for AVIF 90.
    chroma
        Resolution of the colours: "444" in full, "422" or "420"; None is "444".

    Raises
    ------
    SettingsError
        A value is unknown or out of range.
    """

    icc: str = "srgb"
    depth: int | None = None
    quality: int | None = None
    chroma: str | None = None

    def __post_init__(self) -> None:
        check_choice("--icc", self.icc, ("srgb", "keep"))
        check_choice("--chroma", self.chroma or "444", _CHROMA)
        if self.depth not in (None, 8, 16):
            raise SettingsError(f"--depth must be 8 or 16, not {self.depth}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise SettingsError(f"--quality must lie in 1–100, not {self.quality}")

    def check(self, format_: str, suffix: str) -> None:
        """Make sure that a format, by Pillow's name, can do what is asked.

        Raises
        ------
        OutputError
            It can't.
        """
        if self.depth == 16 and format_ not in DEEP:
            raise OutputError(f"--depth 16: {suffix} holds 8 bits; write .png or .tif")
        if self.quality is not None and format_ not in _QUALITY:
            raise OutputError(
                f"--quality: {suffix} has none to choose; leave it out, or write .jpg, .webp or "
                ".avif"
            )
        if self.chroma is not None and format_ not in _CHROMA_FORMATS:
            raise OutputError(
                f"--chroma: {suffix} has none to choose; leave it out, or write .jpg or .avif"
            )

    def options(self, format_: str) -> dict[str, Any]:
        """Give the options of Pillow's `save` for a format."""
        options: dict[str, Any] = {}
        if format_ in _QUALITY:
            options["quality"] = self.quality or _QUALITY[format_]
        if format_ in _CHROMA_FORMATS:
            options["subsampling"] = _CHROMA[self.chroma or "444"]
        return options
