"""The provenance of a run."""

from hashlib import sha256

import numpy as np
import pytest

from ortstyle.run.provenance import provenance_of
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
    assert found["versions"]["numpy"] == np.__version__
    packages = {"ortstyle", "numpy", "onnx", "onnx-ir", "onnxruntime", "pillow"}
    assert set(found["versions"]) == packages
    assert provenance_of(Settings(), find_device("cpu"))["model"]["file"] == "vgg19.onnx"
