"""The provenance of a result: settings, device, versions, and the hash of the model."""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ortstyle.errors import CheckpointError
from ortstyle.packaged import packaged_path
from ortstyle.run.checkpoint import Checkpoint, damaged
from ortstyle.runtime.devices import Device
from ortstyle.runtime.threads import thread_count
from ortstyle.settings.serialization import name_of, with_paths, without_folders
from ortstyle.settings.settings import Settings

_COMPARED = {"settings", "device", "versions", "model"}  # the entries of every version's records
_NO_PATHS: Mapping[str, str] = MappingProxyType({})
_PACKAGES = ("ortstyle", "numpy", "onnx", "onnx-ir", "pillow")


def provenance_of(
    settings: Settings,
    device: Device,
    *,
    model_hash: str | None = None,
    recorded_paths: Mapping[str, str] = _NO_PATHS,
) -> dict[str, Any]:
    """Return what determines a result: settings, device, versions, and the hash of the model.

    `model_hash` is the hash where it is known; otherwise the model's file is read. `recorded_paths`
    holds the paths to record for files that have come from elsewhere, by those in the settings.
    """
    path = Path(settings.model or packaged_path("models", "vgg19.onnx"))
    model_hash = model_hash or sha256(path.read_bytes()).hexdigest()
    values = settings.to_dict()
    if recorded_paths:
        values = with_paths(values, lambda path: recorded_paths.get(path, path))
    return {
        "settings": values,
        "device": device.name,
        "threads": thread_count(),
        "versions": versions(),
        "model": {"file": name_of(values["model"] or str(path)), "sha256": model_hash},
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


def environment_changes(
    checkpoint: Checkpoint,
    settings: Settings,
    device: Device,
    *,
    recorded_paths: Mapping[str, str] = _NO_PATHS,
) -> str:
    """Return a notice of changes, such as of versions, that may alter the result of a resumed run.

    The notice is usually empty. `recorded_paths` is as in `provenance_of`.

    Raises
    ------
    CheckpointError
        The settings or the network differ, so that the run can't be resumed.
    """
    found = checkpoint.header.get("run")
    described = provenance_of(settings, device, recorded_paths=recorded_paths)
    now: dict[str, Any] = json.loads(json.dumps(described))
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
