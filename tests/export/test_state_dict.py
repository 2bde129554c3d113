"""State dicts that name or hold their tensors otherwise than VGG-19's."""

import re

import numpy as np
import pytest
import safetensors.numpy
from export.weight_files import NAMES, first_layer, legacy_torch, refusal
from vgg19.state_dict import collect_state_dict


@pytest.mark.parametrize("naming", ["features.{index}", "{index}", "{name}"])
def test_namings(random_vgg19, naming):
    tensors = {}
    for layer, name in enumerate(NAMES):
        pools = int(name[4]) - 1
        key = naming.format(index=2 * layer + pools, name=name)
        tensors[f"{key}.weight"] = random_vgg19.kernels[name]
        tensors[f"{key}.bias"] = random_vgg19.biases[name]
    kernels, biases = collect_state_dict("file", tensors, tensors.__getitem__)
    assert all(kernels[name] is random_vgg19.kernels[name] for name in NAMES)
    assert all(biases[name] is random_vgg19.biases[name] for name in NAMES)


@pytest.mark.parametrize("container", ["legacy", "safetensors"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, r"features.2.weight \(conv1_2\) is missing"),
        ({"bias": None}, r"features.0.bias \(conv1_1\) is missing"),
        ({"weight": None}, "has no features.0.weight"),
        (
            {"weight": np.zeros((64, 3, 5, 5), np.float32)},
            r"conv1_1's kernel has shape \(64, 3, 5, 5",
        ),
        ({"bias": np.zeros(32, np.float32)}, r"conv1_1's bias has shape \(32,\)"),
        ({"weight": np.full((64, 3, 3, 3), np.nan, np.float32)}, "not finite"),
        ({"bias": np.full(64, np.inf, np.float32)}, "not finite"),
        ({"weight": np.zeros((64, 3, 3, 3), np.int64)}, "holds int64"),
    ],
)
def test_state_dicts_that_are_not_vgg19(tmp_path, container, changes, message):
    path = tmp_path / "wrong.dat"
    tensors = first_layer(**changes)
    if container == "legacy":
        path.write_bytes(legacy_torch(tensors))
    else:
        safetensors.numpy.save_file(tensors, path)
    assert re.search(message, refusal(path))
