"""State dicts in PyTorch's zip format, also where PyTorch is missing or refuses."""

import sys
import zipfile

import pytest
from export.weight_files import Touch, assert_same, refusal
from vgg19.readers import read_weights


def test_files_that_torch_writes(random_vgg19, torch_state_dict, tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "state.dat"
    torch.save(torch_state_dict, path)
    assert_same(read_weights(path), random_vgg19)


def test_torch_zip_without_torch_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "state.dat"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
    assert "pip install torch" in refusal(path)


def test_no_pickle_in_a_torch_zip_is_executed(tmp_path):
    torch = pytest.importorskip("torch")
    trace, path = tmp_path / "trace", tmp_path / "evil.pth"
    torch.save({"features.0.weight": Touch(trace)}, path)
    assert "PyTorch can't read it" in refusal(path)
    assert not trace.exists()
