"""Samples of any number of bits, and predictors, against numbers packed by hand."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, strategies as st
from tiffs import BLACK_IS_ZERO, pack, predict, tiff_of

from ortstyle.pictures.tiff_pages import read_layout
from ortstyle.pictures.tiff_samples import bytes_per_row, unpack


def layout_of(samples, **options):
    return read_layout(BytesIO(tiff_of(samples, BLACK_IS_ZERO, **options)), "a").layout


@given(st.integers(1, 32), st.integers(1, 20), st.sampled_from("<>"), st.integers(0, 9))
def test_unsigned_numbers_of_any_depth(bits, width, order, seed):
    samples = np.random.default_rng(seed).integers(0, 1 << bits, (3, width, 1)).astype(np.uint32)
    layout = layout_of(samples, bits=bits, order=order)
    data = b"".join(
        pack(samples.astype(f"u{bits // 8}") if bits in {8, 16, 32} else samples, bits, order)
    )
    assert bytes_per_row(layout, width, 1) * 3 == len(data)
    found = unpack(data, layout, width=width, samples=1)
    assert found.dtype == (np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32)
    np.testing.assert_array_equal(found, samples)


def test_twelve_bits_in_plain_bytes():
    layout = layout_of(np.zeros((1, 3, 1), np.uint16), bits=12)
    found = unpack(b"\x12\x34\x56\x78\x90", layout, width=3, samples=1)
    np.testing.assert_array_equal(found[0, :, 0], [0x123, 0x456, 0x789])


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("predictor", [1, 2, 3])
def test_predictors_are_undone(dtype, order, predictor):
    if predictor == 3 and dtype[0] != "f":
        return
    samples = np.random.default_rng(0).normal(0, 100, (4, 5, 3)).astype("f8")
    samples = np.clip(samples, 0, None).astype(dtype) if dtype[0] == "u" else samples.astype("i1")
    samples = samples.astype(dtype)
    layout = replace(layout_of(samples[..., :1], order=order), predictor=predictor)
    coded = predict(samples, predictor) if predictor > 1 else samples
    data = b"".join(pack(coded, coded.dtype.itemsize * 8, order))
    found = unpack(data, layout, width=5, samples=3)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, samples)
