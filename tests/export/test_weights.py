"""The checks that every array passes; what a wrong file says is tested with its reader."""

import numpy as np
import pytest
from vgg19.layers import LAYERS
from vgg19.weights import checked_array, collect_layers

from ortstyle.errors import ModelError


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_arrays_become_contiguous_float32(dtype):
    array = np.arange(6, dtype=dtype).reshape(3, 2).T
    checked = checked_array("file", "kernel", array, (2, 3))
    assert checked.dtype == np.float32
    assert checked.flags.c_contiguous
    np.testing.assert_array_equal(checked, array)


def test_numbers_beyond_float32_are_refused():
    with pytest.raises(ModelError, match="file: kernel has values that are not finite"):
        checked_array("file", "kernel", np.array([1e39]), (1,))


def test_layers_are_collected_in_order():
    asked = []

    def read(layer):
        asked.append(layer)
        return np.zeros(layer.shape, np.float32), np.ones(layer.shape[0], np.float32)

    kernels, biases = collect_layers("file", read)
    assert tuple(asked) == LAYERS
    assert list(kernels) == list(biases) == [layer.name for layer in LAYERS]
