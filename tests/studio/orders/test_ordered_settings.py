"""No order changes a setting that names a file, or asks for a value that settings refuse."""

import pytest
from hostile_values import VALUES

from ortstyle.errors import SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import options_of
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.ordered_settings import (
    check_amounts,
    in_words,
    offered_options,
    read_values,
    refusing,
    split_values,
)


def test_what_names_files_is_offered_only_with_its_words(tmp_path, monkeypatch, photo):
    monkeypatch.chdir(tmp_path)
    photo.save("photo.png")
    for option in options_of(Settings):
        if option.declared.names_files and option.name in offered_options():
            assert option.declared.words
            for word in option.declared.words:
                assert read_values({option.name: word}) == {option.name: word}
            with pytest.raises(Refused):
                read_values({option.name: str(tmp_path / "photo.png")})
            with pytest.raises(Refused):
                read_values({option.name: "photo.png"})


@pytest.mark.parametrize("name", ["model", "engine", "max_pixels", "content_mask", "style_mask"])
def test_what_a_page_has_no_say_in_is_refused(name):
    with pytest.raises(Refused, match="is unknown") as caught:
        read_values({name: "x"})
    assert caught.value.field == "settings"


def outcome(read, value):
    """Return what a function makes of a value, and its error."""
    try:
        return read(value), None
    except (Refused, SettingsError) as error:
        return None, error


@pytest.mark.parametrize("name", offered_options())
def test_each_value_that_is_taken_makes_valid_settings(name):
    for value in VALUES:
        found, error = outcome(read_values, {name: value})
        if error:
            assert error.field == name
            assert str(error).isprintable()
            assert "--" not in str(error)
            assert 10 < len(str(error)) < 500
            continue
        of_settings, of_encoding = split_values(found)
        Encoding(**of_encoding)
        _, error = outcome(lambda values: Settings(**values), of_settings)
        # Two settings may contradict each other.
        assert error is None or (name == "iterations" and "scales" in str(error))


@pytest.mark.parametrize("values", [None, [], "size", [["size", 5]], {5: 5}, {"": 1}])
def test_values_without_known_names_are_refused(values):
    with pytest.raises(Refused):
        read_values(values)


def test_a_value_may_be_the_text_of_a_field():
    texts = {
        "size": "700",
        "content_weight": "1.5",
        "scales": "2",
        "equalize": "false",
        "style_layers": "relu1_1:1,relu2_1:0.5",
        "depth": "16",
        "style_loss": "gram",
    }
    assert read_values(texts) == {
        "size": 700,
        "content_weight": 1.5,
        "scales": 2,
        "equalize": False,
        "style_layers": (("relu1_1", 1.0), ("relu2_1", 0.5)),
        "depth": 16,
        "style_loss": "gram",
    }


def test_long_values_are_refused():
    for value in ("relu1_1," * 1000, [["relu1_1", 1.0]] * 65):
        with pytest.raises(Refused, match="too long"):
            read_values({"style_layers": value})


def test_amounts_are_limited():
    check_amounts(Settings(size=8192, iterations=100_000))
    check_amounts(Settings(size="content"))
    for settings, longest in (
        (Settings(size=8193), None),
        (Settings(size="content"), 8193),
        (Settings(iterations=100_001), None),
        (Settings(scales=2, iterations=(60_000, 60_000)), None),
    ):
        with pytest.raises(Refused, match="at most"):
            check_amounts(settings, longest=longest)


def test_messages_speak_of_fields_not_of_options():
    with pytest.raises(Refused) as caught, refusing("history"):
        Settings(history=0)
    assert str(caught.value) == "History must be at least 1, not 0"
    assert caught.value.field == "history"
    assert in_words("give a smaller --size, or more --memory") == (
        "Give a smaller size, or more memory"
    )
