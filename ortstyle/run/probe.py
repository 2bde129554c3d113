"""Whether a device computes what the processor computes, and the choice of the best that does.

A device is compared twice: by one gradient, and by several steps of the optimiser in the loop that
a run takes there. The gradient alone says nothing of what the loop keeps between two evaluations.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np

from ortstyle.errors import DeviceError, GraphError, OrtStyleError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.objective.whole import Evaluation, Objective, Pixels
from ortstyle.packaged import packaged_path
from ortstyle.run.descent import Descent, resident
from ortstyle.runtime import devices
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import usable
from ortstyle.settings.record import Settings
from ortstyle.settings.value_types import Precision

TOLERANCE = 1e-3  # of the gradient, in relative norm; single pixels near a tie differ more
LOW_TOLERANCE = 1e-2  # of one computed in less than float32
_SHAPE = (38, 44)  # small, and odd from the second pool on
_SETTINGS = Settings(
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
_RUNS = 3
_STEPS = 6  # evaluations of the optimiser's loop; a pair that is wrong shows from the third on
_LOOP_SHAPE = (20, 24)
# Of these losses, relative. L-BFGS amplifies rounding: on the processor float32 in a device's loop
# comes to 3e-6 and the network in float16 to 2e-3, each with a margin for other hardware's kernels;
# a gradient that the next run overwrites makes 3e-1 of it.
LOOP_TOLERANCE = 1e-2
LOW_LOOP_TOLERANCE = 5e-2
# Without maxima and |x|, whose derivatives jump: where they do, rounding would decide the losses.
_LOOP = replace(
    _SETTINGS,
    content_layers=(("relu2_1", 1.0),),
    style_layers=(("relu1_1", 1.0), ("relu2_1", 1.0)),
    pooling="avg",
    tv="l2",
    tv_weight=1.0,
    history=4,
)


@dataclass(frozen=True)
class Probe:
    """What a probe of a device found.

    Attributes
    ----------
    error
        Of the gradient against the processor's in float32, in relative norm.
    seconds, processor_seconds
        An evaluation's median on the device and on the processor.
    loop_error
        The largest relative error of the losses of an optimisation on the device.
    tolerance, loop_tolerance
        The largest errors that pass.
    """

    error: float
    seconds: float
    processor_seconds: float
    loop_error: float = 0.0
    tolerance: float = TOLERANCE
    loop_tolerance: float = LOOP_TOLERANCE

    @property
    def fault(self) -> str | None:
        """What is wrong with the device; None where nothing is."""
        if not self.error <= self.tolerance:
            return f"its gradient is off by {self.error:.1e}"
        if not self.loop_error <= self.loop_tolerance:
            return f"its optimisation goes another way: losses are off by {self.loop_error:.1e}"
        return None


def probe(device: Device, network: Network | None = None, settings: Settings = _SETTINGS) -> Probe:
    """Compare a gradient and the losses of a short optimisation with the processor's.

    Both are of seeded pictures.

    Parameters
    ----------
    device
        To be probed.
    network, settings
        Whose gradient; a cut VGG-19 by default, of which the optimisation always is. A network is
        VGG-19 unless the settings name another model.

    Raises
    ------
    DeviceError
        The device can't be opened, fails, or would leave nodes to the processor, which are named.
    """
    if network is None or settings.model is not None:
        vgg19 = Network.open(packaged_path("models", "vgg19.onnx"))
    else:
        vgg19 = network
    network = network or vgg19
    shape = _shape(network, settings)
    exact = settings.precision == "float32"
    reference = replace(settings, precision="float32")
    expected, processor_seconds = _evaluate(network, reference, shape, devices.find("cpu"))
    found, seconds = _evaluate(network, settings, shape, device)
    difference = np.linalg.norm(found.gradient - expected.gradient)
    error = float(difference / np.linalg.norm(expected.gradient))
    return Probe(
        error,
        seconds,
        processor_seconds,
        _loop_error(vgg19, device, settings.precision),
        tolerance=TOLERANCE if exact else LOW_TOLERANCE,
        loop_tolerance=LOOP_TOLERANCE if exact else LOW_LOOP_TOLERANCE,
    )


def check(device: Device) -> dict[str, float | str | None]:
    """Probe a device and say what came of it, as items for JSON; no error is raised.

    `fault`, and without one `error`, `loop_error`, `seconds` and in `opened` the name by which the
    device can be opened here.
    """
    try:
        device = usable(device)
        result = probe(device)
    except OrtStyleError as error:
        return {"fault": str(error)}
    if result.fault:
        return {"fault": result.fault}
    return {
        "error": result.error,
        "loop_error": result.loop_error,
        "seconds": result.seconds,
        "opened": device.name,
        "fault": None,
    }


def choose(name: str = "auto", say: Callable[[str], None] = lambda _: None) -> Device:
    """Give the device of a name, or for "auto" the best that passes the probe and is no detour.

    Parameters
    ----------
    name
        A device's, or "auto".
    say
        Told which device "auto" took, and why it left better ones.

    Raises
    ------
    SettingsError
        No device has this name.
    DeviceError
        It can't be used here; the message says what to install.
    """
    if name != "auto":
        device = usable(devices.find(name))
        if device.name != name and device.numbered:
            say(
                f"running on {device.name}: this system can't tell which adapter is the fastest; "
                f"--device {name}:1 takes the next one"
            )
        return device
    for row in devices.candidates():
        device = usable(row)
        why = None if device.name == "cpu" else _objection(device)
        if why is None:
            say(f"running on {device.name}, {device.hardware}")
            return device
        say(f"not on {device.name}: {why}")
    raise DeviceError("no device passes; run: ortstyle devices --check")


def _objection(device: Device) -> str | None:
    try:
        result = probe(device)
    except OrtStyleError as error:
        return str(error)
    slower = result.seconds > result.processor_seconds
    return result.fault or ("slower than the processor" if slower else None)


def verify(device: Device, network: Network, settings: Settings) -> None:
    """Make sure that a device computes a network, or in less than float32, as the processor does.

    VGG-19 is cut for it: what is left of the difference further up is the network's own, whose
    gradient changes by as much when the picture's last digits do.

    Providers have kernels that are wrong for some shapes: WebGPU's plugin 0.4.0 for convolutions of
    6, 9 or 18 input channels, none of which VGG-19 has.

    Raises
    ------
    DeviceError
        It does not; the message says by how much.
    """
    low = settings.precision != "float32"
    if device.provider != devices.PROCESSOR or low:
        if settings.model is None:
            settings = replace(_SETTINGS, precision=settings.precision)
        fault = probe(device, network, settings).fault
        if fault:
            what = f"{settings.precision} of {network.path}" if low else network.path
            raise DeviceError(f"device {device.name} can't be trusted with {what}: {fault}")


def _shape(network: Network, settings: Settings) -> tuple[int, int]:
    """Give the first (H, W) that is large enough."""
    for scale in (1, 2, 4, 8):
        shape = _SHAPE[0] * scale, _SHAPE[1] * scale
        with suppress(GraphError):
            loss_model(network, shape, settings=settings)
            break
    return shape


def _evaluate(
    network: Network, settings: Settings, shape: tuple[int, int], device: Device
) -> tuple[Evaluation, float]:
    content, style, image = (_picture(shape, seed) for seed in range(3))
    settings = replace(settings, style_blend=None)
    with Objective(network, content, styles=[style], settings=settings, device=device) as objective:
        seconds = []
        for _ in range(_RUNS + 1):  # the first compiles
            began = perf_counter()
            found = objective(image)
            seconds.append(perf_counter() - began)
    return found, median(seconds[1:])


def _loop_error(network: Network, device: Device, precision: Precision) -> float:
    """Give the largest relative difference of the losses of two optimisations.

    One is in the device's loop, the other in NumPy's on the processor.
    """
    expected = _losses(network, _LOOP, devices.find("cpu"))
    found = _losses(network, replace(_LOOP, precision=precision), device)
    if len(found) != len(expected):  # it has stopped early
        return np.inf
    return float(np.max(np.abs(np.subtract(found, expected)) / expected))


def _losses(network: Network, settings: Settings, device: Device) -> list[float]:
    content, style, image = (_picture(_LOOP_SHAPE, seed) for seed in range(3))
    with Objective(
        network,
        content,
        styles=[style],
        settings=settings,
        device=device,
        resident=resident(device, settings),
    ) as objective:
        descent = Descent(objective, image, settings)
        losses: list[float] = []
        while descent.optimizer.stop is None and len(losses) < _STEPS:
            losses.append(descent.evaluate().loss)
    return losses


def _picture(shape: tuple[int, int], seed: int) -> Pixels:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (1, 3, *shape)).astype(np.float32)
