"""Checks of values: valid ones pass, others raise an error with a helpful message."""

from math import inf, nan

import pytest

from ortstyle.settings.checks import (
    Range,
    check_choice,
    check_counts,
    check_layers,
    check_one_each,
    check_scales,
    check_weights,
)
from ortstyle.settings.settings import Settings


@pytest.mark.parametrize(
    ("allowed", "good", "bad"),
    [
        (Range(), (0, 0.0, 1e9), (-1, -0.1, nan, inf)),
        (Range(1), (1, 7), (0, -3)),
        (Range(above=0), (1e-9, 3), (0.0, 0, -1.0, nan, inf)),
        (Range(most=1), (0, 0.5, 1), (2, 1.5, -0.1, nan, inf)),
        (Range(above=0, most=100), (1e-9, 100), (0.0, 101, 1e308, -1.0, nan, inf)),
    ],
)
def test_a_range_takes_what_lies_in_it(refusal_of, allowed, good, bad):
    for value in good:
        allowed.check("--x", value)
    for value in bad:
        message = refusal_of(allowed.check, "--x", value)
        assert message.startswith("--x")
        assert f"{value:g}" in message


def test_a_choice_suggests_the_nearest(refusal_of):
    check_choice("--x", "oak", ["oak", "ash"])
    assert refusal_of(check_choice, "--x", "oka", ["oak", "ash"]).endswith("did you mean oak?")
    assert refusal_of(check_choice, "--x", "OAK", ["oak", "ash"]).endswith("did you mean oak?")
    assert refusal_of(check_choice, "--x", "oka", ["Oak", "ash"]).endswith("did you mean Oak?")
    assert refusal_of(check_choice, "--x", "fir", ["oak", "ash"]).endswith("choose from oak, ash")


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (check_counts, [1, (1, 2)], [0, (1, 0), (), 10**10]),
        (check_scales, [0.5, (1.0, (0.5, 2.0))], [0.0, (1.0, (0.0,)), (), (nan,), 1e9]),
        (check_weights, [(1.0,), (0.0, 1.0)], [(), (0.0,), (-1.0, 2.0), (inf,), (1e308, 1e308)]),
        (check_layers, [(("a", 1.0),)], [(), (("a", 1.0), ("a", 2.0)), (("a", 0.0),)]),
    ],
)
def test_several_values_are_checked_one_by_one(refusal_of, check, good, bad):
    for value in good:
        check("--x", value)
    for value in bad:
        assert refusal_of(check, "--x", value).startswith("--x")


def test_there_is_one_for_each_style(refusal_of):
    check_one_each("--x", "masks", ["a", "b"], 2)
    message = refusal_of(check_one_each, "--x", "masks", ["a", "b"], 3)
    assert message == "--x has 2 masks for 3 styles; give one for each"


def test_a_range_in_words():
    assert [f"a number {Range(least=2)}", f"a number {Range(most=1)}"] == [
        "a number of 2 or more",
        "a number of 0 to 1",
    ]
    assert str(Range(above=0)) == "above 0"
    assert str(Range(above=0, most=100)) == "above 0 and at most 100"


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"iterations": (3, 2)}, ["--iterations", "--scales 2"]),
        ({"content_weight": 0, "style_weight": 0}, ["--content-weight", "--style-weight"]),
        ({"engine": "training", "normalize_gradients": True}, ["--normalize-gradients"]),
        ({"engine": "training", "precision": "float16"}, ["--precision float16"]),
    ],
)
def test_settings_that_contradict_one_another_are_named(refusal_of, changes, options):
    message = refusal_of(Settings, **changes)
    assert all(option in message for option in options)
