"""The choice of the preprocessing, with the shipped model and without."""

import numpy as np
import pytest
from vgg19 import choose_preprocessing as module
from vgg19.choose_preprocessing import choose_preprocessing, shipped_conv1_1
from vgg19.preprocessing import CAFFE, TORCH
from vgg19.readers import read_weights
from vgg19.weights import NOT_STATED, Weights

from ortstyle.errors import ModelError


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """Give the path of the shipped model, where no file is."""
    path = tmp_path / "none.onnx"
    monkeypatch.setattr(module, "SHIPPED", path)
    return path


def weights_with(conv1_1):
    return Weights({"conv1_1": conv1_1}, {}, "state dict", "0")


def test_caffe_weights_are_known_by_their_first_layer():
    conv1_1 = shipped_conv1_1()
    noise = np.random.default_rng(0).normal(0, 0.01 * np.std(conv1_1), conv1_1.shape)
    settled = choose_preprocessing(weights_with(conv1_1 + noise.astype(np.float32)))
    assert settled.preprocessing == CAFFE
    assert settled.license == "CC-BY-4.0"


@pytest.mark.parametrize("change", [lambda x: x[:, ::-1], lambda x: 58 * x, lambda x: x[::-1]])
def test_other_weights_are_taken_for_torchvisions(change):
    settled = choose_preprocessing(weights_with(change(shipped_conv1_1())))
    assert settled.preprocessing == TORCH
    assert "assumption" in settled.preprocessing_from
    assert settled.license == NOT_STATED


def test_without_the_shipped_model_torch_is_assumed(shipped):
    settled = choose_preprocessing(weights_with(np.zeros((64, 3, 3, 3), np.float32)))
    assert settled.preprocessing == TORCH
    assert "none.onnx isn't there" in settled.preprocessing_from


def test_a_shipped_model_that_is_damaged(shipped):
    shipped.write_text("hello")
    with pytest.raises(ModelError, match=r"none\.onnx is damaged or not in a format known here"):
        choose_preprocessing(weights_with(np.zeros((64, 3, 3, 3), np.float32)))


def test_neural_styles_file_is_known_by_its_hash(shipped):
    weights = Weights({}, {}, "state dict", "d01eb7cb" + 56 * "0")
    assert choose_preprocessing(weights).preprocessing == CAFFE


def test_what_is_asked_for_comes_first(codebook_file):
    weights = read_weights(codebook_file)
    assert choose_preprocessing(weights, TORCH).preprocessing == TORCH
    assert choose_preprocessing(weights).preprocessing == CAFFE
