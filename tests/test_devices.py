"""Devices: how they are found, and what is said of those that are not there."""

import importlib.util
import subprocess
import sys

import pytest

from ortstyle.errors import DeviceError, SettingsError
from ortstyle.runtime import devices
from ortstyle.runtime.devices import DEVICES, Device, find, missing

INSTALL = 'pip install "ortstyle[cpu]"'


def refusal_of(name):
    with pytest.raises(DeviceError) as caught:
        find(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_table_has_no_name_twice():
    names = [device.name for device in DEVICES]
    assert len(set(names)) == len(names)
    assert "auto" not in names
    assert "cpu" in names


def test_the_processor_is_found():
    pytest.importorskip("onnxruntime")
    cpu = find("cpu")
    assert (cpu.name, cpu.provider) == ("cpu", "CPUExecutionProvider")
    assert missing(cpu) is None
    assert find("auto") in DEVICES
    assert find() == find("auto")


def test_auto_takes_the_first_that_can_be_used(monkeypatch):
    rows = [Device(name, f"{name}Provider", name, "") for name in ("first", "second", "third")]
    monkeypatch.setattr(devices, "DEVICES", tuple(rows))
    monkeypatch.setattr(devices, "missing", lambda row: "no" if row.name == "first" else None)
    assert find("auto") is rows[1]
    assert find("third") is rows[2]
    assert refusal_of("first") == "device first: no"


def test_auto_without_any_says_why_of_each(monkeypatch):
    rows = [Device(name, f"{name}Provider", name, "") for name in ("first", "second")]
    monkeypatch.setattr(devices, "DEVICES", tuple(rows))
    monkeypatch.setattr(devices, "missing", lambda row: f"no {row.hardware}{row.extra}")
    assert refusal_of("auto") == "device first: no first; device second: no second"


@pytest.mark.parametrize(
    ("name", "hint"), [("cpuu", "did you mean cpu?"), ("xyz", "choose from auto, ")]
)
def test_an_unknown_device_is_told_the_nearest(name, hint):
    with pytest.raises(SettingsError, match="--device") as caught:
        find(name)
    assert repr(name) in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_without_onnx_runtime_the_message_says_what_to_install(monkeypatch, name):
    monkeypatch.setattr(devices, "find_spec", lambda _: None)
    message = refusal_of(name)
    assert "device cpu: ONNX Runtime is missing" in message
    assert INSTALL in message


def test_onnx_runtime_really_missing():
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from ortstyle.errors import DeviceError\n"
        "from ortstyle.runtime import devices\n"
        "try: devices.find('cpu')\n"
        "except DeviceError as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert INSTALL in found.stdout
    assert not found.stderr


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ImportError('DLL load failed')", "DLL load failed"),
        ("", "get_available_providers"),  # what a half-removed installation leaves
    ],
)
def test_a_broken_installation_is_said_to_be(tmp_path, monkeypatch, code, reason):
    (tmp_path / "onnxruntime.py").write_text(code, "utf-8")
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.find_spec("onnxruntime")
    assert spec
    assert str(tmp_path) in spec.origin
    message = refusal_of("cpu")
    assert "ONNX Runtime can't be loaded" in message
    assert reason in message
    assert "pip install --force-reinstall" in message
    sys.modules.pop("onnxruntime", None)


def test_a_build_without_the_provider(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["OtherProvider"])
    message = refusal_of("cpu")
    assert "this ONNX Runtime was built without CPUExecutionProvider" in message
    assert INSTALL in message


def test_the_table_is_read_only():
    with pytest.raises(TypeError):
        find_row("cpu").options["threads"] = 1


def find_row(name):
    return next(device for device in DEVICES if device.name == name)
