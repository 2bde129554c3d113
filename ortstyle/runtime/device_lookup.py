"""The devices that a name stands for, and the devices that "auto" chooses from."""

import re
from collections.abc import Iterator

from ortstyle.errors import DeviceError
from ortstyle.runtime import availability, devices
from ortstyle.runtime.devices import Device
from ortstyle.settings.checks import check_choice

_NUMBER = re.compile("[0-9]{1,3}")


def find_device(name: str) -> Device:
    """Return the first available device of a name, such as "cpu", "cuda:1" or "openvino".

    Raises
    ------
    SettingsError
        No device has this name.
    DeviceError
        No device of this name is available; the message says what to install.
    """
    rows = devices_named(name)
    reasons = {device.name: availability.why_unavailable(device) for device in rows}
    for device in rows:
        if reasons[device.name] is None:
            return device
    raise DeviceError("; ".join(f"device {name}: {why}" for name, why in reasons.items()))


def devices_named(name: str) -> list[Device]:
    """List the devices that a name stands for, available or not, without loading ONNX Runtime.

    Raises
    ------
    SettingsError
        No device has this name.
    """
    rows = list(_matching_rows(name))
    if not rows:
        table = devices.DEVICES
        names = {row.name for row in table} | {row.name.partition(":")[0] for row in table}
        if any(_matching_rows(name.lower())):  # such as CUDA:1
            names.add(name.lower())
        check_choice("--device", name, ["auto", *sorted(names)])
    return rows


def _matching_rows(name: str) -> Iterator[Device]:
    """Yield the rows named `name` or `name:…`, and for "cuda:1" the row "cuda" with number 1."""
    base, _, number = name.partition(":")
    for row in devices.DEVICES:
        if name in (row.name, row.name.partition(":")[0]):
            yield row
        elif row.name == base and row.number_option and _NUMBER.fullmatch(number):
            yield row.numbered(int(number))


def automatic_devices() -> list[Device]:
    """List the available devices that "auto" may take, the best first.

    Raises
    ------
    DeviceError
        No device is available; the message says what to install.
    """
    rows = [device for device in devices.DEVICES if device.automatic]
    ready = [device for device in rows if availability.why_unavailable(device) is None]
    if not ready:
        (cpu,) = devices_named("cpu")
        raise DeviceError(f"no device is ready; {availability.why_unavailable(cpu)}")
    return ready
