"""Settings: which values are refused, and with which error message."""

import json
from dataclasses import FrozenInstanceError, replace
from math import inf, nan

import pytest
from hypothesis import given, strategies as st

from ortstyle.settings.serialization import from_dict
from ortstyle.settings.settings import Settings

ONE = (("relu1_1", 1.0),)


@pytest.mark.parametrize("name", ["size", "iterations", "history", "max_pixels"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_are_at_least_one(refusal_of, name, value):
    option = "--" + name.replace("_", "-")
    assert f"{option} must be at least 1, not {value}" in refusal_of(Settings, **{name: value})
    assert getattr(Settings(**{name: 1}), name) == 1


@pytest.mark.parametrize("value", [nan, inf, -inf, -1.0])
@pytest.mark.parametrize(
    "name", ["content_weight", "style_weight", "tv_weight", "style_scale", "learning_rate"]
)
def test_weights_are_finite_and_not_negative(refusal_of, name, value):
    message = refusal_of(Settings, **{name: value})
    assert message.startswith("--" + name.replace("_", "-") + ":")
    assert f"{value:g}" in message


@pytest.mark.parametrize("name", ["style_scale", "learning_rate"])
def test_factors_are_above_zero(refusal_of, name):
    option = "--" + name.replace("_", "-")
    assert f"{option} must be above 0" in refusal_of(Settings, **{name: 0.0})


def test_either_content_or_style_may_have_no_weight_but_not_both(refusal_of):
    assert Settings(content_weight=0).style_weight
    assert Settings(style_weight=0, tv_weight=0).content_weight
    message = refusal_of(Settings, content_weight=0, style_weight=0)
    assert "--content-weight" in message
    assert "--style-weight" in message


def test_a_seed_is_not_negative_unless_it_is_to_be_drawn(refusal_of):
    assert "--seed" in refusal_of(Settings, seed=-2)
    assert Settings(seed=0).seed == 0
    assert Settings(seed=-1).seed == -1


def test_the_size_may_be_that_of_the_content(refusal_of):
    assert Settings(size=300).side == 300
    settings = Settings(size="content")
    assert settings == from_dict(json.loads(json.dumps(settings.to_dict())))
    assert "--size content" in refusal_of(settings.schedule)
    assert "--size: 'large' is no size; give pixels, or content" in refusal_of(
        Settings, size="large"
    )


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("pooling", "average", "did you mean avg?"),
        ("pooling", "mex", "did you mean max?"),
        ("optimizer", "l-bfgs", "did you mean lbfgs?"),
        ("step", "line search", "did you mean line-search?"),
        ("colors", "contents", "did you mean content?"),
        ("colors", "xyz", "choose from style, content, match-linear, match-histogram, luminance"),
    ],
)
def test_an_unknown_choice_is_told_the_nearest(refusal_of, name, value, nearest):
    message = refusal_of(Settings, **{name: value})
    assert message == f"--{name}: {value!r} is unknown; {nearest}"


@pytest.mark.parametrize("name", ["content_layers", "style_layers"])
@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((), "names no layer"),
        (ONE + ONE, "names a layer twice"),
        ((("relu1_1", nan),), "nan is not a weight"),
        ((("relu1_1", -0.5),), "-0.5 is not a weight"),
        ((("relu1_1", inf),), "inf is not a weight"),
        ((("relu1_1", 0.0), ("relu2_1", 0.0)), "every weight is 0"),
    ],
)
def test_layers_are_checked(refusal_of, name, layers, words):
    message = refusal_of(Settings, **{name: layers})
    assert message.startswith("--" + name.replace("_", "-"))
    assert words in message


@pytest.mark.parametrize(
    ("blend", "words"),
    [
        ((0.0, 0.0), "every weight is 0"),
        ((), "every weight is 0"),
        ((nan, 1.0), "nan is not a weight"),
        ((1.0, -inf), "-inf is not a weight"),
        ((1.0, -2.0), "-2 is not a weight"),
    ],
)
def test_a_blend_is_checked(refusal_of, blend, words):
    message = refusal_of(Settings, style_blend=blend)
    assert message.startswith("--style-blend")
    assert words in message


def test_a_blend_has_a_weight_for_each_style(refusal_of):
    message = refusal_of(Settings(style_blend=(1.0, 2.0)).blend, 3)
    assert "--style-blend has 2 weights for 3 styles" in message
    assert Settings(style_blend=(3.0, 7.0)).blend(2) == pytest.approx((0.3, 0.7))
    assert Settings().blend(4) == (0.25,) * 4


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=6).filter(any))
def test_a_blend_adds_up_to_one_in_the_same_proportions(weights):
    shares = Settings(style_blend=tuple(weights)).blend(len(weights))
    assert sum(shares) == pytest.approx(1)
    assert shares == pytest.approx([weight / sum(weights) for weight in weights])


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Settings().size = 3


def test_a_replaced_value_is_checked_too(refusal_of):
    assert "--size" in refusal_of(replace, Settings(), size=0)


@pytest.mark.parametrize("scale", [0.0, (1.0, 0.0), ((1.0, -1.0),), ()])
def test_a_scale_is_a_positive_number(refusal_of, scale):
    assert "--style-scale" in refusal_of(Settings, style_scale=scale)
