"""Results of a run as picture files, with transparency, colour profile and EXIF of the content."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures import icc
from ortstyle.pictures.alpha import remove_white
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.formats import format_of
from ortstyle.pictures.picture import Picture, to_array, to_image
from ortstyle.pictures.write import holds_16_bits, save_picture
from ortstyle.run.iterate import Iterate


@dataclass(frozen=True, kw_only=True)
class ContentMetadata:
    """What a result takes from the content picture beside its pixels, which can then be freed.

    Attributes
    ----------
    depth
        Bits a channel, 8 or 16.
    alpha
        Transparency as an image of mode L; None if the content is opaque.
    icc
        Colour profile of the content's file; None if there is none that can be used.
    exif
        EXIF to write, as `ortstyle.pictures.metadata.read_exif` returns it.
    label
        Role and file name of the content, for messages.
    """

    depth: int
    alpha: Image.Image | None = field(repr=False)
    icc: bytes | None = field(repr=False)
    exif: bytes | None = field(repr=False)
    label: str

    @classmethod
    def of(cls, content: Picture) -> Self:
        """Return the metadata of the content picture."""
        return cls(
            depth=content.depth,
            alpha=content.alpha,
            icc=content.icc,
            exif=content.exif,
            label=content.label,
        )

    @property
    def rgb_profile(self) -> bytes | None:
        """The colour profile if RGB pixels can be converted to it."""
        return self.icc if self.icc and icc.pixel_mode(self.icc) == "RGB" else None


@dataclass(frozen=True)
class ResultWriter:
    """Saves the picture of an iterate with the content's metadata and the run's provenance.

    Attributes
    ----------
    content
        The content's bit depth, transparency, colour profile and EXIF.
    encoding
        How the files are encoded.
    provenance
        Description of the run as JSON in ASCII, which is embedded in the files; None for none.
    """

    content: ContentMetadata
    encoding: Encoding = field(default_factory=Encoding, kw_only=True)
    provenance: str | None = field(default=None, kw_only=True)

    @property
    def notice(self) -> str:
        """Message if `--icc keep` was given and the content has no RGB profile; otherwise empty."""
        if self.encoding.icc == "srgb" or self.content.rgb_profile:
            return ""
        has_none = self.content.icc is None
        lack = "has no colour profile that can be kept" if has_none else "is not RGB"
        return f"--icc keep: {self.content.label} {lack}; writing sRGB"

    def save(self, iterate: Iterate, path: Path) -> None:
        """Save the best picture so far in the format that the suffix of `path` names.

        Raises
        ------
        OutputError
            The file can't be written. What was at `path` before is unchanged.
        """
        pixels, profile = self._convert(iterate.pixels)
        alpha = self.content.alpha if format_of(path).alpha else None
        if alpha:
            alpha = alpha.resize((iterate.width, iterate.height), Image.Resampling.BILINEAR)
            pixels, alpha = remove_white(pixels, alpha)
        depth = self.encoding.depth or (self.content.depth if holds_16_bits(path) else 8)
        save_picture(
            pixels,
            path,
            encoding=replace(self.encoding, depth=depth),
            alpha=alpha,
            icc=profile,
            exif=self.content.exif,
            text=self.provenance,
        )

    def _convert(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], bytes]:
        """Return sRGB pixels in the colour space of the file, and the profile of that space."""
        profile = self.content.rgb_profile
        if self.encoding.icc == "keep" and profile:
            if matrix := icc.read_matrix_profile(profile):
                return matrix.from_srgb(pixels[0])[None], profile
            if image := icc.convert_from_srgb(to_image(pixels), profile):
                return to_array(image), profile
        return pixels, icc.srgb_profile()
