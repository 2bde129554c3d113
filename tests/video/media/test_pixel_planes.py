"""RGB as planes, against numbers from the standards."""

import numpy as np
import pytest

from ortstyle.video.media.colors import yuv_to_rgb
from ortstyle.video.media.pixel_planes import has_chroma, to_planes


def flat(color, kind=np.uint8):
    return np.full((2, 4, 3), color, kind)


#: 100 % colour bars: BT.601-7 and BT.709-6 give them for narrow range of 8 bits.
@pytest.mark.parametrize(
    ("color", "matrix", "full", "levels"),
    [
        ((255, 255, 255), 1, False, (235, 128, 128)),
        ((0, 0, 0), 1, False, (16, 128, 128)),
        ((255, 0, 0), 1, False, (63, 102, 240)),
        ((0, 255, 0), 1, False, (173, 42, 26)),
        ((0, 0, 255), 1, False, (32, 240, 118)),
        ((255, 0, 0), 6, False, (81, 90, 240)),
        ((0, 255, 0), 6, False, (145, 54, 34)),
        ((0, 0, 255), 6, False, (41, 240, 110)),
        ((255, 0, 0), 6, True, (76, 85, 255)),
        ((0, 0, 0), 6, True, (0, 128, 128)),
        ((255, 0, 0), 9, False, (74, 97, 240)),
    ],
)
def test_colours_have_the_standards_levels(color, matrix, full, levels):
    planes = to_planes(flat(color), "yuv420p", matrix=matrix, full_range=full)
    assert [plane.dtype for plane in planes] == [np.uint8] * 3
    assert [plane.shape for plane in planes] == [(2, 4), (1, 2), (1, 2)]
    for plane, level in zip(planes, levels, strict=True):
        assert (plane == level).all()


@pytest.mark.parametrize("matrix", [1, 4, 6, 7, 9])
@pytest.mark.parametrize("full", [False, True])
def test_what_is_read_back_is_what_was_written(matrix, full):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 65536, (6, 8, 3)).astype(np.uint16)
    y, u, v = to_planes(pixels, "yuv444p16le", matrix=matrix, full_range=full)
    offset, swing, chroma = (0, 65535, 65535) if full else (4096, 56064, 57344)
    yuv = np.stack([(y - float(offset)) / swing, (u - 32768.0) / chroma, (v - 32768.0) / chroma])
    back = np.einsum("ij,jhw->hwi", yuv_to_rgb(matrix), yuv) * 65535
    assert np.abs(back - pixels).max() < 3


def test_ten_bits_keep_what_eight_can_not():
    pixels = np.arange(64, dtype=np.uint16).reshape(1, 64, 1) * 64 + np.zeros((2, 1, 3), np.uint16)
    (luma, *_), (coarse, *_) = (to_planes(pixels, f"yuv420p{end}") for end in ("10le", ""))
    assert luma.dtype == np.uint16
    assert luma[0, 0] == 64
    assert len(np.unique(luma)) == 55  # 64 · 64 / 65535 of 876 levels
    assert len(np.unique(coarse)) == 14


def test_chroma_is_centred_where_decoders_expect_it():
    blue = np.arange(16, dtype=np.uint16) * 2000 + 10_000
    pixels = np.zeros((4, 16, 3), np.uint16)
    pixels[..., 2] = blue
    _, full, _ = to_planes(pixels, "yuv444p16le")
    for pixel_format in ("yuv422p16le", "yuv420p16le"):
        _, half, _ = to_planes(pixels, pixel_format)
        assert np.abs(half[0, 1:].astype(int) - full[0, 2::2]).max() <= 1
    pixels[..., 2] = blue[:4, None]
    _, full, _ = to_planes(pixels, "yuv444p16le")
    _, half, _ = to_planes(pixels, "yuv420p16le")
    between = (full[::2].astype(int) + full[1::2]) / 2
    assert np.abs(half - between[:, ::2]).max() <= 1


def test_rgb_is_kept_as_it_is():
    pixels = np.random.default_rng(2).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    (packed,) = to_planes(pixels, "bgr0")
    assert (packed.reshape(3, 5, 4)[..., :3] == pixels[..., ::-1]).all()
    (plain,) = to_planes(pixels, "rgb24")
    assert (plain.reshape(3, 5, 3) == pixels).all()
    (words,) = to_planes(pixels.astype(np.uint16) * 257, "rgb48be")
    assert words.dtype.byteorder == ">"
    assert (words.reshape(3, 5, 3) == pixels * np.uint16(257)).all()
    green, blue, red = to_planes(pixels, "gbrp10le")
    assert (np.stack([red, green, blue], 2) == np.rint(pixels * (1023 / 255))).all()


def test_formats_of_luma_are_told_from_those_of_rgb():
    assert has_chroma("yuv422p10le")
    assert not has_chroma("gbrp10le")
