"""The proof that a device computes the graph of a run as the processor does in float32."""

from dataclasses import replace

from ortstyle.errors import DeviceError
from ortstyle.graph.network import Network
from ortstyle.run import probe
from ortstyle.runtime.devices import Device
from ortstyle.settings.settings import Settings


def with_verified_precision(
    device: Device, network: Network, settings: Settings, *, is_automatic: bool
) -> tuple[Settings, str]:
    """Return the settings with a precision in which the device is proven to compute, and a notice.

    Where a precision that was chosen by "auto" is off, it is float32 instead, and the notice says
    so; otherwise the notice is empty.

    Raises
    ------
    DeviceError
        The device computes something else; the message says by how much it is off.
    """
    try:
        verify_device(device, network, settings=settings)
    except DeviceError as error:
        if not is_automatic or settings.precision == "float32":
            raise
        exact = replace(settings, precision="float32")
        verify_device(device, network, settings=exact)
        return exact, f"computing in float32, because {error}"
    return settings, ""


def verify_device(device: Device, network: Network, *, settings: Settings) -> None:
    """Make sure that a device computes a network in a precision as the processor does in float32.

    Of VGG-19 only the first layers are compared. The gradients of deeper layers differ more, but by
    no more than they change with the last digits of the picture.

    Providers have kernels that are wrong for some shapes. WebGPU's convolution reads wrong channels
    where those of its input are a multiple of 3 but not of 4, and more than 3, and those of its
    output a multiple of 4 (the plugin 0.4.0, onnxruntime-web 1.30). VGG-19 has none such.

    Raises
    ------
    DeviceError
        The device computes something else; the message says by how much it is off.
    """
    low = settings.precision != "float32"
    if not device.is_processor or low:
        if settings.model is None:
            settings = _with_first_layers(settings)
        known = device.name, network.sha256, replace(settings, model=None)
        if known in _verified:
            return
        fault = probe.probe_device(device, network, settings=settings).fault
        if not fault:
            _verified.add(known)
        else:
            what = f"{settings.precision} of {network.path}" if low else network.path
            raise DeviceError(f"device {device.name} can't be trusted with {what}: {fault}")


# What has passed in this process: device, hash of the network, settings.
_verified: set[tuple[str, str, Settings]] = set()


def _with_first_layers(settings: Settings) -> Settings:
    """Return settings for the first layers of VGG-19 whose graph has the operators of a run's.

    The style loss matters most: that of "wasserstein" multiplies matrices many times, which
    amplifies rounding.
    """
    return replace(
        probe.GRADIENT_SETTINGS,
        precision=settings.precision,
        style_loss=settings.style_loss,
        equalize=settings.equalize,
        pooling=settings.pooling,
        rescale_pooling=settings.rescale_pooling,
        padding=settings.padding,
        tv=settings.tv,
    )
