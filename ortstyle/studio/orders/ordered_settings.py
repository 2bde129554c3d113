"""The settings that an order may change, each value checked; none of them names a file."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.checks import check_choice
from ortstyle.settings.conversion import shown
from ortstyle.settings.declaration import Option, options_of
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import Refused

LARGEST = 8192
"""Pixels of the longest side of a result."""

_MOST_EVALUATIONS = 100_000
_MOST_ITEMS, _LONGEST_TEXT = 64, 1000
#: Weights, masks and the start come with the pictures of an order; a page has no say in the rest.
_LEFT_OUT = {"engine", "model", "max_pixels", "content_mask", "style_mask", "style_blend"}
#: A result is a PNG; what it holds of the photograph's metadata is said by `Order.location`.
_OF_ENCODING = {"icc", "depth"}
_FLAG = re.compile(r"--([a-z][a-z-]*)")


@cache
def offered_options() -> Mapping[str, Option]:
    """Return the options that an order may change, by name."""
    of_settings = [each for each in options_of(Settings) if each.name not in _LEFT_OUT]
    of_encoding = [each for each in options_of(Encoding) if each.name in _OF_ENCODING]
    return {each.name: each for each in (*of_settings, *of_encoding)}


def read_values(values: object) -> dict[str, Any]:
    """Return the values of settings, by name, of unknown origin, each of the right type.

    A value is as JSON holds it, or the text that the option takes on the command line.

    Raises
    ------
    Refused
        A name is unknown, or a value is unfit; `field` is the name of the setting.
    """
    if not isinstance(values, dict):
        raise Refused("the settings must be names with values", field="settings")
    found = {}
    for name, value in values.items():
        with refusing("settings"):
            check_choice("setting", name, offered_options())
        with refusing(name):
            found[name] = read_value(offered_options()[name], value)
    return found


def split_values(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of `Settings` and those of `Encoding`."""
    of_encoding = {name: value for name, value in values.items() if name in _OF_ENCODING}
    return {k: v for k, v in values.items() if k not in of_encoding}, of_encoding


@contextmanager
def refusing(field: str | None = None) -> Iterator[None]:
    """Turn a `SettingsError` raised inside into a `Refused` in the words of a page."""
    try:
        yield
    except SettingsError as error:
        raise Refused(in_words(str(error)), field=field) from error


def in_words(message: str) -> str:
    """Return a message of the command line without the dashes of its options."""
    text = _FLAG.sub(lambda found: found[1].replace("-", " "), message)
    return text[:1].upper() + text[1:]


def check_amounts(settings: Settings, *, longest: int | None = None) -> None:
    """Raise a `Refused` if settings would take more pixels or evaluations than the studio takes on.

    `longest` is the longest side of the photograph, if it is known.
    """
    side = longest if settings.size == "content" else settings.size
    if side is not None and side > LARGEST:
        raise Refused(f"Size must be at most {LARGEST} pixels, not {side}", field="size")
    if settings.evaluations > _MOST_EVALUATIONS:
        raise Refused(
            f"Iterations must be at most {_MOST_EVALUATIONS} in all, not {settings.evaluations}",
            field="iterations",
        )


def read_value(option: Option, value: Any) -> Any:
    """Return the value of an option, of the right type; raise a `SettingsError` if it is unfit."""
    if isinstance(value, list | tuple | str):
        _check_length(option, value)
    names_files = option.declared.names_files
    if isinstance(value, str) and not (option.choices or names_files):
        value = _parsed(option, value)
    value = option.convert(value)
    if names_files:  # only its words are offered, and a path is never looked at
        check_choice(option.flag, value, option.declared.words)
    option.check(value)
    if option.name in _OF_ENCODING:
        value = getattr(Encoding(**{option.name: value}), option.name)
    return value


def _parsed(option: Option, text: str) -> Any:
    """Return the value that a text gives, as a field of a page holds it."""
    kind = option.text_type
    if option.declared.parse or kind is str:
        return option.read(text, label=option.flag)
    try:
        return {"true": True, "false": False}[text] if kind is bool else kind(text)
    except (LookupError, ValueError):
        return text  # which is then refused as any other value


def _check_length(option: Option, value: Any) -> None:
    most = _LONGEST_TEXT if isinstance(value, str) else _MOST_ITEMS
    if len(value) > most:
        raise SettingsError(f"{option.flag}: {shown(value)} is too long; give fewer values")
