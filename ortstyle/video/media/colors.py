"""How the numbers of a film's frames mean colours: the code points of ITU-T H.273, and defaults.

References
----------
ITU-T H.273 (2024), tables 2 (primaries), 3 (transfer) and 4 (matrix), and equations 1 to 60; ITU-R
BT.601-7, BT.709-6 and BT.2020-2.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.code_points import HDR, UNSPECIFIED

_HIGH_DEFINITION = 720  # lines from which on films without tags are BT.709
_PAL_LINES = 576
_WIDE = frozenset((9, 10, 11, 12))  # primaries: BT.2020, XYZ, DCI-P3, Display P3

RGB_MATRIX = 0
"""The code point of a film whose planes are green, blue and red."""

YCGCO_MATRIX = 8
"""The code point of YCgCo."""

LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""The weights of red and blue in luma, by matrix code point (table 4).

Constant luminance (10) is taken for its usual kin (9), as players do.
"""

KNOWN_MATRICES = frozenset((RGB_MATRIX, YCGCO_MATRIX, *LUMA_WEIGHTS))
"""The code points of matrices that can be converted."""


@dataclass(frozen=True, kw_only=True)
class ColorTags:
    """The code points that a film's file gives for its colours; 2 where it says nothing.

    Attributes
    ----------
    primaries, transfer, matrix
        Code points of tables 2, 3 and 4.
    full_range
        Whether black and white are the smallest and the largest number; False for 16 and 235 of 8
        bits. None where nothing is said, which means False.
    """

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    full_range: bool | None = None

    @property
    def is_hdr(self) -> bool:
        """Whether the film is of high dynamic range: PQ or HLG."""
        return self.transfer in HDR

    @property
    def is_wide(self) -> bool:
        """Whether the primaries reach far beyond those of sRGB, as those of BT.2020 do."""
        return self.primaries in _WIDE

    def of_frames(self) -> "ColorTags":
        """Return the tags of the frames that are read, which those of the result are to be.

        They are the film's own, except that frames of high dynamic range are tone-mapped and that
        wide primaries are converted: both become BT.709.
        """
        if self.is_hdr or self.is_wide:
            return ColorTags(primaries=1, transfer=1, matrix=1, full_range=False)
        return self

    def resolve(self, height: int) -> "ColorTags":
        """Return the tags with what they leave open filled in, for a film of ``height`` lines.

        The defaults are players': BT.601 below 720 lines, else BT.709, and narrow range. A matrix
        that is not known is taken for the default one.
        """
        default = 1 if height >= _HIGH_DEFINITION else 5 if height == _PAL_LINES else 6
        matrix = self.matrix if self.matrix in KNOWN_MATRICES else default
        return replace(
            self,
            primaries=default if self.primaries == UNSPECIFIED else self.primaries,
            transfer=(1 if default == 1 else 6) if self.transfer == UNSPECIFIED else self.transfer,
            matrix=matrix,
            full_range=matrix == RGB_MATRIX if self.full_range is None else self.full_range,
        )


def yuv_to_rgb(matrix: int) -> NDArray[np.float64]:
    """Return the ``(3, 3)`` matrix from luma (0–1) and chroma (−0.5–0.5: Cb, Cr) to R, G and B.

    Parameters
    ----------
    matrix
        A key of `LUMA_WEIGHTS`, or `YCGCO_MATRIX`, whose chroma is Cg and Co.

    Raises
    ------
    KeyError
        The code point is reserved, or needs more than a matrix.
    """
    if matrix == YCGCO_MATRIX:
        return np.array([[1.0, -1.0, 1.0], [1.0, 1.0, 0.0], [1.0, -1.0, -1.0]])
    red, blue = LUMA_WEIGHTS[matrix]
    green = 1 - red - blue
    return np.array(
        [
            [1.0, 0.0, 2 - 2 * red],
            [1.0, -(2 - 2 * blue) * blue / green, -(2 - 2 * red) * red / green],
            [1.0, 2 - 2 * blue, 0.0],
        ]
    )
