"""Devices: how they are found, and what is said of those that are not there."""

import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ortstyle.errors import DeviceError, SettingsError
from ortstyle.runtime import devices
from ortstyle.runtime.devices import DEVICES, Device, candidates, find, flavours, missing

INSTALL = 'pip install "ortstyle[cpu]"'


def row_of(name):
    return next(device for device in DEVICES if device.name == name)


def refusal_of(name):
    with pytest.raises(DeviceError) as caught:
        find(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def everywhere(monkeypatch):
    """Make every row of the table seem ready."""
    monkeypatch.setattr(devices, "missing", lambda _: None)


# the table


def test_the_table_has_no_name_twice():
    names = [device.name for device in DEVICES]
    assert len(set(names)) == len(names)
    assert "auto" not in names


def test_the_table_is_read_only():
    with pytest.raises(TypeError):
        row_of("cuda").options["use_tf32"] = "1"


def test_the_processor_comes_last_of_what_auto_may_take(everywhere):
    names = [device.name for device in candidates()]
    assert names[0] == "cuda"
    assert names[-1] == "cpu"
    assert not {"nv-tensorrt-rtx", "openvino:cpu"} & set(names)


def test_only_coreml_chooses_by_arithmetic():
    assert [device.name for device in DEVICES if device.comparisons == "arithmetic"] == ["coreml"]


# names


def test_the_processor_is_found():
    pytest.importorskip("onnxruntime")
    assert find("cpu") is row_of("cpu")
    assert missing(row_of("cpu")) is None
    assert row_of("cpu") in candidates()


def test_a_number_chooses_among_several(everywhere):
    second = find("cuda:1")
    assert second.name == "cuda:1"
    assert second.options["device_id"] == "1"
    assert second.options["use_tf32"] == find("cuda").options["use_tf32"]


def test_a_numbered_directml_device_is_not_overruled_by_a_preference(everywhere):
    assert find("directml").options == {"performance_preference": "high_performance"}
    assert find("directml:1").options == {"device_id": "1"}


def test_a_name_without_a_kind_means_the_first_that_is_ready(monkeypatch):
    ready = {"openvino:npu", "openvino:cpu"}
    monkeypatch.setattr(devices, "missing", lambda d: None if d.name in ready else f"no {d.kind}")
    assert find("openvino").name == "openvino:npu"
    assert find("openvino:cpu").options["device_type"] == "CPU"
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
        ("xyz", "choose from auto, "),
    ],
)
def test_an_unknown_device_is_told_the_nearest(name, hint):
    with pytest.raises(SettingsError, match="--device") as caught:
        find(name)
    assert repr(name) in str(caught.value)
    assert hint in str(caught.value)


# what is missing


def test_a_device_of_another_system(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert missing(row_of("directml")) == "only on Windows"
    assert missing(row_of("coreml")) == "only on macOS"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert missing(row_of("cuda")) == "only on Linux and Windows"


def test_nothing_ready_says_what_to_install(monkeypatch):
    monkeypatch.setattr(devices, "find_spec", lambda _: None)
    with pytest.raises(DeviceError, match="no device is ready") as caught:
        candidates()
    assert INSTALL in str(caught.value)


def test_without_onnx_runtime_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(devices, "find_spec", lambda _: None)
    message = refusal_of("cpu")
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
    assert f"uninstall {' and '.join(flavours())}, then {INSTALL}" in message
    sys.modules.pop("onnxruntime", None)


def test_a_build_without_the_provider(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["OtherProvider"])
    message = refusal_of("cpu")
    assert "this ONNX Runtime was built without CPUExecutionProvider" in message
    assert INSTALL in message


def test_a_plugin_that_is_not_installed(monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(devices, "find_spec", lambda name: None if "webgpu" in name else True)
    monkeypatch.setattr(devices, "built_in", lambda _: False)
    assert missing(row_of("webgpu")) == (
        'onnxruntime-ep-webgpu is missing; pip install "ortstyle[webgpu]"'
    )


def plugin(tmp_path, monkeypatch, body):
    """Write a module of a plugin provider; the row that it serves."""
    (tmp_path / "ghost_plugin.py").write_text(f"def get_library_path():\n    {body}\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ghost_plugin", raising=False)
    return Device("ghost", "GhostProvider", "", "ghosts", plugin="ghost_plugin", kind="GPU")


def test_a_plugin_that_can_not_be_loaded(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    library = tmp_path / "ghost.so"
    ghost = plugin(tmp_path, monkeypatch, f"return {str(library)!r}")
    assert missing(ghost).startswith("ghost_plugin can't be loaded: ")


def test_a_plugin_that_finds_no_hardware_of_its_kind(tmp_path, monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    ghost = plugin(tmp_path, monkeypatch, "return ''")
    monkeypatch.setattr(onnxruntime, "register_execution_provider_library", lambda *_: None)

    def found(provider, kind):
        return SimpleNamespace(
            ep_name=provider, device=SimpleNamespace(type=SimpleNamespace(name=kind))
        )

    there = [found("OtherProvider", "GPU"), found("GhostProvider", "NPU")]
    monkeypatch.setattr(onnxruntime, "get_ep_devices", lambda: there)
    monkeypatch.setattr(devices, "_registered", set())
    assert missing(ghost) == "ghost-plugin finds no such hardware here"
    there.append(found("GhostProvider", "GPU"))
    assert missing(ghost) is None
    assert devices.plugin_devices(ghost) == there[-1:]


def test_the_packages_that_bring_onnx_runtime_are_listed(monkeypatch):
    brought = {"onnxruntime": ["onnxruntime-gpu", "onnxruntime", "onnxruntime"], "numpy": ["numpy"]}
    monkeypatch.setattr(devices, "packages_distributions", lambda: brought)
    assert flavours() == ["onnxruntime", "onnxruntime-gpu"]
