"""Values of a manifest's columns, as text and as JSON has them."""

from pathlib import Path

import pytest

from ortstyle.errors import SettingsError
from ortstyle.jobs.manifest_values import (
    column_of,
    split,
    value_from_json,
    value_from_text,
)
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import options_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

OPTIONS = [*options_of(Settings), *options_of(Encoding)]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_has_a_column_and_reads_its_default(option):
    for name in (option.name, option.flag, option.name.upper(), f" {option.flag[2:]} "):
        assert column_of(name, label="column") == option.name
    if option.default not in (None, (), ""):
        found = value_from_text(option.name, as_text(option.default), Path("folder"))
        assert found == option.convert(option.default)


@pytest.mark.parametrize("name", ["device", "threads", "memory", "", "__class__", "contents"])
def test_other_names_are_no_columns(name):
    with pytest.raises(SettingsError, match="is unknown"):
        column_of(name, label="column")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("size", "content", "content"),
        ("equalize", "Yes", True),
        ("equalize", "0", False),
        ("tv_weight", "1e-3", 1e-3),
        ("depth", "16", 16),
        ("style_layers", "relu1_1:2", (("relu1_1", 2.0),)),
        ("init", "image", "content"),
        ("init", "x.png", str(Path("folder") / "x.png")),
        ("model", "/m.onnx", str(Path("/m.onnx"))),
    ],
)
def test_values_as_text(name, text, value):
    assert value_from_text(name, text, Path("folder")) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("equalize", "maybe", "neither true nor false"),
        ("history", "1.5", "is no whole number"),
        ("tv_weight", "much", "is no number"),
        ("tv_weight", "-1", "out of range"),
        ("colors", "gaudy", "is unknown; choose from style, content"),
        ("quality", "many", "is no whole number"),
    ],
)
def test_text_that_is_refused(name, text, words):
    with pytest.raises(SettingsError, match=words):
        value_from_text(name, text, Path())


@pytest.mark.parametrize(("name", "value"), [("size", 1.5), ("history", True), ("colors", 1)])
def test_json_of_another_type_is_refused(name, value):
    with pytest.raises(SettingsError, match=f"{name} must be"):
        value_from_json(name, value)


def test_settings_and_encoding_are_split():
    assert split({"size": 64, "quality": 80}) == ({"size": 64}, {"quality": 80})
