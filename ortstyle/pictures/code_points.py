"""Colour spaces by the code points of ITU-T H.273, which PNG's cICP and AVIF's nclx give.

References
----------
ITU-T H.273 (2024), tables 2 and 3.
"""

from collections.abc import Callable

import numpy as np

from ortstyle.pictures.make_profile import (
    Chromaticities,
    make_grey_profile,
    make_rgb_profile,
    power_curve,
    srgb_curve,
    table_curve,
)
from ortstyle.pictures.srgb import Floats, light_of

UNSPECIFIED = 2
HDR = {16: "PQ", 18: "HLG"}
"""Transfer functions of high dynamic range, and their names."""

_C, _D65, _DCI, _E = (0.310, 0.316), (0.3127, 0.3290), (0.314, 0.351), (1 / 3, 1 / 3)
SRGB_PRIMARIES = Chromaticities(_D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_SMPTE_C = Chromaticities(_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
PRIMARIES = {
    1: SRGB_PRIMARIES,
    4: Chromaticities(_C, (0.670, 0.330), (0.210, 0.710), (0.140, 0.080)),
    5: Chromaticities(_D65, (0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    6: _SMPTE_C,
    7: _SMPTE_C,
    8: Chromaticities(_C, (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    9: Chromaticities(_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    10: Chromaticities(_E, (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)),
    11: Chromaticities(_DCI, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: Chromaticities(_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: Chromaticities(_D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
"""Chromaticities by code point (table 2)."""

_STEPS = 4096  # of a tabulated curve


def _bt709(value: Floats) -> Floats:
    a, b = 1.09929682680944, 0.018053968510807
    return np.where(value < 4.5 * b, value / 4.5, ((value + a - 1) / a) ** (1 / 0.45))


def _smpte240(value: Floats) -> Floats:
    a, b = 1.111572195921731, 0.022821585529445
    return np.where(value < 4 * b, value / 4, ((value + a - 1) / a) ** (1 / 0.45))


def _log(decades: float) -> Callable[[Floats], Floats]:
    return lambda value: np.where(value > 0, 10 ** ((value - 1) * decades), 0)


def _power(gamma: float, scale: float = 1.0) -> Callable[[Floats], Floats]:
    return lambda value: np.asarray(scale * value**gamma)


TRANSFERS: dict[int, Callable[[Floats], Floats]] = {
    **dict.fromkeys((1, 6, 11, 12, 14, 15), _bt709),
    4: _power(2.2),
    5: _power(2.8),
    7: _smpte240,
    8: _power(1.0),
    9: _log(2.0),
    10: _log(2.5),
    13: light_of,
    17: _power(2.6, 52.37 / 48),
}
"""Functions from encoded values, 0–1, to linear light by code point (table 3), those of HDR apart.

Codes 11 and 12 are BT.709's function for values of 0–1.
"""

_POWERS = {4: 2.2, 5: 2.8, 8: 1.0}


def profile_of(
    primaries: int, transfer: int, *, full_range: bool = True, depth: int = 8, grey: bool = False
) -> bytes:
    """Return the profile of a colour space by its code points; empty for sRGB.

    Code points that are unspecified are those of sRGB.

    Parameters
    ----------
    primaries, transfer
        Colour primaries and transfer characteristics.
    full_range
        False if levels of black and white are 16 and 235 of 8 bits, or in proportion.
    depth
        Bits a channel, which narrow range depends on.
    grey
        Whether the pixels are grey.

    Raises
    ------
    ValueError
        A code point is reserved.
    """
    primaries = 1 if primaries == UNSPECIFIED else primaries
    transfer = 13 if transfer == UNSPECIFIED else transfer
    if primaries not in PRIMARIES or transfer not in TRANSFERS.keys() | HDR.keys():
        raise ValueError(f"code points {primaries} and {transfer} have no meaning")
    if full_range and primaries == 1 and transfer == 13:
        return b""
    name = f"H.273 code points {primaries}/{transfer}{'' if full_range else ', narrow range'}"
    if transfer in HDR:  # the curve is that of the code point, which tone mapping reads
        points = (primaries, transfer, 0, int(full_range))
        return make_rgb_profile(
            PRIMARIES[primaries], [srgb_curve()] * 3, name=name, code_points=points
        )
    curve = _curve(transfer, full_range=full_range, depth=depth)
    if grey:
        return make_grey_profile(curve, name=name)
    return make_rgb_profile(PRIMARIES[primaries], [curve] * 3, name=name)


def _curve(transfer: int, *, full_range: bool, depth: int) -> bytes:
    if full_range and transfer in _POWERS:
        return power_curve(_POWERS[transfer])
    if full_range and transfer == 13:
        return srgb_curve()
    encoded = np.linspace(0, 1, _STEPS if full_range else 2 ** max(8, min(depth, 12)))
    if not full_range:
        encoded = expand_range(encoded, depth=depth)
    return table_curve(TRANSFERS[transfer](encoded))


def expand_range(encoded: Floats, *, depth: int) -> Floats:
    """Return values of narrow range, as fractions of the largest level, as values of 0–1."""
    unit = 2 ** (depth - 8)
    levels = encoded * (2**depth - 1)
    return np.asarray(np.clip((levels - 16 * unit) / (219 * unit), 0, 1))
