"""ONNX Runtime's own sessions: the options of providers, and the errors raised for theirs."""

from pathlib import Path
from types import SimpleNamespace

import onnx_ir as ir
import pytest
from small_models import sums

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.runtime import ort_session
from ortstyle.runtime.device_lookup import devices_named
from ortstyle.runtime.devices import DEVICES
from ortstyle.runtime.ort_session import (
    create_session,
    device_error,
    session_options,
    unsupported_nodes,
)

onnxruntime = pytest.importorskip("onnxruntime")


def row_of(name):
    return next(device for device in DEVICES if device.name == name)


@pytest.fixture
def told(monkeypatch, tmp_path):
    """Record which options ONNX Runtime is called with, without opening a session."""
    found = {"preloaded": 0}

    def open_session(data, options, *, providers, enable_fallback):
        ((provider, provider_options),) = providers
        found[provider] = provider_options
        return SimpleNamespace(get_providers=lambda: [provider])

    def preload():
        found["preloaded"] += 1

    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(ort_session, "is_built_in", lambda _: True)
    monkeypatch.setattr(onnxruntime, "InferenceSession", open_session)
    monkeypatch.setattr(onnxruntime, "preload_dlls", preload, raising=False)
    return found


@pytest.mark.parametrize("name", ["openvino:gpu", "openvino:npu", "openvino:cpu"])
def test_a_built_in_provider_of_several_kinds_is_told_the_kind(told, name):
    create_session(b"", None, device=row_of(name))
    options = told["OpenVINOExecutionProvider"]
    assert options["device_type"] == name.partition(":")[2].upper()
    assert "INFERENCE_PRECISION_HINT" in options["load_config"]


def test_a_plugin_is_told_no_kind_but_given_the_device(monkeypatch):
    given = []
    options = SimpleNamespace(add_provider_for_devices=lambda *args: given.append(args))
    row = row_of("openvino:gpu")
    monkeypatch.setattr(ort_session, "is_built_in", lambda _: False)
    monkeypatch.setattr(ort_session, "plugin_devices", lambda _: ["a GPU"])
    opened = SimpleNamespace(get_providers=lambda: [row.provider])
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_: opened)
    assert create_session(b"", options, device=row) is opened
    assert given == [(["a GPU"], dict(row.options))]
    assert "device_type" not in row.options


def test_core_ml_is_told_where_compiled_models_are_kept(told, tmp_path):
    create_session(b"", None, device=row_of("coreml"))
    folder = tmp_path / "Library" / "Caches" / "ortstyle"
    assert told["CoreMLExecutionProvider"]["ModelCacheDirectory"] == str(folder)
    assert folder.is_dir()


def test_only_cuda_loads_libraries_first(told):
    for device in DEVICES:
        create_session(b"", None, device=device)
        assert told["preloaded"] == 1, "CUDA is the first row"


def test_a_session_without_its_provider_is_refused(monkeypatch):
    monkeypatch.setattr(ort_session, "is_built_in", lambda _: True)
    opened = SimpleNamespace(get_providers=lambda: ["CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: opened)
    with pytest.raises(DeviceError, match="device cuda can't be opened; run: ortstyle devices"):
        create_session(b"", None, device=row_of("cuda"))


def test_the_processor_supports_every_node():
    (cpu,) = devices_named("cpu")
    assert unsupported_nodes(sums(), cpu) == []


def test_no_session_but_the_processors_may_fall_back_to_it():
    entry = "session.disable_cpu_ep_fallback"
    assert session_options(row_of("cuda")).get_session_config_entry(entry) == "1"
    for options in (
        session_options(row_of("cuda"), cpu_fallback=True),
        session_options(row_of("cpu")),
    ):
        with pytest.raises(RuntimeError):
            options.get_session_config_entry(entry)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError("CUDA failure 2: out of memory"), OutOfMemoryError),
        (RuntimeError("std::bad_alloc"), OutOfMemoryError),
        (MemoryError("no room"), OutOfMemoryError),
        (RuntimeError("no\n  kernel"), DeviceError),
    ],
)
def test_an_error_is_one_line_and_tells_want_of_memory(error, kind):
    found = device_error("device cuda failed", error)
    assert type(found) is kind
    assert str(found).startswith("device cuda failed: ")
    assert "\n" not in str(found)


def test_a_model_survives_the_question_for_its_nodes():
    (cpu,) = devices_named("cpu")
    model = sums()
    before = ir.to_proto(model).SerializeToString()
    unsupported_nodes(model, cpu)
    assert ir.to_proto(model).SerializeToString() == before
