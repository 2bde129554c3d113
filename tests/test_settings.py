"""Settings: what is refused and how it is said, what text and presets give."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from math import inf, nan

import pytest
from hypothesis import given, strategies as st

from ortstyle.errors import OrtStyleError, SettingsError
from ortstyle.settings import (
    Settings,
    check_keys,
    from_preset,
    parse_blend,
    parse_layers,
    preset_names,
)

ONE = (("relu1_1", 1.0),)


def refusal_of(make, *args, **options):
    with pytest.raises(SettingsError) as caught:
        make(*args, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert isinstance(caught.value, OrtStyleError)
    assert isinstance(caught.value, ValueError)
    return message


@pytest.mark.parametrize("name", ["size", "iterations", "history", "max_pixels"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_are_at_least_one(name, value):
    option = "--" + name.replace("_", "-")
    assert f"{option} must be at least 1, not {value}" in refusal_of(Settings, **{name: value})
    assert getattr(Settings(**{name: 1}), name) == 1


@pytest.mark.parametrize("value", [nan, inf, -inf, -1.0])
@pytest.mark.parametrize(
    "name", ["content_weight", "style_weight", "tv_weight", "style_scale", "learning_rate"]
)
def test_weights_are_finite_and_not_negative(name, value):
    message = refusal_of(Settings, **{name: value})
    assert message.startswith("--" + name.replace("_", "-") + ":")
    assert f"{value:g}" in message


@pytest.mark.parametrize("name", ["style_scale", "learning_rate"])
def test_factors_are_above_zero(name):
    option = "--" + name.replace("_", "-")
    assert f"{option} must be above 0" in refusal_of(Settings, **{name: 0.0})


def test_either_content_or_style_may_have_no_weight_but_not_both():
    assert Settings(content_weight=0).style_weight
    assert Settings(style_weight=0, tv_weight=0).content_weight
    message = refusal_of(Settings, content_weight=0, style_weight=0)
    assert "--content-weight" in message
    assert "--style-weight" in message


def test_a_seed_is_not_negative():
    assert "--seed" in refusal_of(Settings, seed=-1)
    assert Settings(seed=0).seed == 0


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("pooling", "average", "did you mean avg?"),
        ("pooling", "mex", "did you mean max?"),
        ("optimizer", "l-bfgs", "did you mean lbfgs?"),
        ("step", "line search", "did you mean line-search?"),
        ("colors", "contents", "did you mean content?"),
        ("colors", "xyz", "choose from style, content"),
    ],
)
def test_an_unknown_choice_is_told_the_nearest(name, value, nearest):
    message = refusal_of(Settings, **{name: value})
    assert message == f"--{name}: {value!r} is unknown; {nearest}"


@pytest.mark.parametrize("name", ["content_layers", "style_layers"])
@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((), "names no layer"),
        (ONE + ONE, "names a layer twice"),
        ((("relu1_1", nan),), "nan is no weight"),
        ((("relu1_1", -0.5),), "-0.5 is no weight"),
        ((("relu1_1", inf),), "inf is no weight"),
        ((("relu1_1", 0.0), ("relu2_1", 0.0)), "every weight is 0"),
    ],
)
def test_layers_are_checked(name, layers, words):
    message = refusal_of(Settings, **{name: layers})
    assert message.startswith("--" + name.replace("_", "-"))
    assert words in message


@pytest.mark.parametrize(
    ("blend", "words"),
    [
        ((0.0, 0.0), "every weight is 0"),
        ((), "every weight is 0"),
        ((nan, 1.0), "nan is no weight"),
        ((1.0, -inf), "-inf is no weight"),
        ((1.0, -2.0), "-2 is no weight"),
    ],
)
def test_a_blend_is_checked(blend, words):
    message = refusal_of(Settings, style_blend=blend)
    assert message.startswith("--style-blend")
    assert words in message


def test_a_blend_has_a_weight_for_each_style():
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


def test_a_replaced_value_is_checked_too():
    assert "--size" in refusal_of(replace, Settings(), size=0)


# Text


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("relu4_2", (("relu4_2", 1.0),)),
        ("relu1_1:1,relu2_1:0.5", (("relu1_1", 1.0), ("relu2_1", 0.5))),
        (" a , b:2e-1 ,", (("a", 1.0), ("b", 0.2))),
        ("features:0:3", (("features:0", 3.0),)),
        ("", ()),
    ],
)
def test_layers_are_read_from_text(text, layers):
    assert parse_layers(text) == layers


@pytest.mark.parametrize(
    ("text", "wrong"), [("relu1_1:x", "'x'"), ("a:1,b:", "'b:'"), ("a:1:2;", "'2;'")]
)
def test_a_layers_weight_is_a_number(text, wrong):
    message = refusal_of(parse_layers, text, option="--style-layers")
    assert message.startswith("--style-layers:")
    assert wrong in message
    assert "is no number" in message


def test_a_blend_is_read_from_text():
    assert parse_blend("3,7") == (3.0, 7.0)
    assert parse_blend(" 1 ") == (1.0,)


@pytest.mark.parametrize(("text", "wrong"), [("3;7", "'3;7'"), ("3,,7", "''"), ("", "''")])
def test_a_blends_weight_is_a_number(text, wrong):
    message = refusal_of(parse_blend, text, option="--style-blend")
    assert message.startswith("--style-blend:")
    assert f"{wrong} is no number" in message


# Presets


def test_the_default_preset_comes_first():
    names = preset_names()
    assert names[0] == "default"
    assert "neural-style" in names
    assert names[1:] == sorted(names[1:])


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_loads(name):
    assert isinstance(from_preset(name), Settings)


def test_neural_style_has_the_published_settings():
    published = Settings(
        content_weight=5.0,
        style_weight=100.0,
        tv_weight=1e-3,
        init="noise",
        history=100,
        step="published",
        spectral=0.0,
        iterations=1000,
        size=512,
        style_scale=1.0,
        content_layers=(("relu4_2", 1.0),),
        style_layers=tuple((f"relu{block}_1", 1.0) for block in (1, 2, 3, 4, 5)),
        pooling="max",
        optimizer="lbfgs",
        normalize_gradients=False,
        colors="style",
    )
    assert from_preset("neural-style") == published


def test_what_is_given_goes_before_the_preset():
    assert from_preset("neural-style", {"history": 7}).history == 7
    assert from_preset("neural-style", {"history": 7}).init == "noise"
    assert "--history" in refusal_of(from_preset, "default", {"history": 0})
    assert from_preset() == from_preset("default")


def test_an_unknown_preset_is_told_the_nearest():
    message = refusal_of(from_preset, "neuralstyle")
    assert message == "--preset: 'neuralstyle' is unknown; did you mean neural-style?"
    assert "choose from default, " in refusal_of(from_preset, "xyz")


def test_an_unknown_key_is_told_the_nearest():
    assert "did you mean tv_weight?" in refusal_of(check_keys, {"size": 1, "tv_wieght": 2})
    check_keys({field.name: None for field in fields(Settings)})


def test_settings_can_be_written_as_json():
    given = Settings(style_blend=(1.0, 2.0), model="net.onnx")
    read = json.loads(json.dumps(given.to_dict(), allow_nan=False))
    assert list(read) == [field.name for field in fields(Settings)]
    assert read["style_blend"] == [1, 2]
    assert read["content_layers"] == [["relu4_2", 1]]
    assert read["model"] == "net.onnx"
