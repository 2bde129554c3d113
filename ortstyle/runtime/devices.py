"""The devices that ortstyle runs on, as an ordered table with one row each.

A new device needs a new row here and nothing else: every difference between execution providers
that other modules act on is a column.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # this module loads ONNX, which listing the devices does not need
    from ortstyle.graph.rewrites.comparisons import Comparisons

_CPU_PROVIDER = "CPUExecutionProvider"
#: Common names of operating systems, by their names in `sys.platform`.
SYSTEM_NAMES = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


def read_only(options: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return a copy of provider options that can't be changed."""
    return MappingProxyType(dict(options or {}))


@dataclass(frozen=True)
class Device:
    """A kind of hardware and the execution provider that runs on it.

    Columns that name an option of the provider or a function are empty where it has none.

    Attributes
    ----------
    name
        The name that `--device` takes.
    provider
        ONNX Runtime's name of the execution provider.
    extra
        The extra of ortstyle that brings the provider; empty if none does.
    hardware
        The hardware in words.
    advice
        How to install a provider that no extra brings.
    systems
        The operating systems that the provider exists for, as in `sys.platform`.
    plugin
        The Python module that contains the provider as a library for ONNX Runtime to load; empty
        where the provider is built into ONNX Runtime.
    kind
        The kind of hardware to take, "GPU", "NPU" or "CPU", where the provider runs on several;
        empty for any.
    options
        Options that are always passed to the provider.
    kind_option
        The option of a built-in provider that takes the kind of hardware. A plugin has no such
        option: one of its devices, of the right kind, is chosen instead.
    number_option
        The option that takes the N of `name:N`, the number of an adapter.
    fastest_option
        The option in `options` by which the provider itself takes the fastest adapter; a number
        replaces it.
    tf32_option
        The option that switches TF32 on ("1") or off ("0").
    cuda_graph_option
        The option that makes the provider record the kernels of a run and replay them.
    cache_option, cache_key
        The option that takes the folder in which the provider caches compiled models, and the
        entry of a model's metadata that names the model in this cache.
    hardware_query
        The function of `onnxruntime.capi._pybind_state` that lists the hardware which a built-in
        provider has found, each item beginning with its kind.
    preloads_libraries
        Whether the provider's libraries may come as Python packages, which ONNX Runtime then has
        to load first.
    memory
        ONNX Runtime's name for the device's own memory, where the optimiser's vectors can stay;
        empty where they are in the processor's memory.
    comparisons
        Whether the gradient graph may use operators that compare, or has to compute comparisons by
        arithmetic.
    winograd
        Whether convolutions are faster after `graph.rewrites.processor`; other providers have such
        kernels of their own.
    automatic
        Whether "auto" may take the device.
    """

    name: str
    provider: str
    extra: str
    hardware: str
    advice: str = ""
    systems: tuple[str, ...] = tuple(SYSTEM_NAMES)
    plugin: str = ""
    kind: str = ""
    options: Mapping[str, str] = field(default_factory=read_only)
    kind_option: str = ""
    number_option: str = ""
    fastest_option: str = ""
    tf32_option: str = ""
    cuda_graph_option: str = ""
    cache_option: str = ""
    cache_key: str = ""
    hardware_query: str = ""
    preloads_libraries: bool = False
    memory: str = ""
    comparisons: "Comparisons" = "compare"
    winograd: bool = False
    automatic: bool = True

    @property
    def is_processor(self) -> bool:
        """Whether this is the processor with ONNX Runtime's own kernels."""
        return self.provider == _CPU_PROVIDER

    @property
    def number(self) -> int:
        """The N of `name:N`, 0 where there is none."""
        return int(self.options.get(self.number_option, "0"))

    def numbered(self, number: int) -> "Device":
        """Return the device for one of several adapters, such as "cuda:1" for 1."""
        options = {k: v for k, v in self.options.items() if k != self.fastest_option}
        options[self.number_option] = str(number)
        return replace(self, name=f"{self.name}:{number}", options=read_only(options))


def _openvino(kind: str, hardware: str, *, automatic: bool) -> Device:
    # By default OpenVINO computes in 16 bits where the hardware can.
    precision = json.dumps({kind: {"INFERENCE_PRECISION_HINT": "f32"}})
    return Device(
        f"openvino:{kind.lower()}",
        "OpenVINOExecutionProvider",
        "openvino",
        hardware,
        systems=("linux", "win32"),
        plugin="onnxruntime_ep_openvino",
        kind=kind,
        options=read_only({"load_config": precision}),
        kind_option="device_type",
        hardware_query="get_available_openvino_device_ids",
        automatic=automatic,
    )


#: The best devices first: "auto" tries them in this order.
DEVICES = (
    Device(
        "cuda",
        "CUDAExecutionProvider",
        "cuda",
        "NVIDIA GPU",
        systems=("linux", "win32"),
        options=read_only(
            {
                "arena_extend_strategy": "kSameAsRequested",
                "cudnn_conv_algo_search": "HEURISTIC",  # DEFAULT is the slow one
                "use_tf32": "0",
            }
        ),
        number_option="device_id",
        tf32_option="use_tf32",
        cuda_graph_option="enable_cuda_graph",
        preloads_libraries=True,
        memory="cuda",
    ),
    Device(
        "migraphx",
        "MIGraphXExecutionProvider",
        "",
        "AMD GPU, by ROCm",
        "install AMD's onnxruntime-migraphx, which comes with ROCm",
        systems=("linux", "win32"),
        number_option="device_id",
    ),
    Device(
        "directml",
        "DmlExecutionProvider",
        "directml",
        "any GPU under Windows; Windows ML brings it too",
        systems=("win32",),
        options=read_only({"performance_preference": "high_performance"}),
        number_option="device_id",
        fastest_option="performance_preference",
        memory="dml",
    ),
    Device(
        "coreml",
        "CoreMLExecutionProvider",
        "cpu",
        "Apple GPU and Neural Engine",
        systems=("darwin",),
        options=read_only({"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}),
        cache_option="ModelCacheDirectory",
        cache_key="COREML_CACHE_KEY",
        comparisons="arithmetic",
    ),
    Device(
        "webgpu",
        "WebGpuExecutionProvider",
        "webgpu",
        "any GPU, by Vulkan, Metal or Direct3D 12",
        plugin="onnxruntime_ep_webgpu",
        memory="gpu",
    ),
    _openvino("GPU", "Intel GPU", automatic=True),
    _openvino("NPU", "Intel NPU", automatic=True),
    Device(
        "nv-tensorrt-rtx",
        "NvTensorRTRTXExecutionProvider",
        "",
        "NVIDIA RTX GPU, by TensorRT",
        "pip install onnxruntime-ep-nv-tensorrt-rtx",
        systems=("linux", "win32"),
        plugin="onnxruntime_ep_nv_tensorrt_rtx",
        automatic=False,  # it compiles every graph anew, so it only runs when asked for by name
    ),
    Device("cpu", _CPU_PROVIDER, "cpu", "any processor", winograd=True),
    # In 32 bits OpenVINO is slower on processors than ONNX Runtime's own kernels.
    _openvino("CPU", "any processor, by OpenVINO", automatic=False),
)
