"""The settings that ortstyle embeds in each picture that it writes; `--like` reads them."""

import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ortstyle import __version__
from ortstyle.errors import SettingsError
from ortstyle.pictures.read import read_embedded_text
from ortstyle.settings.declaration import options_of
from ortstyle.settings.foreign_paths import check_host
from ortstyle.settings.serialization import files_of, from_dict, unknown_settings
from ortstyle.settings.settings import Settings

_SHOWN = 5  # of the settings that are unknown


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


def values_like(
    path: Path, *, with_paths: bool, given: Collection[str]
) -> tuple[dict[str, Any], list[str], str]:
    """Return the values of the settings that a picture was painted with.

    The picture may come from a stranger, so its paths are left out unless the user wants them.

    Parameters
    ----------
    path
        The picture.
    with_paths
        Whether to take the paths of masks, initial picture and network too.
    given
        Names of the settings that the user has given himself.

    Returns
    -------
    values
        The values by the name of the setting.
    left_out
        The paths that were left out and that nothing given replaces, each with its role.
    model_hash
        SHA-256 of the network; empty where the picture does not hold it.

    Raises
    ------
    PictureError, SettingsError
        See `read_embedded`; or a path that is wanted is on another machine.
    """
    embedded = read_embedded(path)
    values, left_out = embedded.settings.to_dict(), []
    for option in options_of(Settings):
        named = files_of(option, values[option.name])
        if option.declared.names_files and not with_paths:
            values[option.name] = option.default if named else values[option.name]
            if option.name not in given:
                left_out += [f"{option.flag} {name}" for name in named]
        for name in named if with_paths and option.name not in given else ():
            check_host(f"--like {path}", name, known=[path, Path.cwd()])
    return values, left_out, embedded.model_hash


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
        other = versions.get("ortstyle") if isinstance(versions, dict) else None
        painted = f"ortstyle {other}" if isinstance(other, str) else "another version of ortstyle"
        more = ["…"] if len(unknown) > _SHOWN else []
        raise SettingsError(
            f"{where} was painted by {painted} with settings that {__version__} does not know "
            f"({', '.join([*unknown[:_SHOWN], *more])}); install the version that painted it"
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
