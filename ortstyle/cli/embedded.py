"""The settings that ortstyle embeds in each picture that it writes; `--like` reads them."""

import json
import os
from dataclasses import dataclass
from typing import Any

from ortstyle import __version__
from ortstyle.errors import SettingsError
from ortstyle.pictures.read import read_embedded_text
from ortstyle.settings.serialization import from_dict, unknown_settings
from ortstyle.settings.settings import Settings


@dataclass(frozen=True)
class EmbeddedSettings:
    """The settings of the run that painted a picture, and the hash of its network.

    Attributes
    ----------
    settings
        The settings of the run.
    model_hash
        SHA-256 of the feature network's file; empty where the picture does not hold it.
    """

    settings: Settings
    model_hash: str


def read_embedded(path: str | os.PathLike[str]) -> EmbeddedSettings:
    """Read the settings of the run that painted a picture.

    Raises
    ------
    PictureError
        The file is missing, or is not a picture.
    SettingsError
        The picture holds no settings, or they are damaged, or only a newer version knows them.
    """
    where = f"--like {os.fspath(path)}"
    text = read_embedded_text(path, name="--like")
    if text is None:
        raise SettingsError(
            f"{where} holds no settings; give a picture that ortstyle wrote as PNG, JPEG, TIFF, "
            "WebP or AVIF"
        )
    found = _parse(text)
    settings, versions, model = (found.get(key) for key in ("settings", "versions", "model"))
    if not isinstance(settings, dict):
        raise SettingsError(f"{where}: its settings are damaged; get a fresh copy")
    if unknown := unknown_settings(settings):
        other = versions.get("ortstyle", "another") if isinstance(versions, dict) else "another"
        raise SettingsError(
            f"{where} was painted by ortstyle {other} with settings that {__version__} does not "
            f"know ({', '.join(unknown)}); install the version that painted it"
        )
    try:
        return EmbeddedSettings(from_dict(settings), _hash(model))
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def _parse(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(model: Any) -> str:
    return str(model.get("sha256", "")) if isinstance(model, dict) else ""
