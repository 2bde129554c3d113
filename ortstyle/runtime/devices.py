"""The devices that ortstyle runs on: an ordered table, one row each."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from ortstyle.errors import DeviceError
from ortstyle.settings import check_choice


@dataclass(frozen=True)
class Device:
    """A kind of hardware and the execution provider that runs on it.

    Attributes
    ----------
    name
        What `--device` takes.
    provider
        ONNX Runtime's name of the execution provider.
    extra
        The extra of the package that installs it.
    hardware
        What it is, for people.
    options
        Options of the provider.
    """

    name: str
    provider: str
    extra: str
    hardware: str
    options: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))


#: The best first, as `auto` tries them.
DEVICES = (Device("cpu", "CPUExecutionProvider", "cpu", "any processor"),)


def missing(device: Device) -> str | None:
    """Say why a device can't be used and what to do about it; None where it can."""
    if find_spec("onnxruntime") is None:
        return f'ONNX Runtime is missing; pip install "ortstyle[{device.extra}]"'
    try:
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        available = onnxruntime.get_available_providers()
    except (ImportError, AttributeError) as error:  # a library it needs, or parts of itself
        return (
            f"ONNX Runtime can't be loaded ({error}); "
            f'pip install --force-reinstall "ortstyle[{device.extra}]"'
        )
    if device.provider not in available:
        return (
            f"this ONNX Runtime was built without {device.provider}; "
            f'pip install "ortstyle[{device.extra}]"'
        )
    return None


def find(name: str = "auto") -> Device:
    """Give the device of a name, or for "auto" the best one that can be used.

    Raises
    ------
    SettingsError
        No device has this name.
    DeviceError
        It can't be used here; the message says what to install.
    """
    check_choice("--device", name, ["auto", *(device.name for device in DEVICES)])
    wanted = [device for device in DEVICES if name in ("auto", device.name)]
    reasons = {device.name: missing(device) for device in wanted}
    for device in wanted:
        if reasons[device.name] is None:
            return device
    raise DeviceError("; ".join(f"device {name}: {why}" for name, why in reasons.items()))
