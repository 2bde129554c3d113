"""The options for the encoding of a result's file.

`ortstyle.pictures.formats` says which format supports which option. This module loads neither
Pillow nor NumPy, so that ``ortstyle --help`` is fast.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from ortstyle.errors import SettingsError
from ortstyle.settings.conversion import shown
from ortstyle.settings.declaration import check_options, declared, documented

CHROMA = {"444": "4:4:4", "422": "4:2:2", "420": "4:2:0"}
"""Values of `Encoding.chroma`, and Pillow's names for them."""

_encoding = partial(declared, panel="Files")


@documented
@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How the file of a result is encoded.

    Raises
    ------
    SettingsError
        A value is unknown or out of range.
    """

    icc: Literal["srgb", "keep"] = _encoding(
        "srgb", "Colour profile of the result: sRGB, or that of CONTENT."
    )
    depth: int | None = _encoding(
        None, "Bits a channel to write.", metavar="8|16", default_text="that of CONTENT"
    )
    quality: int | None = _encoding(
        None,
        "Quality of JPEG, WebP and AVIF, 1 to 100.",
        metavar="N",
        default_text="95; for AVIF 90",
    )
    chroma: str | None = _encoding(
        None,
        "Chroma subsampling of JPEG and AVIF.",
        choices=tuple(CHROMA),
        default_text="444",
    )

    metadata: Literal["keep", "minimal", "none"] = _encoding(
        "keep",
        "What the result holds beside pixels and colour profile.",
        details='"keep": EXIF, XMP and IPTC of CONTENT and the settings of the run; "minimal": no '
        'place, path, owner, serial number, XMP and IPTC; "none": nothing.',
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.depth not in (None, 8, 16):
            raise SettingsError(f"--depth must be 8 or 16, not {shown(self.depth)}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise SettingsError(f"--quality must lie in 1–100, not {shown(self.quality)}")
