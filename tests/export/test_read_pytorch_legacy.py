"""State dicts in PyTorch's format up to 1.5, made here and by PyTorch."""

import sys

import pytest
from export.weight_files import assert_same, legacy_torch
from vgg19.readers import read_weights


@pytest.mark.parametrize("prefix", ["features.", ""])
def test_legacy_state_dict_needs_no_torch(random_vgg19, tmp_path, monkeypatch, prefix):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "state.dat"
    path.write_bytes(legacy_torch(random_vgg19.state_dict(prefix)))
    weights = read_weights(path)
    assert_same(weights, random_vgg19)
    assert weights.preprocessing is None


def test_files_that_torch_writes(random_vgg19, torch_state_dict, tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "state.dat"
    torch.save(torch_state_dict, path, _use_new_zipfile_serialization=False)
    assert_same(read_weights(path), random_vgg19)
