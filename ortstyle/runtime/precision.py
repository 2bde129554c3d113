"""The precision that a device computes in."""

from dataclasses import replace

from ortstyle.errors import DeviceError
from ortstyle.runtime.devices import Device, read_only
from ortstyle.settings.value_types import Precision


def resolve_precision(device: Device, precision: Precision) -> Precision:
    """Return the precision that "auto" stands for on a device; any other stands for itself."""
    if precision != "auto":
        return precision
    return "tf32" if device.tf32_option else "float32"


def with_precision(device: Device, precision: Precision) -> Device:
    """Return a copy of a device whose options make the provider compute in a precision.

    Raises
    ------
    DeviceError
        The device can't compute in this precision.
    """
    if device.tf32_option:
        # In float16 the products that stay in float32 are of float16 numbers, which TF32 holds
        # exactly.
        tf32 = "0" if resolve_precision(device, precision) == "float32" else "1"
        return replace(device, options=read_only({**device.options, device.tf32_option: tf32}))
    # Comparisons by arithmetic would leave the range of float16.
    if precision == "float16" and device.comparisons == "arithmetic":
        raise DeviceError(
            f"device {device.name} has no float16 in ortstyle; give --precision float32"
        )
    if precision == "tf32":
        raise DeviceError(
            f"device {device.name} has no TF32, which is NVIDIA's; give --precision float32"
        )
    return device
