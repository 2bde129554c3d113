"""Colours kept or matched between the content, the style and the result.

Each mode is a function of pictures, named as on the command line (``--colors``).

References
----------
Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv:1606.05897.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.arrays import to_array, to_picture
from ortstyle.errors import PictureError

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B in the luma Y of ITU-R BT.601, as in Pillow's and JPEG's YCbCr."""


def keep_colors(stylized: Image.Image, content: Image.Image) -> Image.Image:
    """Give the stylised picture the content's colours: its own Y, the content's Cb and Cr.

    The luminance-only variant of Gatys et al. 2016 (section 4), applied after the transfer, as
    the published implementation's ``original_colors`` does. Since R = Y + f(Cr), G = Y + g(Cb, Cr)
    and B = Y + h(Cb), exchanging Y alone adds one difference to all three channels, so there is no
    rounding to 8-bit YCbCr in between.

    Parameters
    ----------
    stylized, content
        Pictures of the same size.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, the same size; where luma and chroma lie outside of RGB, channels are clipped.

    Raises
    ------
    PictureError
        The sizes differ.
    """
    if stylized.size != content.size:
        raise PictureError(
            f"content of size {content.size} can't colour a picture of size {stylized.size}; "
            "resize it first"
        )
    return to_picture(keep_colors_of(to_array(stylized), to_array(content)))


def keep_colors_of(
    stylized: NDArray[np.float32], content: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Do what `keep_colors` does to ``(1, 3, H, W)`` floats, 0–255, without clipping."""
    difference: NDArray[np.float32] = np.tensordot(LUMA, (stylized - content)[0], 1)
    return content + difference
