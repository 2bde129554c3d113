"""Codebooks: exact for few values, and near the best error that is possible for many."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from vgg19.quantisation import quantise, relative_error


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, st.integers(1, 256), elements=st.floats(-4, 4, width=32)))
def test_few_values_are_kept_exactly(weight):
    codebook, indices = quantise(weight)
    assert codebook.shape == (256,)
    assert codebook.dtype == np.float32
    assert indices.dtype == np.uint8
    np.testing.assert_array_equal(codebook[indices], weight)
    assert relative_error(weight, codebook, indices) == 0


@pytest.mark.parametrize(("draw", "bound"), [("normal", 0.0066), ("laplace", 0.0088)])
def test_quantisation_error(draw, bound):
    """The best 256 levels for a normal distribution err by √2.73 / 256 = 0.0064 (Panter, Dite)."""
    weight = getattr(np.random.default_rng(1), draw)(size=(512, 64, 3, 3)).astype(np.float32)
    codebook, indices = quantise(weight)
    assert (np.diff(codebook) > 0).all()
    assert relative_error(weight, codebook, indices) < bound
    nearest = np.abs(weight[:4, :4, :, :, None] - codebook).argmin(-1)
    np.testing.assert_array_equal(indices[:4, :4], nearest)


def test_quantising_awkward_weights():
    sparse = np.zeros(100_000, np.float32)
    sparse[:300] = np.linspace(-1, 1, 300)
    for weight in (sparse, np.arange(257, dtype=np.float32), np.geomspace(1e-30, 1e30, 999)):
        codebook, indices = quantise(weight.astype(np.float32))
        assert np.isfinite(codebook).all()
        assert relative_error(weight.astype(np.float32), codebook, indices) < 0.02
    assert relative_error(np.zeros(3, np.float32), *quantise(np.zeros(3))) == 0
