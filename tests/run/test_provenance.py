"""The provenance of a run."""

import json
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest

from ortstyle.run.provenance import provenance_of, provenance_text, versions
from ortstyle.runtime import devices
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


def test_a_run_is_described(tiny, tiny_settings):
    found = provenance_of(tiny_settings(), find_device("cpu"))
    assert found["settings"] == tiny_settings().to_dict()
    assert found["device"] in {device.name for device in devices.DEVICES}
    assert found["model"] == {
        "file": "tiny.onnx",
        "sha256": sha256(tiny.read_bytes()).hexdigest(),
    }
    known = provenance_of(tiny_settings(), find_device("cpu"), model_hash="known")
    assert known == found | {"model": {"file": "tiny.onnx", "sha256": "known"}}
    assert found["versions"]["numpy"] == np.__version__
    packages = {"ortstyle", "numpy", "onnx", "onnx-ir", "onnxruntime", "pillow"}
    assert set(found["versions"]) == packages
    assert provenance_of(Settings(), find_device("cpu"))["model"]["file"] == "vgg19.onnx"


def test_a_package_that_is_not_installed_costs_its_own_version_alone(monkeypatch):
    def installed(package):
        if package in ("ortstyle", "onnx"):
            raise PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr("ortstyle.run.provenance.version", installed)
    assert set(versions()) == {"numpy", "onnx-ir", "onnxruntime", "pillow"}


def test_text_for_a_result(tmp_path):
    settings = Settings(
        init=str(tmp_path / "start.png"),
        content_mask=(r"C:\Users\me\sky.png", ""),
        style_mask=("a/b/left ü.png", "right.png"),
    )
    provenance = provenance_of(settings, find_device("cpu"))
    kept = provenance_text(provenance, "keep")
    assert kept.isascii()
    assert json.loads(kept) == json.loads(json.dumps(provenance))
    text = provenance_text(provenance, "minimal")
    assert str(tmp_path) not in text
    minimal = json.loads(text)
    assert minimal["settings"].pop("init") == "start.png"
    assert minimal["settings"].pop("content_mask") == ["sky.png", ""]
    assert minimal["settings"].pop("style_mask") == ["left ü.png", "right.png"]
    for key, value in minimal["settings"].items():
        assert value == json.loads(kept)["settings"][key]
    assert provenance_text(provenance, "none") is None
    assert provenance["settings"]["init"] == str(tmp_path / "start.png")
