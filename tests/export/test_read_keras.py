"""Keras' HDF5 files."""

import sys

import h5py
import numpy as np
import pytest
from export.weight_files import assert_same, refusal, write_keras
from vgg19.preprocessing import CAFFE
from vgg19.readers import read_weights


@pytest.mark.parametrize(
    ("kernel", "bias", "root"),
    [
        ("{}_W_1:0", "{}_b_1:0", ""),
        ("{}/kernel:0", "{}/bias:0", ""),
        ("{}/kernel", "{}/bias", "model_weights/"),
    ],
)
def test_keras(random_vgg19, tmp_path, kernel, bias, root):
    path = tmp_path / "weights.dat"
    write_keras(path, random_vgg19, kernel, bias, root)
    weights = read_weights(path)
    assert_same(weights, random_vgg19)
    assert weights.preprocessing == CAFFE


def test_keras_files_that_are_not_vgg19(tmp_path):
    path = tmp_path / "wrong.h5"
    with h5py.File(path, "w") as file:
        file["block1_conv1/kernel:0"] = np.zeros((64, 3, 3, 3), np.float32)
        file["block1_conv1/bias:0"] = np.zeros(64, np.float32)
    assert "block1_conv1's kernel has shape (64, 3, 3, 3)" in refusal(path)
    with h5py.File(path, "w") as file:
        file["block2_conv1/kernel:0"] = 1.0
    assert "no kernel and bias block1_conv1" in refusal(path)


def test_keras_file_that_points_elsewhere(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(64 * 27 * 4))
    path = tmp_path / "pointer.h5"
    with h5py.File(path, "w") as file:
        external = [(str(tmp_path / "secret"), 0, 64 * 27 * 4)]
        file.create_dataset("block1_conv1/kernel", (3, 3, 3, 64), np.float32, external=external)
    assert "keeps its values in another file" in refusal(path)


def test_keras_without_h5py_says_what_to_install(keras_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert "pip install h5py" in refusal(keras_file)
