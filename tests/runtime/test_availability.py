"""Devices that can't be used, and the reasons and advice that are given."""

import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ortstyle.errors import DeviceError
from ortstyle.runtime import availability, installation
from ortstyle.runtime.availability import plugin_devices, why_unavailable
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.devices import DEVICES, Device
from ortstyle.runtime.installation import onnxruntime_packages

INSTALL = 'pip install "onnxruntime>=1.20"'


def row_of(name):
    return next(device for device in DEVICES if device.name == name)


def refusal_of(name):
    with pytest.raises(DeviceError) as caught:
        find_device(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_device_of_another_system(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert why_unavailable(row_of("directml")) == "only on Windows"
    assert why_unavailable(row_of("coreml")) == "only on macOS"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert why_unavailable(row_of("cuda")) == "only on Linux and Windows"


def test_without_onnx_runtime_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(availability, "find_spec", lambda _: None)
    message = refusal_of("cpu")
    assert "device cpu: ONNX Runtime is missing" in message
    assert INSTALL in message


def test_onnx_runtime_really_missing():
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from ortstyle.errors import DeviceError\n"
        "from ortstyle.runtime.device_lookup import find_device\n"
        "try: find_device('cpu')\n"
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
    installed = " ".join(onnxruntime_packages())
    removal = f"pip uninstall -y {installed}, then " if installed else ""
    assert message.endswith(f"); {removal}{INSTALL}")
    sys.modules.pop("onnxruntime", None)


def test_a_folder_that_an_uninstallation_left_is_no_installation(tmp_path, monkeypatch):
    (tmp_path / "onnxruntime" / "capi").mkdir(parents=True)
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(installation, "onnxruntime_packages", list)
    assert why_unavailable(row_of("cpu")) == f"ONNX Runtime is missing; {INSTALL}"


def test_a_build_without_the_provider(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["OtherProvider"])
    message = refusal_of("cpu")
    assert "this ONNX Runtime was built without CPUExecutionProvider" in message
    assert INSTALL in message


def test_a_plugin_that_is_not_installed(monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(availability, "_is_installed", lambda name: "_ep_" not in name)
    monkeypatch.setattr(installation, "onnxruntime_packages", lambda: ["onnxruntime"])
    message = why_unavailable(row_of("webgpu"))
    assert message.startswith("onnxruntime-ep-webgpu is missing; pip install ")
    assert '"onnxruntime-ep-webgpu>=' in message
    message = why_unavailable(row_of("openvino:gpu"))
    assert message.startswith("this ONNX Runtime was built without OpenVINOExecutionProvider; pip ")


def plugin(tmp_path, monkeypatch, body):
    """Write a module of a plugin provider; return the device that needs it."""
    (tmp_path / "ghost_plugin.py").write_text(f"def get_library_path():\n    {body}\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ghost_plugin", raising=False)
    return Device("ghost", "GhostProvider", "", "ghosts", plugin="ghost_plugin", kind="GPU")


def test_a_plugin_that_can_not_be_loaded(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    library = tmp_path / "ghost.so"
    ghost = plugin(tmp_path, monkeypatch, f"return {str(library)!r}")
    assert why_unavailable(ghost).startswith("ghost_plugin can't be loaded: ")


def test_a_plugin_that_finds_no_hardware_of_its_kind(tmp_path, monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    ghost = plugin(tmp_path, monkeypatch, "return ''")
    monkeypatch.setattr(
        onnxruntime, "register_execution_provider_library", lambda *_: None, raising=False
    )

    def found(provider, kind):
        return SimpleNamespace(
            ep_name=provider, device=SimpleNamespace(type=SimpleNamespace(name=kind))
        )

    there = [found("OtherProvider", "GPU"), found("GhostProvider", "NPU")]
    monkeypatch.setattr(onnxruntime, "get_ep_devices", lambda: there, raising=False)
    monkeypatch.setattr(availability, "_registered_plugins", set())
    assert why_unavailable(ghost) == "ghost-plugin finds no such hardware here"
    there.append(found("GhostProvider", "GPU"))
    assert why_unavailable(ghost) is None
    assert plugin_devices(ghost) == there[-1:]
