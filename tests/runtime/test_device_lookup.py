"""Names of devices: what each stands for, and what "auto" may take."""

import pytest

from ortstyle.errors import DeviceError, SettingsError
from ortstyle.runtime import availability
from ortstyle.runtime.availability import why_unavailable
from ortstyle.runtime.device_lookup import automatic_devices, find_device
from ortstyle.runtime.devices import DEVICES

INSTALL = 'pip install "onnxruntime>=1.20"'


def row_of(name):
    return next(device for device in DEVICES if device.name == name)


def refusal_of(name):
    with pytest.raises(DeviceError) as caught:
        find_device(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def everywhere(monkeypatch):
    """Make every row of the table seem ready."""
    monkeypatch.setattr(availability, "why_unavailable", lambda _: None)


def test_the_processor_comes_last_of_what_auto_may_take(everywhere):
    names = [device.name for device in automatic_devices()]
    assert names[0] == "cuda"
    assert names[-1] == "cpu"
    assert not {"nv-tensorrt-rtx", "openvino:cpu"} & set(names)


def test_the_processor_is_found():
    pytest.importorskip("onnxruntime")
    assert find_device("cpu") is row_of("cpu")
    assert why_unavailable(row_of("cpu")) is None
    assert row_of("cpu") in automatic_devices()


def test_a_number_chooses_among_several(everywhere):
    second = find_device("cuda:1")
    assert second.name == "cuda:1"
    assert second.options["device_id"] == "1"
    assert second.options["use_tf32"] == find_device("cuda").options["use_tf32"]


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "-1", "x", ""])
def test_a_number_that_is_none_is_no_device(everywhere, number):
    with pytest.raises(SettingsError, match="--device: 'cuda:"):
        find_device(f"cuda:{number}")


def test_a_numbered_directml_device_is_not_overruled_by_a_preference(everywhere):
    assert find_device("directml").options == {"performance_preference": "high_performance"}
    assert find_device("directml:1").options == {"device_id": "1"}


def test_a_name_without_a_kind_means_the_first_that_is_ready(monkeypatch):
    ready = {"openvino:npu", "openvino:cpu"}
    monkeypatch.setattr(
        availability, "why_unavailable", lambda d: None if d.name in ready else f"no {d.kind}"
    )
    assert find_device("openvino").name == "openvino:npu"
    assert find_device("openvino:cpu").kind == "CPU"
    assert refusal_of("openvino:gpu") == "device openvino:gpu: no GPU"
    ready.clear()
    expected = "; ".join(
        f"device openvino:{kind.lower()}: no {kind}" for kind in ("GPU", "NPU", "CPU")
    )
    assert refusal_of("openvino") == expected


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cpuu", "did you mean cpu?"),
        ("openvino:gpus", "did you mean openvino:gpu?"),
        ("cpu:1", "did you mean cpu?"),
        ("cuda:x", "did you mean cuda?"),
        ("CPU", "did you mean cpu?"),
        ("CUDA:1", "did you mean cuda:1?"),
        ("xyz", "choose from auto, "),
    ],
)
def test_an_unknown_device_is_told_the_nearest(name, hint):
    with pytest.raises(SettingsError, match="--device") as caught:
        find_device(name)
    assert repr(name) in str(caught.value)
    assert hint in str(caught.value)


def test_nothing_ready_says_what_to_install(monkeypatch):
    monkeypatch.setattr(availability, "find_spec", lambda _: None)
    with pytest.raises(DeviceError, match="no device is ready") as caught:
        automatic_devices()
    assert INSTALL in str(caught.value)
