"""The tags of a TIFF: kinds that are refused, and those with tags missing."""

import logging
import struct
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from tiffs import BLACK_IS_ZERO, CMYK, RGB, YCBCR, tiff_of

from ortstyle.errors import PictureError
from ortstyle.pictures.tiff_layout import Photometric
from ortstyle.pictures.tiff_pages import read_layout

PLAIN = np.zeros((4, 6, 3), np.uint16)


def layout_of(data):
    return read_layout(BytesIO(data), "content a.tif")


def refusal_of(data):
    with pytest.raises(PictureError) as caught:
        layout_of(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("tag", "values", "words"),
    [
        (262, [32845], "LogLuv"),
        (262, [32844], "LogL"),
        (262, [10], "ITULab"),
        (262, [77], "photometric interpretation 77"),
        (259, [34676], "LogLuv"),
        (259, [33003], "JPEG 2000"),
        (259, [50002], "JPEG XL"),
        (259, [50001], "WebP"),
        (259, [12345], "compression 12345"),
        (258, [5, 6, 5], "samples of different depths"),
        (258, [128] * 3, "128-bit uint samples"),
        (339, [3] * 3, ""),
    ],
)
def test_what_is_not_supported_is_refused_by_name(tag, values, words):
    data = tiff_of(PLAIN, RGB, tags=[(tag, 3, values)])
    if words:
        expected = f"content a.tif is a TIFF of {words}, which is not supported; convert it to 16"
        assert refusal_of(data).startswith(expected)
    else:
        assert layout_of(data).layout.kind == "float"


def test_more_refusals():
    numbers = tiff_of(PLAIN, RGB, tags=[(339, 3, [6] * 3), (258, 3, [64] * 3)])
    assert "complex numbers" in refusal_of(numbers)
    assert "CMYK with 3 samples" in refusal_of(tiff_of(PLAIN, CMYK))
    inks = tiff_of(np.zeros((4, 6, 4), np.uint8), CMYK, tags=[(332, 3, [2])])
    assert "inks other than CMYK" in refusal_of(inks)
    palette = tiff_of(np.zeros((4, 6, 1), np.uint8), 3, tags=[(320, 3, range(30))])
    assert "a palette that is missing" in refusal_of(palette)


@pytest.mark.parametrize(
    ("dtype", "predictor", "words"), [("u2", 9, "predictor 9 of 16-bit uint"), ("u2", 3, "3 of 16")]
)
def test_predictors_that_can_not_be_undone(dtype, predictor, words):
    tags = [(317, 3, [predictor]), (259, 3, [8])]
    assert words in refusal_of(tiff_of(PLAIN.astype(dtype), RGB, tags=tags))


@pytest.mark.parametrize("compression", [1, 7, 32773])
def test_a_predictor_beside_other_compressions_has_no_meaning(compression):
    samples = PLAIN.astype(np.uint8) if compression == 7 else PLAIN
    data = tiff_of(samples, RGB, tags=[(317, 3, [2]), (259, 3, [compression])])
    assert layout_of(data).layout.predictor == 1


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (PLAIN, {}),
        (PLAIN.astype(np.uint8), {"planar": True}),
        (PLAIN.astype(np.uint8), {"compression": 8, "predictor": 2}),
        (np.zeros((4, 6, 4), np.uint8), {"extra": (2,)}),
    ],
    ids=["16 bits", "planes", "predictor", "alpha"],
)
def test_chroma_is_subsampled_only_in_the_usual_form(samples, options):
    tags = [(530, 3, (2, 2))]
    assert "subsampled chroma" in refusal_of(tiff_of(samples, YCBCR, tags=tags, **options))
    tags = [(530, 3, (1, 1))]
    assert layout_of(tiff_of(samples, YCBCR, tags=tags, **options)).layout.subsampling == (1, 1)


@pytest.mark.parametrize("found", [(0, 2), (3, 1), (2,), (2, 2, 2)])
def test_chroma_subsampling_that_is_none(found):
    data = tiff_of(PLAIN.astype(np.uint8), YCBCR, tags=[(530, 3, found)])
    assert "chroma subsampling" in refusal_of(data)


@pytest.mark.parametrize("tag", [(50706, 1, [1, 4, 0, 0]), (262, 3, [32803]), (259, 3, [34713])])
def test_a_raw_file_is_not_read_by_its_preview(tag):
    assert "a camera's raw file" in refusal_of(tiff_of(PLAIN, RGB, tags=[tag]))


def test_the_layout_says_how_pixels_are_stored():
    found = layout_of(
        tiff_of(np.zeros((20, 30, 4), np.uint8), RGB, order=">", planar=True, tile=16, extra=(1,))
    )
    layout = found.layout
    assert (layout.width, layout.height, layout.bits, layout.kind) == (30, 20, 8, "uint")
    assert (layout.big_endian, layout.planar, layout.tiled) == (True, True, True)
    assert (layout.grid, len(layout.segments)) == ((2, 2), 16)
    assert layout.alpha == (3, True)
    assert (found.count, found.index, found.orientation, found.profile) == (1, 0, 1, b"")


def test_missing_tags_have_their_defaults():
    data = tiff_of(np.zeros((4, 6, 1), np.uint8), BLACK_IS_ZERO, rows=4)
    for tag in (266, 277, 278, 284, 339):  # renamed to tags that nobody knows
        data = data.replace(tag.to_bytes(2, "little") + b"\x03\0\1\0", b"\xf0\xff\x03\0\1\0")
        data = data.replace(tag.to_bytes(2, "little") + b"\x04\0\1\0", b"\xf0\xff\x04\0\1\0")
    layout = layout_of(data).layout
    assert (layout.samples, layout.planar, layout.reversed_bits) == (1, False, False)
    assert layout.segment_size == (6, 4)


def test_an_odd_tag_costs_that_tag():
    data = tiff_of(PLAIN, RGB, tags=[(274, 2, b"x\0"), (254, 2, b"y\0"), (317, 2, b"z\0")])
    found = layout_of(data)
    assert (found.orientation, found.layout.predictor) == (1, 1)


def test_complaints_of_tifffile_are_not_printed(capfd):
    data = tiff_of(PLAIN, RGB)
    for end in range(20, len(data), 11):
        with suppress(Exception):
            layout_of(data[:end])
    assert capfd.readouterr().err == ""
    assert not logging.getLogger("tifffile").handlers


@pytest.mark.parametrize(
    ("samples", "tags", "expected"),
    [
        (1, [], Photometric.BLACK_IS_ZERO),
        (1, [(259, 3, [4])], Photometric.WHITE_IS_ZERO),
        (3, [], Photometric.RGB),
        (4, [], Photometric.RGB),
        (4, [(332, 3, [1])], Photometric.CMYK),
    ],
)
def test_colours_that_are_not_named_are_the_usual_ones(samples, tags, expected):
    bits = 1 if samples == 1 else 8
    data = tiff_of(np.zeros((4, 8, samples), np.uint8), BLACK_IS_ZERO, bits=bits, tags=tags)
    without = data.replace(b"\x06\x01\x03\0\x01\0\0\0", b"\x05\x01\x03\0\x01\0\0\0")
    assert without != data
    assert layout_of(without).layout.photometric == expected


@pytest.mark.parametrize("compression", [1, 8, 34925, 50000])
@pytest.mark.parametrize("size", [(1, 1), (1, 70000)])
def test_tiles_far_larger_than_the_picture_are_refused(compression, size):
    tags = [(256, 4, size[:1]), (257, 4, size[1:]), (259, 3, [compression])]
    tile = [(322, 4, [32768]), (323, 4, [32768])]
    data = tiff_of(PLAIN, RGB, tile=16, tags=[*tags, *tile])
    assert "tiles of 32768×32768 pixels, far more than the picture has" in refusal_of(data)
    tile = [(322, 4, [1024]), (323, 4, [1024])]
    data = tiff_of(PLAIN, RGB, tile=16, tags=[*tags, *tile])
    assert layout_of(data).layout.segment_size == (1024, 1024)


def test_many_tiles_around_one_row_are_refused():
    tags = [(256, 4, [10**8]), (257, 4, [1]), (322, 4, [16]), (323, 4, [4096])]
    assert "far more than the picture has" in refusal_of(tiff_of(PLAIN, RGB, tile=16, tags=tags))


@pytest.mark.parametrize(("compression", "is_read"), [(5, False), (32773, False), (8, True)])
def test_strips_too_large_for_what_decompresses_them_at_once(compression, is_read):
    tags = [(256, 4, [20000]), (257, 4, [20000]), (278, 4, [20000]), (259, 3, [compression])]
    data = tiff_of(PLAIN, RGB, tags=tags)
    if is_read:
        assert layout_of(data).layout.height == 20000
    else:
        assert "strips or tiles of more than 512 MiB" in refusal_of(data)


@pytest.mark.parametrize("gone", [322, 323])
def test_tiles_without_a_size_are_damaged(gone):
    data = tiff_of(PLAIN, RGB, tile=16, tags=[(gone, 4, [0])])
    with pytest.raises(OSError, match="tiles have no size"):
        layout_of(data)


@pytest.mark.parametrize("gone", [256, 257])
def test_a_picture_without_a_size_is_damaged(gone):
    data = tiff_of(PLAIN, RGB).replace(struct.pack("<HH", gone, 4), struct.pack("<HH", gone, 2))
    with pytest.raises(OSError, match="tags of its size are missing"):
        layout_of(data)
