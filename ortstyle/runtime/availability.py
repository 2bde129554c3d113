"""Whether a device can be used on this machine, and what to install where it can't."""

import sys
from importlib import import_module
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from typing import Any

from ortstyle.errors import DeviceError
from ortstyle.runtime.devices import SYSTEM_NAMES, Device


def why_unavailable(device: Device) -> str | None:  # noqa: PLR0911  one return a reason
    """Say why a device can't be used and what to install; None where it seems ready."""
    if sys.platform not in device.systems:
        return f"only on {' and '.join(SYSTEM_NAMES[system] for system in device.systems)}"
    if find_spec("onnxruntime") is None:
        return f"ONNX Runtime is missing; {device.install}"
    try:
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        providers = onnxruntime.get_available_providers()
    except (ImportError, AttributeError) as error:  # a library or a part of it is missing
        return (
            f"ONNX Runtime can't be loaded ({error}); uninstall "
            f"{' and '.join(onnxruntime_packages())}, then {device.install}"
        )
    if device.provider in providers:
        return None if _finds_hardware(device) else f"no {device.hardware} was found"
    if not device.plugin:
        return f"this ONNX Runtime was built without {device.provider}; {device.install}"
    if find_spec(device.plugin) is None:
        return f"{device.plugin.replace('_', '-')} is missing; {device.install}"
    try:
        found = plugin_devices(device)
    except DeviceError as error:
        return str(error)
    return None if found else f"{device.plugin.replace('_', '-')} finds no such hardware here"


def _finds_hardware(device: Device) -> bool:
    """Tell whether a built-in provider has found hardware of the device's kind, if it can say."""
    if not device.hardware_query:
        return True
    from onnxruntime.capi import _pybind_state  # noqa: PLC0415  slow to load, and optional

    found = getattr(_pybind_state, device.hardware_query)()
    return any(name.startswith(device.kind) for name in found)


def is_built_in(device: Device) -> bool:
    """Tell whether this ONNX Runtime has the provider without a plugin."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    return device.provider in onnxruntime.get_available_providers()


def plugin_devices(device: Device) -> list[Any]:
    """Register a plugin provider and return ONNX Runtime's first device of the right kind, if any.

    Returns
    -------
    list
        At most one `OrtEpDevice`.

    Raises
    ------
    DeviceError
        The plugin's library can't be loaded.
    """
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    if not hasattr(onnxruntime, "register_execution_provider_library"):
        raise DeviceError(
            f"{device.plugin} can't be loaded: ONNX Runtime {onnxruntime.__version__} takes no "
            f"plugins; {device.install}"
        )
    if device.plugin not in _registered_plugins:
        try:
            library = import_module(device.plugin).get_library_path()
            onnxruntime.register_execution_provider_library(device.plugin, library)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            reason = " ".join(str(error).split())
            raise DeviceError(f"{device.plugin} can't be loaded: {reason}") from error
        _registered_plugins.add(device.plugin)
    return [
        found
        for found in onnxruntime.get_ep_devices()
        if found.ep_name == device.provider and device.kind in ("", found.device.type.name)
    ][:1]


_registered_plugins: set[str] = set()  # ONNX Runtime refuses to register a plugin twice


def onnxruntime_packages() -> list[str]:
    """List the installed packages that bring a module `onnxruntime`.

    More than one is a broken installation: they overwrite each other's files.
    """
    return sorted(set(packages_distributions().get("onnxruntime", [])))
