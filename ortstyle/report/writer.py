"""The result of a run into files that keep what the content's file said."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures import icc
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.read import Picture, to_array, to_picture
from ortstyle.pictures.write import holds_depth, save_picture
from ortstyle.run.iterate import Iterate


@dataclass(frozen=True, kw_only=True)
class ResultWriter:
    """Writes results with the content's transparency and EXIF, a colour profile and the settings.

    Attributes
    ----------
    encoding
        How to write.
    text
        The settings, as `metadata` leaves them in a file; None for nothing.
    depth, alpha, icc, exif, label
        The content's; see `images.Picture`.
    """

    encoding: Encoding
    text: str | None
    depth: int
    alpha: Image.Image | None = field(repr=False)
    icc: bytes | None = field(repr=False)
    exif: bytes | None = field(repr=False)
    label: str

    @classmethod
    def of(
        cls, content: Picture, *, encoding: Encoding | None = None, text: str | None = None
    ) -> Self:
        """Write results of painting `content`, whose pixels are not kept."""
        return cls(
            encoding=encoding or Encoding(),
            text=text,
            depth=content.depth,
            alpha=content.alpha,
            icc=content.icc,
            exif=content.exif,
            label=content.label,
        )

    @property
    def notice(self) -> str:
        """What a person should know before; usually empty."""
        if self.encoding.icc == "srgb" or (self.icc and icc.mode(self.icc) == "RGB"):
            return ""
        lack = "has no colour profile that can be kept" if self.icc is None else "is not RGB"
        return f"--icc keep: {self.label} {lack}; writing sRGB"

    def save(self, iterate: Iterate, path: Path) -> None:
        """Save the best picture so far.

        Raises
        ------
        OutputError
            It can't be written there; nothing is left behind.
        """
        picture, profile = self._profiled(iterate.pixels)
        alpha = self.alpha
        depth = self.encoding.depth or (self.depth if holds_depth(path) else 8)
        save_picture(
            picture,
            path,
            encoding=replace(self.encoding, depth=depth),
            alpha=alpha
            and alpha.resize((iterate.width, iterate.height), Image.Resampling.BILINEAR),
            icc=profile,
            exif=self.exif,
            text=self.text,
        )

    def _profiled(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], bytes]:
        """Give the pixels in the colours to write, and their profile."""
        profile = self.icc
        if self.encoding.icc == "keep" and profile and icc.mode(profile) == "RGB":
            if found := icc.matrix(profile):
                return found.from_srgb(pixels[0])[None], profile
            if image := icc.convert_back(to_picture(pixels), profile):
                return to_array(image), profile
        return pixels, icc.srgb()
