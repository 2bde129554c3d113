"""A session over a graph of static shapes, with inputs and outputs bound to buffers."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.runtime import arena, compiled_models
from ortstyle.runtime.devices import Device
from ortstyle.runtime.native_calls import NATIVE_CALLS
from ortstyle.runtime.ort_session import (
    create_session,
    device_error,
    session_options,
    unsupported_nodes,
)
from ortstyle.runtime.serialisation import fingerprint, serialise

_NAMED_NODES = 5  # the most that an error names


class Session:
    """A model ready to run on a device.

    Large weights are shared with the model's own arrays, not serialised. `close` gives all memory
    back; a closed session can't run.

    Parameters
    ----------
    model
        The model, with every shape static.
    device
        The device, as from `device_lookup.find_device`.
    resident
        Outputs that stay in the device's memory. `run` returns them as ONNX Runtime's values,
        which this and other sessions take as inputs.

    Attributes
    ----------
    shapes
        The shape of each input, by name.
    inputs, outputs
        The names of the inputs and outputs, in order.
    constants
        The arrays of the inputs that `bind_constants` has bound, by name.
    weight_bytes
        Bytes of the model as it was loaded, weights included.
    has_failed
        Whether a run has failed, after which the session can't be trusted.

    Raises
    ------
    DeviceError
        The device can't run the model; the message names the nodes that it has no kernels for.
    """

    def __init__(self, model: ir.Model, device: Device, *, resident: Sequence[str] = ()) -> None:
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        self._ort, self._device = onnxruntime, device
        self.constants: dict[str, NDArray[Any]] = {}
        self.has_failed = False
        data, weights = serialise(model)
        if device.cache_key:
            model.metadata_props[device.cache_key] = fingerprint(data, weights)
            data, weights = serialise(model)
        self.weight_bytes = len(data) + sum(weight.nbytes for weight in weights.values())
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(w) for w in weights.values()]
        options = session_options(device)
        options.add_external_initializers(list(weights), values)
        # ONNX Runtime does not copy these values, so they must live as long as the session.
        self._held_values = dict(zip(weights, values, strict=True))
        try:
            self._session = create_session(data, options, device=device)
        except OutOfMemoryError:
            raise
        except DeviceError as error:
            if found := _unsupported_nodes_error(model, device):
                raise found from error
            raise
        if device.cache_option:
            compiled_models.mark_used(model.metadata_props[device.cache_key])
        arena.trim_heap()
        self._binding = self._session.io_binding()
        self.shapes = {i.name: tuple(i.shape) for i in self._session.get_inputs()}
        self.inputs = list(self.shapes)
        self.outputs = [output.name for output in self._session.get_outputs()]
        self._resident = frozenset(resident)
        self._output_buffers: dict[str, Any] = {}
        self._run_inputs: set[str] = set()
        for name in self.outputs:
            self._bind_new_output(name)

    def bind(self, name: str, value: Any) -> None:
        """Bind an input to an array or to the value of a resident output, until it is bound again.

        The array must not change while it is bound.
        """
        if isinstance(value, np.ndarray):
            value = self._ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
        self._binding.bind_ortvalue_input(name, value)
        self._held_values[name] = value

    def bind_constants(self, constants: Mapping[str, NDArray[Any]]) -> None:
        """Bind inputs to arrays that stay bound until the session is closed."""
        for name, array in constants.items():
            self.bind(name, array)
        self.constants |= constants

    def bind_buffer(self, name: str, buffer: Any = None) -> Any:
        """Bind an input or a resident output to one buffer in the device's memory for all runs.

        Returns the buffer, which is a new one of float32 where none is given. Every run reads an
        input's buffer, or writes to an output's buffer and returns that buffer as the output.
        """
        if buffer is None:
            found = (*self._session.get_inputs(), *self._session.get_outputs())
            (shape,) = (node.shape for node in found if node.name == name)
            device = self._device
            buffer = self._ort.OrtValue.ortvalue_from_shape_and_type(
                shape, np.float32, device.memory, device.number
            )
        if name in self.shapes:
            self.bind(name, buffer)
        else:
            self._output_buffers[name] = buffer
            self._binding.bind_ortvalue_output(name, buffer)
        return buffer

    def _bind_new_output(self, name: str) -> None:
        """Let the next run allocate an output."""
        memory = self._device.memory if name in self._resident else "cpu"
        self._binding.bind_output(name, memory, self._device.number if memory != "cpu" else 0)

    def run(self, **inputs: Any) -> dict[str, Any]:
        """Run on the inputs bound before and on `inputs`; return new outputs by name.

        Raises
        ------
        DeviceError
            The run failed on the device.
        """
        for name, value in inputs.items():
            self.bind(name, value)
        self._run_inputs.update(inputs)
        for name in self._resident - self._output_buffers.keys():
            self._bind_new_output(name)  # otherwise this run would overwrite the last run's output
        try:
            with NATIVE_CALLS.call():
                self._session.run_with_iobinding(self._binding)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            self.has_failed = True
            raise device_error(f"device {self._device.name} failed", error) from error
        if not self._resident:
            return dict(zip(self.outputs, self._binding.copy_outputs_to_cpu(), strict=True))
        found = dict(zip(self.outputs, lasting_outputs(self._binding), strict=True))
        found |= self._output_buffers
        return {
            name: value if name in self._resident else value.numpy().copy()
            for name, value in found.items()
        }

    def close(self) -> None:
        """Release the session and its memory; closing it again does nothing."""
        for name in ("_binding", "_session", "_held_values"):
            vars(self).pop(name, None)
        self._output_buffers, self.constants = {}, {}
        if self._device.is_processor:
            arena.release_arena()

    def release_run(self) -> None:
        """Release the inputs that were given to `run`, and the outputs of the last run.

        The next run of any session can then use the memory that they took in the processor's arena.
        """
        self._binding.clear_binding_inputs()
        for name in self._run_inputs:
            self._held_values.pop(name, None)
        self._run_inputs.clear()
        for name in self._held_values.keys() & self.shapes.keys():
            self._binding.bind_ortvalue_input(name, self._held_values[name])
        self._binding.clear_binding_outputs()
        for name in self.outputs:
            self._bind_new_output(name)

    def release_all(self) -> None:
        """Release all inputs and outputs but the constants; inputs have to be bound anew.

        On the processor the memory that the runs took is given back to the system.
        """
        self._run_inputs.update(self.shapes.keys() - self.constants.keys())
        self._output_buffers = {}
        self.release_run()
        if self._device.is_processor:
            arena.release_arena()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unsupported_nodes_error(model: ir.Model, device: Device) -> DeviceError | None:
    """Return an error that names the nodes that a device has no kernels for; None without any."""
    try:
        nodes = unsupported_nodes(model, device)
    except DeviceError:  # the device can't be opened at all
        return None
    if not nodes:
        return None
    names = f"{', '.join(nodes[:_NAMED_NODES])}{', …' if nodes[_NAMED_NODES:] else ''}"
    return DeviceError(
        f"device {device.name} would leave {len(nodes)} nodes to the processor: {names}"
    )


def lasting_outputs(binding: Any) -> list[Any]:
    """Return the outputs of a binding's last run as values that later runs don't overwrite.

    Up to ONNX Runtime 1.29 `IOBinding.get_outputs` returns references to the binding's own slots,
    where the next run puts its outputs. Each item of `get_outputs_as_ortvaluevector` is a value of
    its own that shares the output's memory: nothing is copied or allocated, on any device.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    major, minor = onnxruntime.__version__.split(".")[:2]
    if (int(major), int(minor)) >= (1, 30):  # here a WebGPU buffer also keeps its session alive
        return list(binding.get_outputs())
    found = binding.get_outputs_as_ortvaluevector()
    return [onnxruntime.OrtValue(found[i]) for i in range(len(found))]
