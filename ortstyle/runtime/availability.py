"""Whether a device can be used on this machine, and what to install where it can't."""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ortstyle.errors import DeviceError
from ortstyle.runtime.devices import SYSTEM_NAMES, Device
from ortstyle.runtime.installation import install_commands, reinstall_commands


def why_unavailable(device: Device) -> str | None:  # noqa: PLR0911  one return a reason
    """Say why a device can't be used and what to install; None where it seems ready."""
    if sys.platform not in device.systems:
        return f"only on {' and '.join(SYSTEM_NAMES[system] for system in device.systems)}"
    if not _is_installed("onnxruntime"):
        return f"ONNX Runtime is missing; {how_to_install(device)}"
    try:
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        providers = onnxruntime.get_available_providers()
    except (ImportError, AttributeError) as error:  # a library or a part of it is missing
        reason = " ".join(str(error).split())
        return f"ONNX Runtime can't be loaded ({reason}); {how_to_install(device, anew=True)}"
    if device.provider in providers:
        return None if _finds_hardware(device) else f"no {device.hardware} was found"
    if not device.plugin:
        return f"this ONNX Runtime was built without {device.provider}; {how_to_install(device)}"
    if not _is_installed(device.plugin):
        package, advice = device.plugin.replace("_", "-"), how_to_install(device)
        if package not in advice:  # the provider also comes built into another ONNX Runtime
            return f"this ONNX Runtime was built without {device.provider}; {advice}"
        return f"{package} is missing; {advice}"
    try:
        found = plugin_devices(device)
    except DeviceError as error:
        return str(error)
    return None if found else f"{device.plugin.replace('_', '-')} finds no such hardware here"


def install_steps(device: Device, *, anew: bool = False) -> list[str]:
    """Return what to type to install a device's provider, or advice if no command can do it.

    If `anew` is true, the installed ONNX Runtime is broken and has to be removed first.
    """
    if not device.extra:
        return [device.advice]
    return reinstall_commands(device.extra) if anew else install_commands(device.extra)


def how_to_install(device: Device, *, anew: bool = False) -> str:
    """Return the steps of `install_steps` as a part of a sentence."""
    return ", then ".join(install_steps(device, anew=anew))


def _is_installed(module: str) -> bool:
    """Tell whether a module is there; an empty folder that an uninstallation left is none."""
    found = find_spec(module)
    return found is not None and found.origin is not None


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
            f"plugins; {how_to_install(device)}"
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
