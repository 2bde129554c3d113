"""Settings written as JSON and TOML, and read again with every value checked."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PureWindowsPath
from types import NoneType
from typing import Any, Literal, TypeVar, get_origin

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import check_choice
from ortstyle.settings.conversion import members, shown
from ortstyle.settings.declaration import Option, options_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

_Record = TypeVar("_Record")
_TOML_WORDS = {
    frozenset({bool}): "true or false",
    frozenset({int}): "a whole number",
    frozenset({float, int}): "a number",
    frozenset({int, str}): "a whole number, or several in quotes",
    frozenset({float, int, str}): "a number, or several in quotes",
}


def from_dict(data: Mapping[str, Any]) -> Settings:
    """Return the settings of a dictionary of `Settings.to_dict`, also one read back from JSON.

    Raises
    ------
    SettingsError
        A key is not a setting, or a value has the wrong type or is out of range.
    """
    check_keys(data)
    return record_from_dict(Settings, data)


def record_from_dict(record: type[_Record], data: Mapping[str, Any]) -> _Record:
    """Return a record of declared options from a dictionary of its values, as read from JSON.

    Raises
    ------
    SettingsError
        A value has the wrong type or is out of range.
    """
    try:
        return record(**data)
    except TypeError as error:  # a name that the record does not have, or one is missing
        raise SettingsError(f"the settings have the wrong form ({error})") from error


def unknown_settings(data: Mapping[str, Any]) -> list[str]:
    """List the keys that are not settings, such as settings of a newer version."""
    return sorted(data.keys() - {option.name for option in options_of(Settings)})


def check_keys(data: Mapping[str, Any]) -> None:
    """Raise a `SettingsError` that suggests the nearest name if a key is not a setting."""
    for key in data:
        check_choice("setting", key, [option.name for option in options_of(Settings)])


def values_from_toml(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the settings, by name, from the content of a TOML file.

    Raises
    ------
    SettingsError
        A key is not a setting, or a value has the wrong type.
    """
    check_keys(data)
    known = {option.name: option for option in options_of(Settings)}
    return {name: value_from_toml(known[name], value) for name, value in data.items()}


def as_toml(settings: Settings, *, without: Settings | None = None) -> list[str]:
    """Return settings as the lines of a preset, except those that are equal in `without`.

    TOML has no word for None, so settings that are None are left out.
    """
    return [
        f"{option.name} = {_toml(value)}"
        for option in options_of(Settings)
        if (value := getattr(settings, option.name)) is not None
        and (without is None or value != getattr(without, option.name))
    ]


def files_named_by(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the role and path of each file that settings name: masks, init, model."""
    for option in options_of(Settings):
        for path in files_of(option, getattr(settings, option.name)):
            yield option.name.replace("_", " "), Path(path)


def files_of(option: Option, value: Any) -> list[str]:
    """Return the paths among the value of an option; none if the option names no files."""
    if not option.declared.names_files:
        return []
    several = (value,) if isinstance(value, str) else value or ()
    return [path for path in several if path and path not in option.declared.words]


def without_folders(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of settings, by name, with each path reduced to the name of its file."""
    return with_paths(values, name_of)


def name_of(path: str) -> str:
    """Return the name of a file, from a path of any system."""
    return PureWindowsPath(path).name  # which splits at both kinds of slash


def with_paths(values: Mapping[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    """Return the values of settings, by name, with other paths.

    Words in place of a path, such as "noise", are renamed too.
    """
    found = dict(values)
    for option in options_of(Settings):
        value = found.get(option.name)
        if option.declared.names_files and value:
            is_text = isinstance(value, str)
            found[option.name] = rename(value) if is_text else [rename(path) for path in value]
    return found


def value_from_toml(option: Option, value: Any) -> Any:
    """Return the value of an option that TOML, or JSON, has: several are one text.

    Raises
    ------
    SettingsError
        The value has the wrong type; whether it is in range is not checked.
    """
    types = option.value_types - {tuple, NoneType}
    if tuple in option.value_types or not types:  # TOML holds several values as one text
        types |= {str}
    if type(value) not in types:
        words = _TOML_WORDS.get(types, "text in quotes")
        named = [kind for kind in members(option.hint) if get_origin(kind) is Literal]
        if named and int in types:
            words = "a whole number, or text in quotes"
        example = option.declared.example and f", such as {_toml(option.declared.example)}"
        raise SettingsError(f"{option.name} must be {words}{example}, not {shown(value)}")
    if isinstance(value, str):
        return option.read(value, label=option.name)
    return value


def _toml(value: Any) -> str:
    if isinstance(value, str | tuple):
        return json.dumps(as_text(value), ensure_ascii=False)
    return str(value).lower()
