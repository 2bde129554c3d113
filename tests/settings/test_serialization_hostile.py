"""Settings from TOML, given values that no setting expects, and written as TOML again."""

import json
import tomllib
from contextlib import suppress

import pytest
from hostile_values import NUMBERS, OTHERS, TEXTS, VALUES, result_of

from ortstyle.settings.declaration import options_of
from ortstyle.settings.presets import from_preset
from ortstyle.settings.serialization import as_toml, values_from_toml
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

OPTIONS = [pytest.param(option, id=option.name) for option in options_of(Settings)]


def toml_of(value):
    """Write a value as TOML does."""
    text = json.dumps(value)
    if isinstance(value, str):
        return text
    if "null" in text or "{" in text:
        raise ValueError("TOML has no such value")
    return text.replace("NaN", "nan").replace("Infinity", "inf")


def literals():
    """Yield hostile values as TOML."""
    for value in (*NUMBERS, *TEXTS, *OTHERS):
        with suppress(TypeError, ValueError, ZeroDivisionError):
            yield toml_of(value)
    yield from ("2026-01-01", "07:32:00", "{a = 1}", "[{a = 1}]", "0x7f", "1_0", "+nan")


@pytest.mark.parametrize("option", OPTIONS)
def test_a_value_is_taken_or_refused_in_one_line(option):
    def read(literal):
        return Settings(**values_from_toml(tomllib.loads(f"{option.name} = {literal}")))

    for literal in literals():
        result_of(lambda literal=literal: read(literal), about=option.name.split("_")[0])


@pytest.mark.parametrize("option", OPTIONS)
def test_what_is_taken_is_written_and_read_again(option):
    """The text is the same; one style scale in a tuple is written like the number alone."""
    for value in VALUES:
        made = result_of(lambda value=value: Settings(**{option.name: value}))
        if made is not None:
            lines = "\n".join(as_toml(made, without=Settings()))
            read = Settings(**values_from_toml(tomllib.loads(lines)))
            again, given = (getattr(each, option.name) for each in (read, made))
            assert again == given or as_text(again) == as_text(given)  # 0.0 == -0.0


@pytest.mark.parametrize("text", [f"size = {'9' * 5000}", f"seed = {10**400}", "size = 1e999"])
def test_a_number_in_a_file_that_nothing_holds(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    assert result_of(lambda: from_preset(str(path)), about=f"preset {path}: ") is None


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "\0.toml", "x" * 10_000])
def test_a_preset_that_no_file_can_be(name):
    assert result_of(lambda: from_preset(name)) is None


def test_values_that_are_no_settings_are_refused():
    assert result_of(lambda: from_preset("default", {"sizes": 3}), about="size?") is None
    assert from_preset("default", {"size": 3}).size == 3
