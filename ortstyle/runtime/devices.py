"""The devices that ortstyle runs on: an ordered table, one row each, and the choice among them."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from ortstyle.errors import DeviceError
from ortstyle.graph.rewrites.comparisons import Comparisons
from ortstyle.settings.checks import check_choice
from ortstyle.settings.value_types import Precision

PROCESSOR = "CPUExecutionProvider"
_SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


def _frozen(options: Mapping[str, str] | None = None) -> Mapping[str, str]:
    return MappingProxyType(dict(options or {}))


@dataclass(frozen=True)
class Device:
    """A kind of hardware and the execution provider that runs on it.

    Attributes
    ----------
    name
        What `--device` takes.
    provider
        ONNX Runtime's name of the execution provider.
    install
        What adds it, a command or advice.
    hardware
        What it is, for people.
    systems
        Where it can be, as `sys.platform` says.
    plugin
        The module that brings the provider as a library, beside plain ONNX Runtime; empty where the
        provider must be built in.
    kind
        Of a plugin's devices the kind to take: "GPU", "NPU" or "CPU"; empty for any.
    options
        Options of the provider.
    numbered
        The option that takes the N of `name:N`; empty where there is no such choice.
    memory
        ONNX Runtime's name for its memory, where the optimiser's vectors can stay; empty where they
        are in the processor's.
    capture
        The option by which it records what a run does and replays it; empty where it can't.
    comparisons
        How the gradient graph chooses: by comparison, or by arithmetic where there is none.
    winograd
        Whether it gains by `graph.winograd`; others have such kernels of their own.
    cached
        Whether what it compiles is kept on disk for the next run.
    automatic
        Whether "auto" may take it.
    """

    name: str
    provider: str
    install: str
    hardware: str
    systems: tuple[str, ...] = tuple(_SYSTEMS)
    plugin: str = ""
    kind: str = ""
    options: Mapping[str, str] = field(default_factory=_frozen)
    numbered: str = ""
    memory: str = ""
    capture: str = ""
    comparisons: Comparisons = "compare"
    winograd: bool = False
    cached: bool = False
    automatic: bool = True

    @property
    def number(self) -> int:
        """The N of `name:N`, 0 where there is none."""
        return int(self.options.get(self.numbered, "0"))


def _extra(name: str) -> str:
    return f'pip install "ortstyle[{name}]"'


def _openvino(kind: str, hardware: str, *, automatic: bool) -> Device:
    # Left to itself OpenVINO computes in 16 bits where the hardware can.
    precision = json.dumps({kind: {"INFERENCE_PRECISION_HINT": "f32"}})
    return Device(
        f"openvino:{kind.lower()}",
        "OpenVINOExecutionProvider",
        _extra("openvino"),
        hardware,
        systems=("linux", "win32"),
        plugin="onnxruntime_ep_openvino",
        kind=kind,
        options=_frozen({"device_type": kind, "load_config": precision}),
        automatic=automatic,
    )


#: The best first, as "auto" tries them.
DEVICES = (
    Device(
        "cuda",
        "CUDAExecutionProvider",
        _extra("cuda"),
        "NVIDIA GPU",
        systems=("linux", "win32"),
        options=_frozen(
            {
                "arena_extend_strategy": "kSameAsRequested",
                "cudnn_conv_algo_search": "HEURISTIC",  # DEFAULT is the slow one
                "use_tf32": "0",
            }
        ),
        numbered="device_id",
        memory="cuda",
        capture="enable_cuda_graph",
    ),
    Device(
        "migraphx",
        "MIGraphXExecutionProvider",
        "install AMD's onnxruntime-migraphx, which comes with ROCm",
        "AMD GPU, by ROCm",
        systems=("linux", "win32"),
        numbered="device_id",
    ),
    Device(
        "directml",
        "DmlExecutionProvider",
        _extra("directml"),
        "any GPU under Windows; Windows ML brings it too",
        systems=("win32",),
        options=_frozen({"performance_preference": "high_performance"}),
        numbered="device_id",
        memory="dml",
    ),
    Device(
        "coreml",
        "CoreMLExecutionProvider",
        _extra("cpu"),
        "Apple GPU and Neural Engine",
        systems=("darwin",),
        options=_frozen({"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}),
        comparisons="arithmetic",
        cached=True,
    ),
    Device(
        "webgpu",
        "WebGpuExecutionProvider",
        _extra("webgpu"),
        "any GPU, by Vulkan, Metal or Direct3D 12",
        plugin="onnxruntime_ep_webgpu",
        memory="gpu",
    ),
    _openvino("GPU", "Intel GPU", automatic=True),
    _openvino("NPU", "Intel NPU", automatic=True),
    Device(
        "nv-tensorrt-rtx",
        "NvTensorRTRTXExecutionProvider",
        "pip install onnxruntime-ep-nv-tensorrt-rtx",
        "NVIDIA RTX GPU, by TensorRT",
        systems=("linux", "win32"),
        plugin="onnxruntime_ep_nv_tensorrt_rtx",
        automatic=False,  # it compiles every graph anew, so never unasked
    ),
    Device("cpu", PROCESSOR, _extra("cpu"), "any processor", winograd=True),
    # In 32 bits slower than ONNX Runtime's own kernels.
    _openvino("CPU", "any processor, by OpenVINO", automatic=False),
)


def missing(device: Device) -> str | None:  # noqa: PLR0911  one return a reason
    """Say why a device can't be used and what to do about it; None where it seems ready."""
    if sys.platform not in device.systems:
        return f"only on {' and '.join(_SYSTEMS[system] for system in device.systems)}"
    if find_spec("onnxruntime") is None:
        return f"ONNX Runtime is missing; {device.install}"
    try:
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        available = onnxruntime.get_available_providers()
    except (ImportError, AttributeError) as error:  # a library it needs, or parts of itself
        return (
            f"ONNX Runtime can't be loaded ({error}); uninstall {' and '.join(flavours())}, then "
            f"{device.install}"
        )
    if device.provider in available:
        return None if _has_hardware(device) else f"no {device.hardware} was found"
    if not device.plugin:
        return f"this ONNX Runtime was built without {device.provider}; {device.install}"
    if find_spec(device.plugin) is None:
        return f"{device.plugin.replace('_', '-')} is missing; {device.install}"
    try:
        found = plugin_devices(device)
    except DeviceError as error:
        return str(error)
    return None if found else f"{device.plugin.replace('_', '-')} finds no such hardware here"


def _has_hardware(device: Device) -> bool:
    """Tell whether OpenVINO, which runs on several kinds of hardware, has found this one."""
    from onnxruntime.capi import _pybind_state  # noqa: PLC0415

    if device.provider == "OpenVINOExecutionProvider":
        found = _pybind_state.get_available_openvino_device_ids()
        return any(name.startswith(device.kind) for name in found)
    return True


def plugin_devices(device: Device) -> list[Any]:
    """Register a plugin provider and list its devices of the right kind, as ONNX Runtime does.

    Raises
    ------
    DeviceError
        Its library can't be loaded.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    if not hasattr(onnxruntime, "register_execution_provider_library"):
        raise DeviceError(
            f"{device.plugin} can't be loaded: ONNX Runtime {onnxruntime.__version__} takes no "
            f"plugins; {device.install}"
        )
    if device.plugin not in _registered:
        try:
            library = import_module(device.plugin).get_library_path()
            onnxruntime.register_execution_provider_library(device.plugin, library)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            reason = " ".join(str(error).split())
            raise DeviceError(f"{device.plugin} can't be loaded: {reason}") from error
        _registered.add(device.plugin)
    return [
        found
        for found in onnxruntime.get_ep_devices()
        if found.ep_name == device.provider and device.kind in ("", found.device.type.name)
    ][:1]


_registered: set[str] = set()  # by ONNX Runtime, once a process


def built_in(device: Device) -> bool:
    """Tell whether this ONNX Runtime has a provider without a plugin."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    return device.provider in onnxruntime.get_available_providers()


def flavours() -> list[str]:
    """List the installed distributions that bring a module `onnxruntime`; more than one is broken.

    They overwrite each other's files.
    """
    return sorted(set(packages_distributions().get("onnxruntime", [])))


def find(name: str) -> Device:
    """Give the device of a name that can be used, such as "cpu", "cuda:1" or "openvino".

    Raises
    ------
    SettingsError
        No device has this name.
    DeviceError
        It can't be used here; the message says what to install.
    """
    rows = named(name)
    reasons = {device.name: missing(device) for device in rows}
    for device in rows:
        if reasons[device.name] is None:
            return device
    raise DeviceError("; ".join(f"device {name}: {why}" for name, why in reasons.items()))


def named(name: str) -> list[Device]:
    """List the devices of a name, ready or not, and load no ONNX Runtime for it.

    Raises
    ------
    SettingsError
        No device has this name.
    """
    rows = list(_rows(name))
    if not rows:
        names = {row.name for row in DEVICES} | {row.name.partition(":")[0] for row in DEVICES}
        check_choice("--device", name, ["auto", *sorted(names)])
    return rows


def _rows(name: str) -> Iterator[Device]:
    """Give the rows that a name means: itself, those it begins, or a numbered one."""
    base, _, number = name.partition(":")
    for row in DEVICES:
        if name in (row.name, row.name.partition(":")[0]):
            yield row
        elif row.name == base and row.numbered and number.isdecimal():
            yield numbered(row, int(number))


def numbered(device: Device, number: int) -> Device:
    """Give the device of a number, such as "cuda:1", of a row that has such a choice."""
    options = {k: v for k, v in device.options.items() if k != "performance_preference"}
    options[device.numbered] = str(number)
    return replace(device, name=f"{device.name}:{number}", options=_frozen(options))


def arithmetic(device: Device, precision: Precision) -> Precision:
    """Give what "auto" means on a device; any other precision means itself."""
    if precision != "auto":
        return precision
    return "tf32" if device.provider == "CUDAExecutionProvider" else "float32"


def at_precision(device: Device, precision: Precision) -> Device:
    """Give a device set to a precision.

    Raises
    ------
    DeviceError
        It has no such arithmetic.
    """
    if device.provider == "CUDAExecutionProvider":
        # What float16 leaves to float32 are products of float16 numbers, which TF32 holds exactly.
        tf32 = "0" if arithmetic(device, precision) == "float32" else "1"
        return replace(device, options=_frozen({**device.options, "use_tf32": tf32}))
    if precision == "float16" and device.comparisons == "arithmetic":
        raise DeviceError(f"device {device.name} has no float16 here; take float32")
    if precision == "tf32":
        raise DeviceError(f"device {device.name} has no TF32, which is NVIDIA's; take float32")
    return device


def candidates() -> list[Device]:
    """List what "auto" may take and is ready, the best first.

    Raises
    ------
    DeviceError
        There is none; the message says what to install.
    """
    rows = [device for device in DEVICES if device.automatic]
    ready = [device for device in rows if missing(device) is None]
    if not ready:
        (cpu,) = named("cpu")
        raise DeviceError(f"no device is ready; {missing(cpu)}")
    return ready
