"""Declarations: the properties of an option that come from one field of a record."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, documented, options_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import parse_blend


@documented
@dataclass(frozen=True, kw_only=True)
class Frame:
    """A frame about a picture."""

    width: float = declared(2.0, "Width in millimetres.", metavar="MM", allowed=Range(above=0))
    wood: Literal["oak", "ash"] = declared("oak", "The wood.")
    gilded: bool = declared(False, "Gild it.", flags=("--gilded", "--plain"))
    signed: bool = declared(False, "Sign it.", flags=("--signed",))
    count: int = declared(1, "How many.", metavar="N", allowed=Range(1))
    sides: tuple[float, ...] | None = declared(
        None, "Each side.", metavar="A,B", parse=parse_blend, default_text="all alike"
    )
    photograph: Path | None = declared(None, "What it is for.", details="Any picture.")

    def __post_init__(self):
        check_options(self)


OPTIONS = {option.name: option for option in options_of(Frame)}


def test_a_field_tells_name_type_and_help():
    flags = {name: option.flag for name, option in OPTIONS.items()}
    assert flags["width"] == "--width"
    assert flags["gilded"] == "--gilded"
    types = [option.text_type for option in OPTIONS.values()]
    assert types == [float, str, bool, bool, int, str, Path]
    assert {option.name: option.help_text for option in OPTIONS.values()} == {
        "width": "Width in millimetres (2).",
        "wood": "The wood (oak).",
        "gilded": "Gild it (off).",
        "signed": "Sign it.",
        "count": "How many (1).",
        "sides": "Each side (all alike).",
        "photograph": "What it is for.",
    }
    assert OPTIONS["wood"].metavar == "oak|ash"
    assert OPTIONS["sides"].read("1,2", label="sides") == (1.0, 2.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0.0}, "--width must be above 0, not 0"),
        ({"width": float("nan")}, "--width: nan is out of range; give a number above 0"),
        ({"wood": "oakk"}, "--wood: 'oakk' is unknown; did you mean oak?"),
        ({"count": 0}, "--count must be at least 1, not 0"),
    ],
)
def test_values_are_checked_as_declared(refusal_of, values, message):
    assert refusal_of(Frame, **values) == message
    assert Frame(width=0.5, wood="ash", count=3).wood == "ash"


def test_the_record_is_documented_from_its_declarations():
    assert Frame.__doc__.startswith("A frame about a picture.\n\nAttributes\n----------\nwidth\n")
    assert "photograph\n    What it is for. Any picture." in Frame.__doc__


@pytest.mark.parametrize("option", options_of(Settings), ids=lambda option: option.name)
def test_every_setting_says_what_it_is(option):
    assert option.declared.help.endswith(".")
    assert len(option.declared.help) <= 90
    assert option.metavar or option.text_type is bool
    assert option.name in Settings.__doc__
    option.check(option.default)
    if option.declared.parse:
        option.read(option.declared.example, label=option.flag)
