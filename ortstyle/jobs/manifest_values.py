"""The columns of a manifest, and their values as text or as JSON has them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.checks import check_choice
from ortstyle.settings.conversion import shown
from ortstyle.settings.declaration import Option, options_of
from ortstyle.settings.presets import joined_to
from ortstyle.settings.serialization import value_from_toml
from ortstyle.settings.settings import Settings

COLUMNS = ("content", "style", "output", "preset")
"""The columns that are no settings."""

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def column_of(name: str, *, label: str) -> str:
    """Return the name of a column as `COLUMNS` or a record has it; an option's name will do too.

    Error messages begin with `label`.

    Raises
    ------
    SettingsError
        There is no such column.
    """
    plain = name.strip().removeprefix("--").replace("-", "_").lower()
    choices = (*COLUMNS, *_options())
    if plain not in choices:
        check_choice(label, name.strip(), choices)
    return plain


def value_from_text(name: str, text: str, folder: Path) -> Any:
    """Read the value of a setting or an encoding option from text, as the command line does.

    Paths are relative to `folder`.

    Raises
    ------
    SettingsError
        The text is not of the right form, or the value is out of range.
    """
    option = _options()[name]
    kind = option.text_type
    if option.declared.parse:
        value = option.read(text, label=name)
    elif kind is bool:
        value = _switch(name, text)
    elif kind in (int, float):
        value = _number(name, kind, text)
    else:
        value = text
    return _checked(option, joined_to(folder, {name: value})[name])


def value_from_json(name: str, value: Any) -> Any:
    """Return the value of a setting or an encoding option that JSON has, as presets have it.

    Raises
    ------
    SettingsError
        The value is of another type or out of range.
    """
    option = _options()[name]
    return _checked(option, value_from_toml(option, value))


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of settings, and those of encoding options."""
    encoding = {option.name for option in options_of(Encoding)}
    return (
        {name: value for name, value in values.items() if name not in encoding},
        {name: value for name, value in values.items() if name in encoding},
    )


@cache
def _options() -> Mapping[str, Option]:
    both = (*options_of(Settings), *options_of(Encoding))
    return MappingProxyType({option.name: option for option in both})


def _checked(option: Option, value: Any) -> Any:
    """Check a value alone; that it goes with the others is checked when a record is made."""
    value = option.convert(value)
    option.check(value)
    return value


def _switch(name: str, text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise SettingsError(f"{name}: {shown(text)} is neither true nor false")
    return text.lower() in _YES


def _number(name: str, kind: type, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        words = "whole number" if kind is int else "number"
        raise SettingsError(f"{name}: {shown(text)} is no {words}") from None
