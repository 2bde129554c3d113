"""ONNX Runtime sessions over graphs of static shapes, with bound buffers."""

import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.runtime import arena as memory
from ortstyle.runtime.devices import PROCESSOR, Device, built_in, numbered, plugin_devices

_SPIN_MICROSECONDS = "1000"  # longer spinning takes the cores from NumPy between two runs
_NAMED = 5  # nodes in an error
#: The arenas of all devices; CUDA, cuDNN and cuBLAS; Windows' E_OUTOFMEMORY; WebGPU; Linux' ENOMEM.
_EXHAUSTED = re.compile(
    r"failed to allocate memory|bad_alloc|out of memory|ALLOC_FAILED|8007000E|not enough memory|"
    r"cannot allocate memory",
    re.IGNORECASE,
)
_EXTERNAL = 1 << 16  # bytes; larger initializers are handed over as they are, not serialised


class Session:
    """A model ready to run on a device.

    The weights are shared with the graph's own arrays, never serialised. `close` gives everything
    back; a closed session can't run.

    Parameters
    ----------
    model
        Every shape static.
    device
        From `devices.find`.
    resident
        Outputs that stay in the device's memory; `run` gives them as ONNX Runtime's values, which
        are inputs for this and other sessions.

    Raises
    ------
    DeviceError
        The device can't run the model; the message names the nodes that it has no kernel for.
    """

    def __init__(self, model: ir.Model, device: Device, *, resident: Sequence[str] = ()) -> None:
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        self._ort, self._device = onnxruntime, device
        data, weights = _serialise(model)
        if device.cached:
            model.metadata_props["COREML_CACHE_KEY"] = fingerprint(data, weights)
            data, weights = _serialise(model)
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(w) for w in weights.values()]
        options = session_options(device)
        options.add_external_initializers(list(weights), values)
        self._alive = dict(zip(weights, values, strict=True))  # read where they are, not copied
        try:
            self._session = create(data, options, device)
        except OutOfMemoryError:
            raise
        except DeviceError as error:
            try:
                left = strays(model, device)
            except DeviceError:  # it can't be opened at all
                left = []
            if not left:
                raise
            names = f"{', '.join(left[:_NAMED])}{', …' if left[_NAMED:] else ''}"
            message = (
                f"device {device.name} would leave {len(left)} nodes to the processor: {names}"
            )
            raise DeviceError(message) from error
        memory.trim()
        self._binding = self._session.io_binding()
        self.shapes = {i.name: tuple(i.shape) for i in self._session.get_inputs()}
        self.inputs = list(self.shapes)
        self.outputs = [output.name for output in self._session.get_outputs()]
        self._resident = frozenset(resident)
        self._places: dict[str, Any] = {}
        self._given: set[str] = set()
        for name in self.outputs:
            self._bind_output(name)

    def bind(self, name: str, value: Any) -> None:
        """Bind an input until it is bound again: an array or a value of a `resident` output.

        The array must stay as it is while it's in use.
        """
        if isinstance(value, np.ndarray):
            value = self._ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
        self._binding.bind_ortvalue_input(name, value)
        self._alive[name] = value

    def place(self, name: str, value: Any = None) -> Any:
        """Give an input, or a resident output, the place in the device's memory for all runs.

        It is `value`, or a new one of float32; runs read or write there and give it as it is.
        """
        if value is None:
            found = (*self._session.get_inputs(), *self._session.get_outputs())
            (shape,) = (node.shape for node in found if node.name == name)
            device = self._device
            value = self._ort.OrtValue.ortvalue_from_shape_and_type(
                shape, np.float32, device.memory, device.number
            )
        if name in self.shapes:
            self.bind(name, value)
        else:
            self._places[name] = value
            self._binding.bind_ortvalue_output(name, value)
        return value

    def _bind_output(self, name: str) -> None:
        where = self._device.memory if name in self._resident else "cpu"
        self._binding.bind_output(name, where, self._device.number if where != "cpu" else 0)

    def run(self, **inputs: Any) -> dict[str, Any]:
        """Run on the bound inputs and these; outputs by name, new ones each time."""
        for name, value in inputs.items():
            self.bind(name, value)
        self._given.update(inputs)
        for name in self._resident - self._places.keys():
            self._bind_output(name)  # else the next run would write to the last one's
        try:
            self._session.run_with_iobinding(self._binding)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise _failure(f"device {self._device.name} failed", error) from error
        if not self._resident:
            return dict(zip(self.outputs, self._binding.copy_outputs_to_cpu(), strict=True))
        found = dict(zip(self.outputs, outputs_of(self._binding), strict=True)) | self._places
        return {
            name: value if name in self._resident else value.numpy().copy()
            for name, value in found.items()
        }

    def close(self) -> None:
        """Release the session and its memory; closing it again does nothing."""
        for held in ("_binding", "_session", "_alive"):
            vars(self).pop(held, None)
        self._places = {}
        if self._device.provider == PROCESSOR:
            memory.release()

    def relax(self) -> None:
        """Let go of what the last run was given and of what it gave.

        So the next run of any session finds the processor's arena empty and uses it again.
        """
        self._binding.clear_binding_inputs()
        for name in self._given:
            del self._alive[name]
        self._given.clear()
        for name in self._alive.keys() & self.shapes.keys():
            self._binding.bind_ortvalue_input(name, self._alive[name])
        self._binding.clear_binding_outputs()
        for name in self.outputs:
            self._bind_output(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def outputs_of(binding: Any) -> list[Any]:
    """Give the outputs of a binding's last run as values that its later runs leave alone.

    Up to ONNX Runtime 1.29 `IOBinding.get_outputs` gives references to the binding's own slots,
    where the next run puts its outputs. An item of the same outputs as a vector is a value of its
    own, which shares the memory: nothing is copied or allocated, on whatever device.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    major, minor = onnxruntime.__version__.split(".")[:2]
    if (int(major), int(minor)) >= (1, 30):  # which also keeps a WebGPU buffer's session alive
        return list(binding.get_outputs())
    found = binding.get_outputs_as_ortvaluevector()
    return [onnxruntime.OrtValue(found[i]) for i in range(len(found))]


def fingerprint(data: bytes, weights: Mapping[str, NDArray[Any]]) -> str:
    """Hash a model with its weights: 64 letters and digits, all that Core ML's cache takes."""
    found = sha256(data)
    for weight in weights.values():
        found.update(weight.data)
    return found.hexdigest()


def cache_folder() -> Path:
    """Give the folder for what Core ML compiles, on macOS; make it if need be."""
    folder = Path.home() / "Library" / "Caches" / "ortstyle"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def session_options(device: Device, *, strict: bool = True) -> Any:
    """Make the options of every session; `strict` forbids a device to leave nodes to the CPU."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # an error comes as an exception; not printed too
    # The memory pattern of the second run would be a second copy of the first run's arena, and
    # DirectML takes none.
    options.enable_mem_pattern = False
    options.intra_op_num_threads = threads()
    options.add_session_config_entry("session.intra_op.spin_duration_us", _SPIN_MICROSECONDS)
    if device.provider == PROCESSOR:
        memory.configure(options)
    if strict and device.provider != PROCESSOR:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return options


def strays(model: ir.Model, device: Device) -> list[str]:
    """List the nodes that a device would leave to the processor, as "operator name".

    Raises
    ------
    DeviceError
        The device can't be opened at all.
    """
    options = session_options(device, strict=False)
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    session = create(ir.to_proto(model).SerializeToString(), options, device)
    if not hasattr(session, "get_provider_graph_assignment_info"):  # an older ONNX Runtime
        return []
    return [
        f"{node.op_type} {node.name}"
        for group in session.get_provider_graph_assignment_info()
        if group.ep_name != device.provider
        for node in group.get_nodes()
    ]


def create(data: bytes, options: Any, device: Device) -> Any:
    """Make ONNX Runtime's session of a serialised model, wholly on a device.

    Raises
    ------
    DeviceError
        The device can't run all of it.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    chosen: dict[str, Any] = {}
    try:
        if built_in(device):
            if device.provider == "CUDAExecutionProvider" and hasattr(onnxruntime, "preload_dlls"):
                onnxruntime.preload_dlls()  # PyPI's CUDA libraries, where they are installed
            settings = dict(device.options)
            if device.cached:
                settings["ModelCacheDirectory"] = str(cache_folder())
            chosen = {"providers": [(device.provider, settings)], "enable_fallback": 0}
        else:
            found = plugin_devices(device)
            # A plugin's device says itself of what type it is.
            settings = {k: v for k, v in device.options.items() if k != "device_type"}
            options.add_provider_for_devices(found, settings)
        session = onnxruntime.InferenceSession(data, options, **chosen)
    except DeviceError:
        raise
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise _failure(f"device {device.name} can't run the graph", error) from error
    if device.provider not in session.get_providers():
        raise DeviceError(f"device {device.name} can't be opened; run: ortstyle devices --check")
    return session


def usable(device: Device) -> Device:
    """Give a device as it can be opened here: DirectML by its first adapter if it must be.

    Which adapter is the fastest DirectML asks DXCore, which Windows has from version 10 2004 on.
    """
    if "performance_preference" not in device.options:
        return device
    graph = new_graph("nothing")
    add_output(graph, "y", Ops(graph).relu(add_input(graph, "x", (1,))))
    data = ir.to_proto(finish(graph)).SerializeToString()
    try:
        create(data, session_options(device), device)
    except DeviceError as error:
        if "dxcore" in str(error).lower():
            return numbered(device, 0)
    return device  # any other error is told when it is used


def _failure(what: str, error: Exception) -> DeviceError:
    """Give the error to raise for one of ONNX Runtime's."""
    reason = " ".join(str(error).split())
    if isinstance(error, MemoryError) or _EXHAUSTED.search(reason):
        return OutOfMemoryError(f"{what}: out of memory ({reason})")
    return DeviceError(f"{what}: {reason}")


def _serialise(model: ir.Model) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Give the model's bytes without its large weights, and the weights by name."""
    weights = {}
    kept = {}
    for name, value in model.graph.initializers.items():
        tensor = value.const_value
        if tensor is not None and tensor.nbytes >= _EXTERNAL:
            weights[name] = np.ascontiguousarray(tensor.numpy())
            kept[value] = tensor
            value.const_value = ir.ExternalTensor(
                "weights",
                0,
                tensor.nbytes,
                tensor.dtype,
                shape=ir.Shape(tensor.shape.numpy()),
                name=name,
            )
    try:
        return ir.to_proto(model).SerializeToString(), weights
    finally:
        for value, tensor in kept.items():
            value.const_value = tensor


def threads() -> int:
    """Count the cores this process may use; 0, ONNX Runtime's own choice, where it may use all."""
    total = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    allowed = min(allowed, _quota(total))
    return 0 if allowed == total else allowed


def _quota(total: int) -> int:
    """Read the processor time that a Linux control group leaves us, in whole cores."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        return total
    return total if limit == "max" else max(1, round(int(limit) / int(period)))
