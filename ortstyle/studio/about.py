"""What the studio is and has: its version, devices, limits and languages."""

from collections.abc import Sequence
from typing import Any

from ortstyle import __version__
from ortstyle.runtime.devices import DEVICES
from ortstyle.settings.settings import Settings
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.guard.body_limits import CLIP_BYTES, UPLOAD_BYTES

LANGUAGES = ("en", "de")
"""The languages of the page."""


def describe_studio(
    folder: StudioFolder, devices: Sequence[str], *, is_remote: bool
) -> dict[str, Any]:
    """Return what a page shows of the studio.

    Parameters
    ----------
    folder
        The studio's folder.
    devices
        The devices that may be ordered.
    is_remote
        Whether other machines can reach it.
    """
    return {
        "version": __version__,
        "devices": [{"name": name, "label": label_of(name)} for name in devices],
        "limits": {
            "upload_bytes": UPLOAD_BYTES,
            "film_bytes": CLIP_BYTES,
            "pixels": Settings().max_pixels,
        },
        "folder_free_bytes": folder.free_bytes(),
        "languages": list(LANGUAGES),
        "remote": is_remote,
    }


def label_of(device: str) -> str:
    """Return what a person calls a device: its hardware."""
    if device == "auto":
        return "The best device"
    labels = {row.name: row.hardware for row in DEVICES}
    return labels.get(device) or labels.get(device.partition(":")[0]) or device
