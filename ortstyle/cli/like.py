"""A run again: its settings, from the picture that it left."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ortstyle import __version__
from ortstyle.errors import SettingsError
from ortstyle.pictures.read import read_text
from ortstyle.settings.presets import check_keys
from ortstyle.settings.record import Settings


@dataclass(frozen=True)
class Run:
    """What a picture says of the run that painted it.

    Attributes
    ----------
    settings
        Of the run.
    model
        SHA-256 of its feature network; empty where it is not told.
    """

    settings: Settings
    model: str


def read_run(path: str | os.PathLike[str]) -> Run:
    """Read what `provenance.provenance_of` said of the run that painted a picture.

    Raises
    ------
    PictureError
        The file is missing, or no picture.
    SettingsError
        It holds no settings, damaged ones, or such as only a newer version knows.
    """
    where = f"--like {os.fspath(path)}"
    text = read_text(path, name="--like")
    if text is None:
        raise SettingsError(
            f"{where} holds no settings; give a picture that ortstyle wrote as PNG, JPEG, TIFF, "
            "WebP or AVIF"
        )
    found = _parse(text)
    settings, versions, model = (found.get(key) for key in ("settings", "versions", "model"))
    if not isinstance(settings, dict):
        raise SettingsError(f"{where}: its settings are damaged; get a fresh copy")
    unknown = sorted(settings.keys() - {field.name for field in fields(Settings)})
    if unknown:
        other = versions.get("ortstyle", "another") if isinstance(versions, dict) else "another"
        raise SettingsError(
            f"{where} was painted by ortstyle {other} with settings that {__version__} does not "
            f"know ({', '.join(unknown)}); install the version that painted it"
        )
    try:
        return Run(from_dict(settings), _hash(model))
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


def from_dict(data: Mapping[str, Any]) -> Settings:
    """Give the settings that `Settings.to_dict` gave, once they were JSON.

    Raises
    ------
    SettingsError
        A key is no setting, or a value of the wrong kind or out of range.
    """
    check_keys(data)
    defaults = Settings().to_dict()
    values = {name: _frozen(value) for name, value in data.items()}
    for name, value in values.items():
        kinds = _KINDS.get(type(defaults[name]), _OPTIONAL) + _ALSO.get(name, ())
        if type(value) not in kinds:  # a bool is no int
            option = name.replace("_", "-")
            raise SettingsError(f"--{option}: {value!r} is no value for it")
    try:
        return Settings(**values)
    except SettingsError:
        raise
    except (TypeError, ValueError) as error:
        raise SettingsError(f"a setting has the wrong form ({error})") from error


_KINDS: dict[type, tuple[type, ...]] = {
    bool: (bool,),
    float: (float, int),
    int: (int,),
    str: (str,),
    tuple: (tuple,),
}
_OPTIONAL = (str, tuple, type(None))
_ALSO = {"iterations": (tuple,), "style_scale": (tuple,)}


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
