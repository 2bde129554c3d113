"""ONNX Runtime's own sessions: how they are configured and created, and what their errors mean."""

import re
from typing import Any

import onnx_ir as ir

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.runtime import arena, compiled_models
from ortstyle.runtime.availability import is_built_in, plugin_devices
from ortstyle.runtime.devices import Device
from ortstyle.runtime.native_calls import NATIVE_CALLS
from ortstyle.runtime.threads import thread_count

_SPIN_MICROSECONDS = "1000"  # longer spinning takes the cores from NumPy between two runs
#: Messages of the arenas of all devices; CUDA, cuDNN and cuBLAS; Windows (E_OUTOFMEMORY); WebGPU;
#: Linux (ENOMEM).
_OUT_OF_MEMORY = re.compile(
    r"failed to allocate memory|bad_alloc|out of memory|ALLOC_FAILED|8007000E|not enough memory|"
    r"cannot allocate memory",
    re.IGNORECASE,
)


def session_options(device: Device, *, cpu_fallback: bool = False) -> Any:
    """Return the options of a session.

    Parameters
    ----------
    device
        The device that the session runs on.
    cpu_fallback
        Whether nodes that the device has no kernels for may run on the processor.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors come as exceptions and need not be printed too
    # The memory pattern would add a second copy of the first run's arena in the second run, and
    # DirectML does not support it.
    options.enable_mem_pattern = False
    options.intra_op_num_threads = thread_count()
    options.add_session_config_entry("session.intra_op.spin_duration_us", _SPIN_MICROSECONDS)
    if device.is_processor:
        arena.set_memory_options(options)
    elif not cpu_fallback:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return options


def create_session(data: bytes, options: Any, *, device: Device) -> Any:
    """Return ONNX Runtime's session of a serialised model, all of it on one device.

    Raises
    ------
    DeviceError
        The device can't run the whole model.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    arguments: dict[str, Any] = {}
    try:
        if is_built_in(device):
            if device.preloads_libraries and hasattr(onnxruntime, "preload_dlls"):
                onnxruntime.preload_dlls()
            provider = (device.provider, _built_in_options(device))
            arguments = {"providers": [provider], "enable_fallback": 0}
        else:
            found = plugin_devices(device)  # first, because it refuses versions without plugins
            options.add_provider_for_devices(found, dict(device.options))
        with NATIVE_CALLS.call():
            session = onnxruntime.InferenceSession(data, options, **arguments)
    except DeviceError:
        raise
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise device_error(f"device {device.name} can't run the graph", error) from error
    if device.provider not in session.get_providers():
        raise DeviceError(f"device {device.name} can't be opened; run: ortstyle devices --check")
    return session


def _built_in_options(device: Device) -> dict[str, str]:
    options = {device.kind_option: device.kind} if device.kind_option else {}
    options |= device.options
    if device.cache_option:
        options[device.cache_option] = str(compiled_models.folder())
    return options


def unsupported_nodes(model: ir.Model, device: Device) -> list[str]:
    """List the nodes that a device would leave to the processor, each as "operator name".

    The list is empty with versions of ONNX Runtime that can't report these nodes.

    Raises
    ------
    DeviceError
        The device can't be opened at all.
    """
    options = session_options(device, cpu_fallback=True)
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    session = create_session(ir.to_proto(model).SerializeToString(), options, device=device)
    if not hasattr(session, "get_provider_graph_assignment_info"):  # an older ONNX Runtime
        return []
    return [
        f"{node.op_type} {node.name}"
        for group in session.get_provider_graph_assignment_info()
        if group.ep_name != device.provider
        for node in group.get_nodes()
    ]


def with_adapter(device: Device) -> Device:
    """Return the device as it is, or with its first adapter if the system can't name the fastest.

    DirectML asks DXCore which adapter is the fastest, and Windows has DXCore from version 10 2004
    on. Any other error of the device is raised when the device is used.
    """
    if device.fastest_option not in device.options:
        return device
    graph = new_graph("nothing")
    add_output(graph, "y", Ops(graph).relu(add_input(graph, "x", (1,))))
    data = ir.to_proto(finish(graph)).SerializeToString()
    try:
        create_session(data, session_options(device), device=device)
    except DeviceError as error:
        if "dxcore" in str(error).lower():
            return device.numbered(0)
    return device


def device_error(what: str, error: Exception) -> DeviceError:
    """Return the error to raise for one of ONNX Runtime's; `what` says what has failed."""
    reason = " ".join(str(error).split())
    if isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(reason):
        return OutOfMemoryError(f"{what}: out of memory ({reason})")
    return DeviceError(f"{what}: {reason}")
