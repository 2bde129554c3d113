"""Decoders of WebP and AVIF that are freed as soon as they have given their picture.

They hold it once or twice, while Pillow's image of it is made and for as long as that image is
open: of 100 megapixels 0.8 GB.
"""

from typing import Any

from PIL import Image

_FORMATS = {"AVIF", "WEBP"}


def free_decoder_early(image: Image.Image) -> None:
    """Let the decoder of an opened image be freed once the first picture is decoded.

    Nothing is done to an image of a format whose decoder takes little memory.
    """
    decoder = getattr(image, "_decoder", None)
    if image.format in _FORMATS and decoder is not None:
        image._decoder = _FirstFrame(decoder)  # type: ignore[attr-defined]  # noqa: SLF001


class _FirstFrame:
    """Stands for the decoder of one of Pillow's plugins, which calls these functions."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder

    def get_next(self) -> Any:
        """Return what the decoder of a WebP gives of its first picture."""
        found = self._decoder.get_next()
        self._decoder = None
        return found

    def get_frame(self, index: int) -> Any:
        """Return what the decoder of an AVIF gives of a picture."""
        found = self._decoder.get_frame(index)
        self._decoder = None
        return found

    def reset(self) -> None:
        """Do nothing: the plugin for WebP begins again after a fault, which ends the reading."""
