"""Values of any kind as the plain values that a type hint declares."""

from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from ortstyle.settings.conversion import convert, shown, words_for

Pairs = tuple[tuple[str, float], ...]


@pytest.mark.parametrize(
    ("value", "hint", "plain"),
    [
        (np.int64(3), int, 3),
        (np.float32(0.5), float, 0.5),
        (3, float, 3.0),
        (Fraction(1, 4), float, 0.25),
        (np.bool_(True), bool, True),
        ([4, 3], int | tuple[int, ...], (4, 3)),
        (np.array([4, 3]), int | tuple[int, ...], (4, 3)),
        (np.array(4), int | tuple[int, ...], 4),
        ([["relu1_1", 1]], Pairs, (("relu1_1", 1.0),)),
        ([1, [2, 3]], float | tuple[float | tuple[float, ...], ...], (1.0, (2.0, 3.0))),
        (Path("a") / "b", str, str(Path("a/b"))),
        ("a/b", Path | None, Path("a/b")),
        (None, Path | None, None),
        ("max", Literal["max", "avg"], "max"),
        (np.str_("max"), str, "max"),
    ],
)
def test_what_is_meant_is_taken_as_a_plain_value(value, hint, plain):
    found = convert(value, hint)
    assert found == plain
    assert type(found) is type(plain)
    if isinstance(plain, tuple):
        assert [type(item) for item in found] == [type(item) for item in plain]


@pytest.mark.parametrize(
    ("value", "hint", "error"),
    [
        (True, int, TypeError),
        (1, bool, TypeError),
        (4.0, int, TypeError),
        ("4", int, TypeError),
        (None, int, TypeError),
        ("43", tuple[str, ...], TypeError),
        ({4: 3}, tuple[int, ...], TypeError),
        (b"a", str, TypeError),
        ([["relu1_1"]], Pairs, ValueError),
        ([["relu1_1", "x"]], Pairs, ValueError),
        ("a\0", str, ValueError),
        (10**400, float, OverflowError),
    ],
)
def test_anything_else_is_refused(value, hint, error):
    with pytest.raises(error):
        convert(value, hint)


def test_types_in_words():
    assert words_for(int | tuple[int, ...] | None) == "a whole number or a list"
    assert words_for(Path | None) == "a path"
    assert words_for(bool) == "true or false"
    assert words_for(Literal["max"]) == "text"


def test_a_value_is_shown_on_one_short_line():
    assert shown("max") == "'max'"
    assert shown(10**400).startswith("1000")
    for value in ("a\nb" * 100, "\x1b[2J", 10**5000, [1] * 1000, np.zeros((9, 9)), b"\n"):
        text = shown(value)
        assert text.isprintable()
        assert len(text) <= 61
