"""TIFF of every kind against a known picture: compression, order, depth, colour, strips, tiles."""

import zlib
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from PIL import Image
from tiffs import (
    BLACK_IS_ZERO,
    CMYK,
    PALETTE,
    RGB,
    WHITE_IS_ZERO,
    YCBCR,
    compressors,
    tiff_of,
)

from ortstyle.errors import PictureError
from ortstyle.pictures import strips
from ortstyle.pictures.read import read_picture

HEIGHT, WIDTH = 21, 37
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]
TRUTH = np.stack([X / (WIDTH - 1), Y / (HEIGHT - 1), 0.5 + 0.5 * np.sin(X / 5 + Y / 3)], -1)
GREY = TRUTH[..., 2:]
ALPHA = np.clip((X + Y) / 40, 0.1, 1)[..., None]
NAMES = {
    1: "none",
    5: "lzw",
    8: "deflate",
    32946: "old-deflate",
    32773: "packbits",
    34925: "lzma",
    50000: "zstd",
}


def quantized(values, bits, dtype=None):
    top = (1 << bits) - 1
    room = 8 if bits <= 8 else 16 if bits <= 16 else 32
    return np.rint(values * top).astype(dtype or f"u{room // 8}")


def check(tmp_path, data, expected, *, atol=0.51):
    """Read a TIFF, and compare it with ``(H, W, 1 or 3)`` in 0–1."""
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    picture = read_picture(path)
    found = picture.pixels[0].transpose(1, 2, 0)
    np.testing.assert_allclose(found, np.broadcast_to(expected * 255, found.shape), atol=atol)
    return picture


def skip_without(compression):
    if compression not in compressors():
        pytest.skip("needs imagecodecs to write it")


@pytest.mark.parametrize("predictor", [1, 2], ids=["plain", "differences"])
@pytest.mark.parametrize("order", "<>", ids=["little", "big"])
@pytest.mark.parametrize("planar", [False, True], ids=["pixels", "planes"])
@pytest.mark.parametrize("tile", [None, 16], ids=["strips", "tiles"])
@pytest.mark.parametrize("compression", NAMES, ids=NAMES.get)
@pytest.mark.parametrize("bits", [8, 16])
def test_colours_in_every_arrangement(tmp_path, bits, compression, tile, planar, order, predictor):
    skip_without(compression)
    samples = quantized(TRUTH, bits)
    data = tiff_of(
        samples,
        RGB,
        compression=compression,
        tile=tile,
        planar=planar,
        order=order,
        predictor=predictor,
    )
    picture = check(tmp_path, data, samples / ((1 << bits) - 1), atol=1e-4)
    assert picture.depth == bits


@pytest.mark.parametrize("order", "<>", ids=["little", "big"])
@pytest.mark.parametrize("tile", [None, 16], ids=["strips", "tiles"])
@pytest.mark.parametrize("fill_order", [1, 2])
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 32])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
def test_every_depth(tmp_path, photometric, bits, fill_order, tile, order):
    values = TRUTH if photometric == RGB else GREY
    samples = quantized(values, bits)
    expected = samples / ((1 << bits) - 1)
    data = tiff_of(samples, photometric, bits=bits, order=order, tile=tile, fill_order=fill_order)
    check(tmp_path, data, 1 - expected if photometric == WHITE_IS_ZERO else expected)


@pytest.mark.parametrize("order", "<>", ids=["little", "big"])
@pytest.mark.parametrize("predictor", [1, 3], ids=["plain", "differences"])
@pytest.mark.parametrize("planar", [False, True], ids=["pixels", "planes"])
@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
def test_floats(tmp_path, photometric, bits, planar, predictor, order):
    values = (TRUTH if photometric == RGB else GREY).astype(f"f{bits // 8}")
    data = tiff_of(
        values, photometric, planar=planar, predictor=predictor, order=order, compression=8
    )
    expected = values.astype(np.float64)
    check(tmp_path, data, 1 - expected if photometric == WHITE_IS_ZERO else expected, atol=0.2)


@pytest.mark.parametrize("order", "<>", ids=["little", "big"])
@pytest.mark.parametrize("predictor", [1, 3])
def test_floats_of_24_bits(tmp_path, order, predictor):
    # 1 bit of sign, 7 of exponent (63 is 2⁰) and 16 of mantissa.
    values = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    numbers = [0, 61 << 16, 62 << 16, (62 << 16) + (1 << 15), 63 << 16]
    parts = np.array([n.to_bytes(3, "big") for n in numbers], "S3")
    rows = np.array([list(n.to_bytes(3, "big")) for n in numbers], np.uint8)
    if predictor == 3:
        data = np.diff(rows.T.reshape(-1), prepend=np.uint8(0)).astype(np.uint8).tobytes()
    else:
        data = (rows if order == ">" else rows[:, ::-1]).tobytes()
    assert len(parts) == 5
    tiff = tiff_of(
        np.zeros((1, 5, 1), np.float32),
        BLACK_IS_ZERO,
        bits=24,
        order=order,
        compression=8,
        predictor=predictor,
        segments=[zlib.compress(data)],
    )
    check(tmp_path, tiff, values[None, :, None], atol=1e-3)


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("predictor", [1, 2])
def test_signed_integers_begin_at_black(tmp_path, bits, predictor):
    top = (1 << (bits - 1)) - 1
    samples = np.rint(TRUTH * top).astype(f"i{bits // 8}")
    samples[0, 0] = -5
    expected = np.clip(samples, 0, None) / top
    data = tiff_of(samples, RGB, predictor=predictor, compression=8)
    picture = check(tmp_path, data, expected, atol=1e-2)
    assert picture.notices[0].endswith("those below 0, down to -5, count as 0")
    picture = check(tmp_path, tiff_of(np.abs(samples), RGB), np.abs(samples) / top, atol=1e-2)
    assert picture.notices == ()
    dark = samples.clip(0) // 8
    picture = check(tmp_path, tiff_of(dark, RGB), dark / top, atol=1e-2)
    assert "it will be dark" in picture.notices[0]


@pytest.mark.parametrize(
    ("dtype", "top"),
    [("u4", 65535), ("i4", 65535), ("f4", 255), ("f4", 65535), ("f4", 3e6), ("f4", 0)],
)
def test_the_range_is_the_smallest_that_holds_the_values(tmp_path, dtype, top):
    samples = (GREY * top).astype(dtype)
    expected = samples / max(1, samples.max() if top == 3e6 else top)
    check(tmp_path, tiff_of(samples, BLACK_IS_ZERO), expected, atol=0.02)


def test_values_in_an_unusual_range_are_told(tmp_path):
    values = np.rint(GREY / GREY.max() * 946)
    picture = check(tmp_path, tiff_of(values, BLACK_IS_ZERO), values / 65535)
    assert picture.notices[0].endswith("up to 946, count as 0–65535; it will be dark")
    assert check(tmp_path, tiff_of(GREY.astype("f4"), BLACK_IS_ZERO), GREY).notices == ()


@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
@pytest.mark.parametrize("top", [1.001, 1.25, 12])
def test_highlights_of_floats_are_clipped_and_told(tmp_path, top, photometric, bits):
    values = (TRUTH if photometric == RGB else GREY).astype(f"f{bits // 8}")
    values[3, 4] = top
    values[5, 6] = -1
    expected = np.clip(values.astype(np.float64), 0, 1)
    expected = 1 - expected if photometric == WHITE_IS_ZERO else expected
    (notice,) = check(tmp_path, tiff_of(values, photometric), expected).notices
    assert f"up to {float(values.max()):.9g}, count as 0–1; those above are clipped" in notice
    assert notice.endswith("those below 0, down to -1, count as 0")


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4"])
def test_signed_values_over_the_whole_range_are_told(tmp_path, dtype):
    ends = np.iinfo(dtype)
    values = np.rint(GREY * ends.max - (1 - GREY) * ends.max).astype(dtype)
    picture = check(tmp_path, tiff_of(values, BLACK_IS_ZERO), np.clip(values, 0, None) / ends.max)
    assert "its values are signed, and those below 0" in picture.notices[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_floats_that_are_no_numbers_are_refused(tmp_path, value):
    samples = GREY.astype(np.float32)
    samples[3, 4] = value
    (tmp_path / "a.tif").write_bytes(tiff_of(samples, BLACK_IS_ZERO))
    with pytest.raises(PictureError, match="holds NaN or infinite values; replace them"):
        read_picture(tmp_path / "a.tif")


ALPHAS = {"none": None, "unspecified": 0, "premultiplied": 1, "alpha": 2}


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("planar", [False, True], ids=["pixels", "planes"])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
@pytest.mark.parametrize("kind", ALPHAS)
def test_extra_samples(tmp_path, kind, photometric, planar, bits):
    values = TRUTH if photometric == RGB else GREY
    extra = ALPHAS[kind]
    stored = values * ALPHA if extra == 1 else values
    samples = quantized(np.dstack([stored, ALPHA]), bits)
    data = tiff_of(samples, photometric, planar=planar, extra=() if extra is None else (extra,))
    shown = 1 - values if photometric == WHITE_IS_ZERO else values
    expected = shown if extra == 0 else shown * ALPHA + 1 - ALPHA
    picture = check(tmp_path, data, expected, atol=2.1 if bits == 8 else 0.01)
    assert (picture.alpha is None) == (extra == 0)
    if picture.alpha:
        np.testing.assert_allclose(picture.alpha, ALPHA[..., 0] * 255, atol=0.51)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("kinds", [(0, 2), (2, 0), (0, 0), (0, 1, 0)])
def test_several_extra_samples(tmp_path, kinds, bits):
    stored = TRUTH * ALPHA if 1 in kinds else TRUTH
    others = [ALPHA if kind else 1 - GREY for kind in kinds]
    data = tiff_of(quantized(np.dstack([stored, *others]), bits), RGB, extra=kinds)
    has_alpha = set(kinds) != {0}
    expected = TRUTH * ALPHA + 1 - ALPHA if has_alpha else TRUTH
    check(tmp_path, data, expected, atol=2.1 if bits == 8 else 0.01)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("fill_order", [1, 2])
def test_palettes(tmp_path, bits, fill_order):
    count = 1 << bits
    colors = np.random.default_rng(0).integers(0, 65536, (count, 3))
    samples = (X * 7 + Y * 3)[..., None] % min(count, 300)
    data = tiff_of(
        samples.astype(np.uint16 if bits > 8 else np.uint8),
        PALETTE,
        bits=bits,
        fill_order=fill_order,
        tags=[(320, 3, colors.T.reshape(-1))],
    )
    check(tmp_path, data, colors[samples[..., 0]] / 65535, atol=1)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [False, True], ids=["pixels", "planes"])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("alpha", [None, 1, 2])
def test_cmyk(tmp_path, bits, planar, inverted, alpha):
    inks = np.dstack([1 - TRUTH, np.zeros((HEIGHT, WIDTH))])
    stored = 1 - inks if inverted else inks
    stored = stored * ALPHA if alpha == 1 else stored
    stored = np.dstack([stored, ALPHA]) if alpha else stored
    top = (1 << bits) - 1
    data = tiff_of(
        quantized(stored, bits),
        CMYK,
        planar=planar,
        extra=(alpha,) if alpha else (),
        tags=[(336, 3, (top, 0))] if inverted else [],
    )
    check(tmp_path, data, TRUTH * ALPHA + 1 - ALPHA if alpha else TRUTH, atol=2.1)


@pytest.mark.parametrize("kind", [1, 2])
def test_ycbcr_with_alpha(tmp_path, kind):
    stored = np.rint(255 * (TRUTH * ALPHA if kind == 1 else TRUTH)).astype(np.uint8)
    ycc = np.asarray(Image.fromarray(stored).convert("YCbCr"))
    samples = np.dstack([ycc, np.rint(ALPHA * 255).astype(np.uint8)])
    data = tiff_of(samples, YCBCR, extra=(kind,), tags=[(530, 3, (1, 1))])
    check(tmp_path, data, TRUTH * ALPHA + 1 - ALPHA, atol=6)


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2), (4, 2)])
@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 34925, 50000])
@pytest.mark.parametrize("rows", [8, 16])  # the last strip of 16 has 8
@pytest.mark.parametrize("studio", [False, True])
def test_ycbcr(tmp_path, subsampling, compression, rows, studio):
    skip_without(compression)
    across, down = subsampling
    height, width = 24, 40
    flat = np.zeros((height, width, 3))
    flat[..., 0] = np.arange(width) / width
    flat[...] = flat[..., :1] * [0.2, 0.5, 0.9] + 0.05
    ycc = np.asarray(Image.fromarray(np.rint(flat * 255).astype(np.uint8)).convert("YCbCr"), float)
    reference = []
    if studio:
        ycc = ycc * [219 / 255, 224 / 255, 224 / 255] + [16, 16 * 255 / 255, 16]
        reference = [(532, 5, (16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1))]
    ycc = np.rint(np.clip(ycc, 0, 255)).astype(np.uint8)
    segments = []
    for top in range(0, height, rows):
        strip, data = ycc[top : top + rows], b""
        for y, x in product(range(0, len(strip), down), range(0, width, across)):
            square = strip[y : y + down, x : x + across]
            data += square[..., 0].tobytes() + square[0, 0, 1:].tobytes()
        segments.append(compressors()[compression](data))
    tiff = tiff_of(
        ycc,
        YCBCR,
        rows=rows,
        compression=compression,
        segments=segments,
        tags=[(530, 3, subsampling), *reference],
    )
    check(tmp_path, tiff, flat, atol=4 if across == 1 else 14)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>", ids=["little", "big"])
def test_bigtiff(tmp_path, big, order):
    samples = quantized(TRUTH, 16)
    data = tiff_of(samples, RGB, big=big, order=order, compression=8, predictor=2)
    check(tmp_path, data, samples / 65535, atol=1e-3)


def test_the_orientation_and_the_profile_are_those_of_the_file(tmp_path):
    from profiles import ADOBE_RGB

    for bits, photometric in product((8, 12, 16), (BLACK_IS_ZERO, RGB)):
        values = TRUTH if photometric == RGB else GREY
        tags = [(274, 3, [6]), (34675, 7, ADOBE_RGB), (271, 2, b"Maker\0")]
        data = tiff_of(quantized(values, bits), photometric, bits=bits, tags=tags)
        (tmp_path / "a.tif").write_bytes(data)
        picture = read_picture(tmp_path / "a.tif")
        assert picture.size == (HEIGHT, WIDTH)
        if photometric == RGB:
            assert picture.icc == ADOBE_RGB
        assert picture.carried.exif.groups["image"][271].data == b"Maker\0"


def with_more_pages(tmp_path, first, *others):
    """Return the bytes of a TIFF with pages of other sizes; each is NewSubfileType and a side."""
    file = BytesIO()
    images = [
        Image.new("L", (side, side), 10 * number + 10)
        for number, (_, side) in enumerate([first, *others])
    ]
    infos = [{254: kind} for kind, _ in [first, *others]]
    from PIL.TiffImagePlugin import AppendingTiffWriter

    with AppendingTiffWriter(file, new=True) as writer:
        for image, info in zip(images, infos, strict=True):
            image.save(writer, "TIFF", tiffinfo=info)
            writer.newFrame()
    (tmp_path / "a.tif").write_bytes(file.getvalue())
    return read_picture(tmp_path / "a.tif")


def test_the_first_full_picture_is_taken(tmp_path):
    assert with_more_pages(tmp_path, (0, 9)).notices == ()
    picture = with_more_pages(tmp_path, (1, 9), (0, 20))
    assert (picture.size, picture.notices) == ((20, 20), ())
    assert picture.pixels[0, 0, 0, 0] == 20
    picture = with_more_pages(tmp_path, (0, 20), (1, 9), (4, 20), (0, 20))
    assert picture.pixels[0, 0, 0, 0] == 10
    assert picture.notices[0].endswith("a.tif holds 2 pictures; the first is taken")


def test_a_large_one_is_reduced_to_what_is_needed(tmp_path, monkeypatch):
    samples = quantized(TRUTH, 16)
    (tmp_path / "a.tif").write_bytes(tiff_of(samples, RGB, compression=8, rows=5))
    whole = read_picture(tmp_path / "a.tif")
    monkeypatch.setattr(strips, "LARGE", 500)
    monkeypatch.setattr(strips, "STRIP_PIXELS", 150)
    reduced = read_picture(tmp_path / "a.tif", side=6)
    assert (reduced.size, reduced.proportions) == ((19, 11), (WIDTH, HEIGHT))
    for plane, other in zip(reduced.planes, whole.planes, strict=True):
        np.testing.assert_allclose(plane, other.reduce(2), atol=0.01)


@pytest.mark.parametrize("compression", NAMES, ids=NAMES.get)
def test_a_file_cut_short_is_damaged(tmp_path, compression):
    skip_without(compression)
    data = tiff_of(quantized(TRUTH, 16), RGB, compression=compression, rows=HEIGHT)
    directory = int.from_bytes(data[4:8], "little")
    # Only the strip ends early: its length is right, and zeros have replaced its second half.
    cut = data[: directory // 2].ljust(directory, b"\0") + data[directory:]
    (tmp_path / "a.tif").write_bytes(data[: directory - 20])
    with pytest.raises(PictureError, match="damaged or cut short"):
        read_picture(tmp_path / "a.tif")
    (tmp_path / "a.tif").write_bytes(cut)
    if compression in {1, 8, 32946}:  # the checksum at the end of Deflate is not looked at
        assert read_picture(tmp_path / "a.tif").size == (WIDTH, HEIGHT)
        return
    with pytest.raises(PictureError, match="damaged or cut short"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>", ids=["little", "big"])
def test_metadata_of_what_pillow_can_not_open(tmp_path, order, big):
    tags = [(274, 3, [6]), (271, 2, b"Maker\0")]
    data = tiff_of(quantized(TRUTH, 12), RGB, bits=12, order=order, big=big, tags=tags)
    (tmp_path / "a.tif").write_bytes(data)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.size == (HEIGHT, WIDTH)
    assert picture.carried.exif.groups["image"][271].data == b"Maker\0"


@pytest.mark.parametrize("kind", [1, 7])
@pytest.mark.parametrize("big", [False, True])
def test_xmp_of_what_pillow_can_not_open(tmp_path, big, kind):
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'
    )
    found = []
    for bits in (8, 12):  # Pillow opens the first
        data = tiff_of(quantized(TRUTH, bits), RGB, bits=bits, big=big, tags=[(700, kind, packet)])
        (tmp_path / "a.tif").write_bytes(data)
        found.append(read_picture(tmp_path / "a.tif").carried.xmp)
    assert b"Rating" in found[0]
    assert found[0] == found[1]
