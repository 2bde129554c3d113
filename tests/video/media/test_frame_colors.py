"""Frames of every pixel format as RGB, against the numbers of H.273."""

import numpy as np
import pytest

from ortstyle.pictures.hdr import encode_pq
from ortstyle.video.media.colors import LUMA_WEIGHTS, ColorTags
from ortstyle.video.media.frame_colors import FrameConverter, has_alpha, is_grey, is_yuv
from ortstyle.video.media.pyav import pyav_version

av = pytest.importorskip("av")

SIZE = (16, 12)
COLORS = [(255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 100, 50)]


def coded(rgb, matrix, bits, *, full):
    """Return Y, Cb and Cr of a colour, 0–255: H.273, equations 20–28 and 38–43."""
    red, blue = LUMA_WEIGHTS[matrix]
    r, g, b = (value / 255 for value in rgb)
    y = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)
    unit, top = 1 << (bits - 8), (1 << bits) - 1
    if full:
        values = top * y, top * cb + 128 * unit, top * cr + 128 * unit
    else:
        values = (219 * y + 16) * unit, (224 * cb + 128) * unit, (224 * cr + 128) * unit
    return [min(round(value), top) for value in values]


def flat(kind, values, size=SIZE):
    """Return a frame of one colour."""
    image = av.VideoFrame(*size, kind)
    for plane, value in zip(image.planes, values, strict=True):
        deep = image.format.components[0].bits > 8
        count = plane.buffer_size // (2 if deep else 1)
        plane.update(np.full(count, value, "<u2" if deep else "u1").tobytes())
    return image


def converted(image, size=SIZE, depth=8, **tags):
    colors = ColorTags(**tags).resolve(480)
    return FrameConverter(colors, size, depth=depth).convert(image)


def only(pixels):
    """Return the one colour of a picture."""
    assert (pixels == pixels[0, 0]).all()
    return pixels[0, 0].tolist()


@pytest.mark.parametrize("size", [SIZE, (7, 29)], ids=["unscaled", "scaled"])
@pytest.mark.parametrize("full", [False, True], ids=["narrow", "full"])
@pytest.mark.parametrize("matrix", [1, 5, 6, 7, 9])
@pytest.mark.parametrize("kind", ["yuv420p", "yuv444p", "yuv422p10le", "yuv444p12le"])
def test_colours_are_those_of_the_matrix_and_range(kind, matrix, full, size):
    bits = av.VideoFormat(kind, 2, 2).components[0].bits
    error = 255 / (1 << bits) * 1.65  # of rounding luma and chroma
    for rgb in COLORS:
        image = flat(kind, coded(rgb, matrix, bits, full=full))
        found = only(converted(image, size, 16, matrix=matrix, full_range=full))
        assert np.abs(np.array(found) / 257 - rgb).max() <= error


def test_a_known_colour_comes_out_exactly():
    """Of BT.709 in narrow range, (63, 102, 240) is pure red: 255 by the matrix, to rounding."""
    red = flat("yuv420p", (63, 102, 240))
    assert only(converted(red, matrix=1)) == [255, 1, 0]
    assert only(converted(red, matrix=6)) == [233, 0, 2]
    assert only(converted(red, matrix=1, full_range=True)) == [239, 15, 15]


def test_the_old_names_of_full_range_are_full_range():
    """FFmpeg calls 8-bit YUV of full range yuvj, as cameras' JPEG frames are."""
    for kind in ("yuvj420p", "yuvj444p"):
        for size in (SIZE, (8, 6)):
            image = flat(kind, (76, 85, 255))
            found = only(converted(image, size, matrix=6, full_range=True))
            assert found == [254, 0, 0] or (pyav_version() < 17 and found == [253, 0, 0])


def test_what_the_frame_itself_says_is_not_mixed_in():
    image = flat("yuv444p", (63, 102, 240))
    image.colorspace, image.color_range = 6, 2
    assert only(converted(image, matrix=1, full_range=False)) == [255, 1, 0]


@pytest.mark.parametrize("size", [SIZE, (7, 29)], ids=["unscaled", "scaled"])
def test_grey_has_its_range(size):
    assert only(converted(flat("gray", (235,)), size, full_range=False)) == [255] * 3
    assert only(converted(flat("gray", (77,)), size, full_range=True)) == [77] * 3
    deep = only(converted(flat("gray10le", (1023,)), size, 16, full_range=True))
    assert deep == [65535] * 3


def test_luma_keeps_every_level():
    ramp = np.arange(256, dtype=np.uint8).repeat(4).reshape(16, 64)
    image = flat("yuv420p", (0, 128, 128), (64, 16))
    image.planes[0].update(ramp.tobytes())
    found = converted(image, (64, 16), full_range=True)
    assert np.array_equal(found[..., 0], ramp)
    assert np.array_equal(found[..., 2], ramp)


@pytest.mark.parametrize("kind", ["rgb24", "bgr24", "gbrp", "rgb0", "bgra", "rgba"])
def test_rgb_of_8_bits_is_kept(kind):
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    image = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=kind)
    assert np.array_equal(converted(image, matrix=0), pixels)


def test_planar_rgb_of_10_bits_keeps_its_white():
    assert min(only(converted(flat("gbrp10le", (1023,) * 3), depth=16, matrix=0))) > 65400


def test_a_palette_is_resolved():
    pixels = np.zeros((12, 16, 3), np.uint8)
    pixels[:, :8] = (255, 0, 0)
    image = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="rgb8")
    assert np.abs(converted(image, matrix=0).astype(int) - pixels).max() < 40  # dithered


@pytest.mark.parametrize("size", [SIZE, (7, 29)], ids=["unscaled", "scaled"])
def test_transparency_lies_on_white(size):
    clear, opaque = (16, 128, 128, 0), (16, 128, 128, 255)
    assert only(converted(flat("yuva420p", clear), size)) == [255] * 3
    assert only(converted(flat("yuva420p", opaque), size)) == [0] * 3
    assert only(converted(flat("yuva444p", opaque), size)) == [0] * 3
    assert only(converted(flat("yuva420p", (16, 128, 128, 51)), size)) == [204] * 3
    image = av.VideoFrame.from_ndarray(np.full((12, 16, 4), 100, np.uint8), format="rgba")
    assert only(converted(image, size, matrix=0)) == [194] * 3  # 255 - 155 · 100 / 255


def test_frames_are_scaled_to_the_size():
    image = flat("yuv420p", (100, 128, 128), (50, 38))
    assert converted(image, (21, 9)).shape == (9, 21, 3)


def test_rows_that_are_padded_are_cut():
    """FFmpeg rounds rows up to a multiple of some bytes."""
    ramp = np.arange(37, dtype=np.uint8)
    pixels = np.stack([np.tile(ramp, (5, 1))] * 3, axis=-1)
    image = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    assert np.array_equal(converted(image, (37, 5), matrix=0), pixels)


def test_pq_is_tone_mapped_so_that_white_is_white_and_grey_keeps_its_light():
    tags = {"primaries": 9, "transfer": 16, "matrix": 9}
    peak = round(64 + 876 * float(encode_pq(np.array(1000.0))))
    assert min(only(converted(flat("yuv420p10le", (peak, 512, 512)), depth=16, **tags))) > 65000
    light = 203 * 0.2  # a fifth of a white page, which tone mapping leaves alone
    grey = round(64 + 876 * float(encode_pq(np.array(light))))
    found = only(converted(flat("yuv420p10le", (grey, 512, 512)), depth=16, **tags))
    expected = 1.055 * 0.2 ** (1 / 2.4) - 0.055
    assert np.abs(np.array(found) / 65535 - expected).max() < 0.003


def test_hlg_is_tone_mapped():
    tags = {"primaries": 9, "transfer": 18, "matrix": 9}
    white = only(converted(flat("yuv420p10le", (940, 512, 512)), depth=16, **tags))
    assert min(white) > 65000
    half = only(converted(flat("yuv420p10le", (502, 512, 512)), depth=16, **tags))
    assert 20000 < half[0] < 50000


def test_wide_primaries_become_those_of_srgb_and_tones_are_kept():
    tags = {"primaries": 9, "transfer": 14, "matrix": 9}
    grey = only(converted(flat("yuv420p10le", (502, 512, 512)), **tags))
    assert max(abs(level - 127.5) for level in grey) < 1
    luma, cb, cr = coded((180, 128, 128), 9, 10, full=False)
    red, green, blue = only(converted(flat("yuv444p10le", (luma, cb, cr)), **tags))
    assert red > 190  # the same colour is farther from grey in a smaller space
    assert green < 126
    assert abs(green - blue) < 12


def test_hdr_without_primaries_is_taken_for_bt2020():
    bare = {"transfer": 16, "matrix": 9, "primaries": 2}
    converter = FrameConverter(ColorTags(**bare, full_range=False), SIZE, depth=16)
    full = FrameConverter(ColorTags(**bare | {"primaries": 9}, full_range=False), SIZE, depth=16)
    image = flat("yuv420p10le", (400, 500, 600))
    assert np.array_equal(converter.convert(image), full.convert(image))


def test_kinds_of_formats_are_told_apart():
    kinds = {
        "yuv420p": (True, False, False), "nv12": (True, False, False),
        "p010le": (True, False, False), "gray": (True, True, False), "ya8": (True, True, True),
        "yuva444p10le": (True, False, True), "rgb24": (False, False, False),
        "gbrap12le": (False, False, True), "pal8": (False, True, False),
        "monow": (False, True, False), "xyz12le": (False, False, False),
        "gbrpf32le": (False, False, False), "grayf32le": (False, True, False),
    }  # fmt: skip
    for name, (yuv, grey, alpha) in kinds.items():
        layout = av.VideoFormat(name, 16, 16)
        assert is_yuv(layout) == yuv, name
        if yuv:
            assert (is_grey(layout), has_alpha(layout)) == (grey, alpha), name


@pytest.mark.parametrize(
    "kind", ["nv12", "p010le", "yuyv422", "yuv410p", "yuv440p", "ya8", "monow", "pal8", "gbrpf32le",
             "xyz12le", "gbrap10le", "bayer_rggb8", "rgb555le", "ya16le", "yuv420p16le"]
)  # fmt: skip
def test_rare_formats_are_converted(kind):
    image = av.VideoFrame(16, 12, kind)
    for plane in image.planes:
        plane.update(bytes(plane.buffer_size))
    for depth in (8, 16):
        assert converted(image, depth=depth).shape == (12, 16, 3)
