"""The provenance of a result: settings, device, versions, and the hash of the model."""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from ortstyle.errors import CheckpointError
from ortstyle.packaged import packaged_path
from ortstyle.run.checkpoint import Checkpoint, damaged
from ortstyle.runtime.devices import Device
from ortstyle.runtime.threads import thread_count
from ortstyle.settings.serialization import without_folders
from ortstyle.settings.settings import Settings

_COMPARED = {"settings", "device", "versions", "model"}  # the entries of every version's records
_PACKAGES = ("ortstyle", "numpy", "onnx", "onnx-ir", "pillow")


def provenance_of(settings: Settings, device: Device) -> dict[str, Any]:
    """Return what determines a result: settings, device, versions, and the hash of the model."""
    path = Path(settings.model or packaged_path("models", "vgg19.onnx"))
    return {
        "settings": settings.to_dict(),
        "device": device.name,
        "threads": thread_count(),
        "versions": versions(),
        "model": {"file": path.name, "sha256": sha256(path.read_bytes()).hexdigest()},
    }


def provenance_text(
    provenance: Mapping[str, Any], metadata: Literal["keep", "minimal", "none"]
) -> str | None:
    """Return the provenance as the JSON, in ASCII, that is embedded in a result.

    Parameters
    ----------
    provenance
        What `provenance_of` returns.
    metadata
        `Encoding.metadata`: with "minimal", paths become the names of their files; with "none"
        there is no text.
    """
    if metadata == "none":
        return None
    if metadata == "minimal":
        provenance = {**provenance, "settings": without_folders(provenance["settings"])}
    return json.dumps(provenance)


def environment_changes(checkpoint: Checkpoint, settings: Settings, device: Device) -> str:
    """Return a notice of changes, such as of versions, that may alter the result of a resumed run.

    The notice is usually empty.

    Raises
    ------
    CheckpointError
        The settings or the network differ, so that the run can't be resumed.
    """
    found = checkpoint.header.get("run")
    now: dict[str, Any] = json.loads(json.dumps(provenance_of(settings, device)))
    if not isinstance(found, dict) or not found.keys() >= _COMPARED:
        raise damaged(checkpoint.path)
    if not all(isinstance(found[key], dict) for key in ("settings", "versions")):
        raise damaged(checkpoint.path)
    # Settings that an older version did not know have the defaults, which are what it did.
    wanted = {"settings": Settings().to_dict() | found["settings"], "model": found["model"]}
    for key, what in (("settings", "setting"), ("model", "network")):
        if json.loads(json.dumps(wanted[key])) != now[key]:
            raise CheckpointError(
                f"checkpoint {checkpoint.path} is of a run with another {what}; give the same "
                f"{what} again, or start a new run"
            )
    # Older versions held the threads beside the run too, and before that only there.
    threads = found.get("threads", checkpoint.header.get("threads", now["threads"]))
    changes = [
        f"{name} is {new}, no longer {old}"
        for name, old, new in (
            ("the device", found["device"], now["device"]),
            ("threads", threads, now["threads"]),
            *(
                (name, found["versions"].get(name), now["versions"].get(name))
                for name in sorted(found["versions"].keys() | now["versions"].keys())
            ),
        )
        if old != new
    ]
    return "; ".join([*changes, "the result may differ a little"]) if changes else ""


def versions() -> dict[str, str]:
    """Return the versions of the packages that shape a result."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    found = {"onnxruntime": str(onnxruntime.__version__)}  # its packages have many names
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):  # ortstyle may run from a folder, not installed
            found[package] = version(package)
    return found
