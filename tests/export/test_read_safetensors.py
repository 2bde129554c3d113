"""State dicts in safetensors; what a wrong one says is tested with the state dicts."""

import sys

from export.weight_files import assert_same, refusal
from vgg19.choose_preprocessing import choose_preprocessing
from vgg19.preprocessing import TORCH
from vgg19.readers import read_weights


def test_safetensors(random_vgg19, safetensors_file):
    weights = read_weights(safetensors_file)
    assert_same(weights, random_vgg19)
    assert weights.preprocessing is None
    assert choose_preprocessing(weights).preprocessing == TORCH


def test_safetensors_without_the_package_says_what_to_install(safetensors_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    assert "pip install safetensors" in refusal(safetensors_file)
