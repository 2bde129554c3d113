"""Tone mapping of pictures of high dynamic range (PQ and HLG) to sRGB.

The largest of R, G and B of each pixel is rolled off by BT.2390's curve, so that the 1000 cd/m² of
a mastering display become the 203 cd/m² of a white page, and the other two are scaled alike, which
keeps the hue. What is then too colourful for sRGB is made paler at the same luminance. Dark and
middle tones, below some 90 cd/m², are left as they are.

References
----------
ITU-R BT.2100-2, tables 4 and 5 (PQ and HLG); ITU-R BT.2390-11, section 5.4.1 (the curve); ITU-R
BT.2408-7, section 2.2 (203 cd/m²).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.code_points import HDR, PRIMARIES, expand_range
from ortstyle.pictures.srgb import (
    SRGB_TO_XYZ,
    TABLE,
    convert_by_rows,
    encode_srgb,
    table_index,
)

_PEAK = 1000.0  # cd/m², nominal for HLG and usual for PQ; what is brighter is white
_WHITE = 203.0  # cd/m²
_HLG_GAMMA = 1.2  # at the nominal peak

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A = 0.17883277
_B, _C = 1 - 4 * _A, 0.5 - _A * float(np.log(4 * _A))


@dataclass(frozen=True)
class HdrProfile:
    """A colour space of high dynamic range, by the code points of ITU-T H.273.

    Attributes
    ----------
    primaries
        A key of `code_points.PRIMARIES`.
    transfer
        16 for PQ, 18 for HLG.
    full_range
        False if levels of black and white are 16 and 235 of 8 bits.
    """

    primaries: int
    transfer: int
    full_range: bool = True

    @property
    def name(self) -> str:
        """The name of the transfer function, PQ or HLG."""
        return HDR[self.transfer]

    def to_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert ``(3, H, W)`` floats, 0–255, to sRGB; colours outside of sRGB become paler."""
        return convert_by_rows(self._to_srgb, pixels)

    def is_srgb(self) -> bool:
        """Return False, as a `MatrixProfile` that is not sRGB does."""
        return False

    def _to_srgb(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        to_xyz = PRIMARIES[self.primaries].to_xyz()
        codes = table_index(pixels)
        light = np.take(_light_table(self.transfer, full_range=self.full_range), codes)
        if self.name == "PQ":
            light *= np.take(_gain_table(full_range=self.full_range), codes.max(0))
        else:
            brightness = np.tensordot(to_xyz[1].astype(np.float32), light, 1)
            light *= _PEAK * np.maximum(brightness, 1e-6) ** (_HLG_GAMMA - 1)
            largest = np.maximum(light.max(0), 1e-4)
            light *= roll_off(largest) / largest
        matrix = (np.linalg.inv(SRGB_TO_XYZ) @ to_xyz / _WHITE).astype(np.float32)
        return encode_srgb(_fit_gamut(np.tensordot(matrix, light, 1)))


def _fit_gamut(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring linear sRGB into 0–1: mix a colour beyond with the grey that is as bright as it."""
    grey = np.clip(np.tensordot(SRGB_TO_XYZ[1].astype(np.float32), light, 1), 0, 1)
    above, below = light.max(0) - grey, grey - light.min(0)
    kept = np.minimum(
        np.where(above > 1 - grey, (1 - grey) / np.maximum(above, 1e-9), 1),
        np.where(below > grey, grey / np.maximum(below, 1e-9), 1),
    )
    return np.asarray(np.clip(grey + (light - grey) * kept, 0, 1))


@lru_cache(maxsize=4)
def _light_table(transfer: int, *, full_range: bool) -> NDArray[np.float32]:
    """Return for each of 65536 encoded values the cd/m² of PQ, or the light of HLG's scene."""
    encoded = np.linspace(0, 1, TABLE)
    if not full_range:
        encoded = expand_range(encoded, depth=8)
    if HDR[transfer] == "PQ":
        return decode_pq(encoded).astype(np.float32)
    scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - _C) / _A) + _B) / 12)
    return scene.astype(np.float32)


@lru_cache(maxsize=2)
def _gain_table(*, full_range: bool) -> NDArray[np.float32]:
    """Return by what a pixel is multiplied whose largest value is each of 65536 of PQ."""
    luminance = np.maximum(_light_table(16, full_range=full_range), 1e-4)
    return (roll_off(luminance) / luminance).astype(np.float32)


def decode_pq(encoded: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return the luminance, in cd/m² of 0–10000, of encoded values of PQ, 0–1."""
    root = np.clip(encoded, 0, 1) ** (1 / _M2)
    return np.asarray(10000 * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1))


def encode_pq(luminance: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return the encoded value of PQ, 0–1, of a luminance in cd/m²."""
    power = (np.clip(luminance, 0, 10000) / 10000) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


def roll_off(luminance: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return luminances, in cd/m², with the nominal peak brought to that of a white page."""
    top = float(encode_pq(np.array(_PEAK)))
    white = float(encode_pq(np.array(_WHITE))) / top
    knee = 1.5 * white - 0.5
    level = np.minimum(encode_pq(luminance) / top, 1)
    t = np.maximum(level - knee, 0) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    spline += (-2 * t**3 + 3 * t**2) * white
    return decode_pq(np.where(level < knee, level, spline) * top)
