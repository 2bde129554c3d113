"""The cosine transform against scipy's."""

from unittest.mock import patch

import numpy as np
from hypothesis import given, strategies as st
from scipy.fft import dctn

from ortstyle.optim import cosine_transform as module
from ortstyle.optim.cosine_transform import cosine_transform, inverse_cosine_transform


def planes(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@given(st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 40)))
def test_the_transform_is_scipys_and_is_undone(shape):
    x = planes(shape)
    found = cosine_transform(x)
    assert found.dtype == np.float32
    expected = dctn(x.astype(np.float64), axes=(1, 2), norm="ortho")
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(inverse_cosine_transform(found), x, atol=1e-5)


@given(st.tuples(st.integers(1, 2), st.integers(1, 30), st.integers(1, 30)))
def test_it_is_the_same_by_fourier_transforms(shape):
    x = planes(shape)
    expected = cosine_transform(x)
    with patch.object(module, "LARGEST_MATRIX_SIDE", 0):
        np.testing.assert_allclose(cosine_transform(x), expected, atol=1e-5)
        np.testing.assert_allclose(inverse_cosine_transform(expected), x, atol=1e-5)


def test_planes_are_transformed_in_blocks(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_MATRIX_SIDE", 0)
    x = planes((2, 50, 70))
    expected, back = cosine_transform(x), inverse_cosine_transform(x)
    monkeypatch.setattr(module, "_BLOCK", 1)  # which is 16 rows
    np.testing.assert_array_equal(cosine_transform(x), expected)
    assert inverse_cosine_transform(x, out=x) is x
    np.testing.assert_array_equal(x, back)
