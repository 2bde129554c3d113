"""The comparison of devices with the processor, and the choice of the best device that passes.

A device is compared with the processor twice: by one gradient, and by several steps of the
optimiser in the loop that a run uses. The gradient alone does not test the vectors that the loop
keeps on the device between two evaluations.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from ortstyle.errors import DeviceError, GraphError, OrtStyleError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.packaged import packaged_path
from ortstyle.run.descent import Descent, resident
from ortstyle.run.timed_evaluation import evaluate_noise, noise, working_seconds
from ortstyle.runtime import device_lookup
from ortstyle.runtime.devices import Device
from ortstyle.runtime.ort_session import with_adapter
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Precision

# The largest relative norm of a gradient's error that passes, in float32 and in lower precision.
# Single pixels differ more, where maxima are nearly equal. In float16 on the processor the gradient
# with L2 pools is off by 2e-2, with others by less than 1e-2.
GRADIENT_TOLERANCE = 1e-3
LOW_PRECISION_GRADIENT_TOLERANCE = 4e-2
# The largest relative error of the loop's losses that passes, in float32 and in lower precision.
# L-BFGS amplifies rounding: a device's loop, run on the processor, has an error of 3e-6 in float32
# and of 2e-3 with the network in float16; each tolerance adds a margin for the kernels of other
# hardware. A gradient that the next run overwrites makes an error of 3e-1.
LOOP_TOLERANCE = 1e-2
LOW_PRECISION_LOOP_TOLERANCE = 5e-2
_GRADIENT_SHAPE = (38, 44)  # small, and odd from the second pool on
GRADIENT_SETTINGS = Settings(
    content_layers=(("relu2_2", 1.0),),
    style_layers=(("relu1_1", 1.0), ("relu2_1", 1.0), ("relu3_1", 1.0)),
    content_weight=5.0,
    style_weight=400.0,
    equalize=False,
    style_loss="gram",
    tv_weight=8e-2,
    tv="sum",
    padding="zero",
    precision="float32",
)
_HOPELESS = 30  # times as long as the processor at that size; software that stands in for a GPU
_LOOP_SHAPE = (20, 24)
_LOOP_EVALUATIONS = 6  # a wrong curvature pair shows from the third on
# Maxima and |x| are left out, because their derivatives jump: rounding would decide the losses.
_LOOP_SETTINGS = replace(
    GRADIENT_SETTINGS,
    content_layers=(("relu2_1", 1.0),),
    style_layers=(("relu1_1", 1.0), ("relu2_1", 1.0)),
    pooling="avg",
    tv="l2",
    tv_weight=1.0,
    history=4,
)


@dataclass(frozen=True)
class ProbeResult:
    """What a probe of a device found.

    Attributes
    ----------
    gradient_error
        The gradient's error against the processor's in float32, in relative norm.
    seconds, processor_seconds
        The median time of an evaluation on the device and on the processor.
    loop_error
        The largest relative error of the losses of a short optimisation on the device.
    gradient_tolerance, loop_tolerance
        The largest errors that pass.
    """

    gradient_error: float
    seconds: float
    processor_seconds: float
    loop_error: float = 0.0
    gradient_tolerance: float = GRADIENT_TOLERANCE
    loop_tolerance: float = LOOP_TOLERANCE

    @property
    def fault(self) -> str | None:
        """What is wrong with the device; None where nothing is."""
        if not self.gradient_error <= self.gradient_tolerance:
            return f"its gradient is off by {self.gradient_error:.1e}"
        if not self.loop_error <= self.loop_tolerance:
            return f"its optimisation is wrong: losses are off by {self.loop_error:.1e}"
        return None


def probe_device(
    device: Device, network: Network | None = None, *, settings: Settings = GRADIENT_SETTINGS
) -> ProbeResult:
    """Compare a gradient and the losses of a short optimisation with the processor's.

    Both are computed from seeded noise.

    Parameters
    ----------
    device
        The device to probe.
    network, settings
        The network and settings whose gradient is compared; by default the first layers of VGG-19,
        which the optimisation always uses. A network is VGG-19 unless the settings name another
        model.

    Raises
    ------
    DeviceError
        The device can't be opened, fails, or would leave nodes, which are named, to the processor.
    """
    if network is None or settings.model is not None:
        vgg19 = Network.open(packaged_path("models", "vgg19.onnx"))
    else:
        vgg19 = network
    network = network or vgg19
    shape = _smallest_shape(network, settings)
    cpu = device_lookup.find_device("cpu")
    reference = replace(settings, precision="float32")
    expected, processor_seconds = evaluate_noise(network, reference, shape=shape, device=cpu)
    found, seconds = evaluate_noise(network, settings, shape=shape, device=device)
    difference = np.linalg.norm(found.gradient - expected.gradient)
    low = settings.precision != "float32"
    return ProbeResult(
        float(difference / np.linalg.norm(expected.gradient)),
        seconds,
        processor_seconds,
        _loop_error(vgg19, device, precision=settings.precision),
        gradient_tolerance=LOW_PRECISION_GRADIENT_TOLERANCE if low else GRADIENT_TOLERANCE,
        loop_tolerance=LOW_PRECISION_LOOP_TOLERANCE if low else LOOP_TOLERANCE,
    )


def check_device(device: Device) -> dict[str, float | str | None]:
    """Probe a device and return the result as items for JSON, without raising an error.

    `fault` says what is wrong. Where it is None, `error` and `loop_error` are the errors of
    `ProbeResult`, `seconds` is the time of an evaluation, and `opened` is the name by which the
    device can be opened here.
    """
    try:
        device = with_adapter(device)
        result = probe_device(device)
    except OrtStyleError as error:
        return {"fault": str(error)}
    if result.fault:
        return {"fault": result.fault}
    return {
        "error": result.gradient_error,
        "loop_error": result.loop_error,
        "seconds": result.seconds,
        "opened": device.name,
        "fault": None,
    }


def choose_device(name: str = "auto", notify: Callable[[str], None] = lambda _: None) -> Device:
    """Return the device of a name, or for "auto" the best that passes the probe.

    "auto" also passes over devices that are slower than the processor.

    Parameters
    ----------
    name
        The name of a device, or "auto".
    notify
        Called with a line about the device that "auto" took, and about each better one that it
        passed over.

    Raises
    ------
    SettingsError
        No device has this name.
    DeviceError
        The device can't be used here; the message says what to install.
    """
    if name != "auto":
        device = with_adapter(device_lookup.find_device(name))
        if device.name != name and device.number_option:
            notify(
                f"running on {device.name}: this system can't tell which adapter is the fastest; "
                f"--device {name}:1 takes the next one"
            )
        return device
    for row in device_lookup.automatic_devices():
        device = with_adapter(row)
        why_not = None if device.name == "cpu" else _reason_against(device)
        if why_not is None:
            notify(f"running on {device.name}, {device.hardware}")
            return device
        notify(f"not running on {device.name}: {why_not}")
    raise DeviceError("no device passes the check; run: ortstyle devices --check")


def _reason_against(device: Device) -> str | None:
    """Say why "auto" should not take a device; None where it should."""
    try:
        result = probe_device(device)
        if result.fault:
            return result.fault
        # Where a device takes so long for so little, the larger picture would take minutes.
        slower = result.seconds > _HOPELESS * result.processor_seconds
        return "slower than the processor" if slower or _is_slower(device) else None
    except OrtStyleError as error:  # a small picture may pass where a larger one fails
        return str(error)


def _is_slower(device: Device) -> bool:
    """Tell whether the processor evaluates a picture of a usual size in less time.

    At the size at which devices are compared, launching kernels takes longer than running them.
    """
    network = Network.open(packaged_path("models", "vgg19.onnx"))
    cpu = device_lookup.find_device("cpu")
    found, processor = (
        working_seconds(network, GRADIENT_SETTINGS, device=each) for each in (device, cpu)
    )
    return found > processor


def _smallest_shape(network: Network, settings: Settings) -> tuple[int, int]:
    """Return the smallest multiple of `_GRADIENT_SHAPE` that is large enough for the network."""
    for scale in (1, 2, 4, 8):
        shape = _GRADIENT_SHAPE[0] * scale, _GRADIENT_SHAPE[1] * scale
        with suppress(GraphError):
            loss_model(network, shape, settings=settings)
            break
    return shape


def _loop_error(network: Network, device: Device, *, precision: Precision) -> float:
    """Return the largest relative difference between the losses of two optimisations.

    One runs in the device's loop, the other on the processor with the optimiser in NumPy.
    """
    cpu = device_lookup.find_device("cpu")
    expected = _loop_losses(network, cpu, settings=_LOOP_SETTINGS)
    settings = replace(_LOOP_SETTINGS, precision=precision)
    found = _loop_losses(network, device, settings=settings)
    if len(found) != len(expected):  # the device's loop has stopped early
        return np.inf
    return float(np.max(np.abs(np.subtract(found, expected)) / expected))


def _loop_losses(network: Network, device: Device, *, settings: Settings) -> list[float]:
    """Return the losses of a short optimisation of seeded noise, one an evaluation."""
    content, style, image = (noise(_LOOP_SHAPE, seed) for seed in range(3))
    with WholeObjective(
        network,
        content,
        styles=[style],
        settings=settings,
        device=device,
        resident=resident(device, settings),
    ) as objective:
        descent = Descent(objective, image, settings)
        losses: list[float] = []
        while descent.optimizer.stop is None and len(losses) < _LOOP_EVALUATIONS:
            losses.append(descent.evaluate().loss)
    return losses
