"""Results of a run as picture files, with transparency, colour profile and EXIF of the content."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.alpha import remove_white
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.formats import format_of
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.keep_profile import convert_from_srgb, describe_lack
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.write import check_size, describe_losses, holds_16_bits, save_picture
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
    carried
        EXIF, resolution, XMP and IPTC of the content's file.
    label
        Role and file name of the content, for messages.
    """

    depth: int
    alpha: Image.Image | None = field(repr=False)
    icc: bytes | None = field(repr=False)
    carried: Carried = field(repr=False)
    label: str

    @classmethod
    def of(cls, content: Picture) -> Self:
        """Return the metadata of the content picture."""
        return cls(
            depth=content.depth,
            alpha=content.alpha,
            icc=content.icc,
            carried=content.carried,
            label=content.label,
        )


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

    def notice(self, path: Path) -> str:
        """Return what a result at `path` will lack of what was asked for; usually empty.

        It is the profile, if `--icc keep` was given and it can't be kept, and metadata for which
        the format has no room.
        """
        keep = self.encoding.icc == "keep"
        lack = describe_lack(self.content.icc, depth=self._depth(path)) if keep else ""
        said = f"--icc keep: {self.content.label} {lack}; writing sRGB" if lack else ""
        losses = describe_losses(
            path, encoding=self.encoding, carried=self.content.carried, text=self.provenance
        )
        return "; ".join(filter(None, (said, losses)))

    def check_size(self, path: Path, size: tuple[int, int]) -> None:
        """Check before a run that the format of `path` holds a result of a width and height.

        Raises
        ------
        OutputError
            It does not; the message names formats that do.
        """
        has_alpha = self.content.alpha is not None
        check_size(path, size, depth=self._depth(path), has_alpha=has_alpha)

    def save(self, iterate: Iterate, path: Path, *, temporary_name: str | None = None) -> None:
        """Save the best picture so far in the format that the suffix of `path` names.

        The name of the temporary file is as in `files.write_atomically`.

        Raises
        ------
        OutputError
            The file can't be written. What was at `path` before is unchanged.
        """
        pixels = iterate.pixels
        alpha = self.content.alpha if format_of(path).alpha else None
        if alpha:  # in sRGB, as `read.read_picture` flattens, and only then in the profile
            alpha = alpha.resize((iterate.width, iterate.height), Image.Resampling.BILINEAR)
            pixels, alpha = remove_white(pixels, alpha)
        pixels, profile = self._convert(pixels, depth=self._depth(path))
        save_picture(
            pixels,
            path,
            encoding=replace(self.encoding, depth=self._depth(path)),
            alpha=alpha,
            icc=profile,
            carried=self.content.carried,
            text=self.provenance,
            temporary_name=temporary_name,
        )

    def _depth(self, path: Path) -> int:
        """Return the bits a channel to write, 8 or 16."""
        return self.encoding.depth or (self.content.depth if holds_16_bits(path) else 8)

    def _convert(
        self, pixels: NDArray[np.float32], *, depth: int
    ) -> tuple[NDArray[np.float32], bytes]:
        """Return sRGB pixels in the colour space of the file, and the profile of that space."""
        profile = self.content.icc
        if self.encoding.icc == "keep" and profile and not describe_lack(profile, depth=depth):
            converted = convert_from_srgb(pixels, profile)
            if converted is not None:
                return converted, profile
        return pixels, srgb_profile()
