"""Settings: what is refused and how it is said, what text and presets give."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from itertools import pairwise
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from ortstyle.errors import OrtStyleError, SettingsError
from ortstyle.settings.presets import (
    from_preset,
    preset_file,
    preset_names,
    preset_purpose,
    read_preset,
)
from ortstyle.settings.record import Settings
from ortstyle.settings.serialization import as_toml, check_keys, from_dict
from ortstyle.settings.text import (
    as_text,
    parse_blend,
    parse_iterations,
    parse_layers,
    parse_masks,
    parse_scales,
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
        ("colors", "xyz", "choose from style, content, match-linear, match-histogram, luminance"),
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
        scales=1,
        equalize=False,
        style_loss="gram",
        tv="sum",
        padding="zero",
        pooling="max",
        rescale_pooling=False,
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


def test_the_packaged_presets_differ_and_say_what_for():
    found = [from_preset(name) for name in preset_names()]
    assert {"default", "neural-style", "fine", "bold", "sketch"} <= set(preset_names())
    assert len({str(settings) for settings in found}) == len(found)
    assert all(20 < len(preset_purpose(name)) < 200 for name in preset_names())


# A preset of the user's own


@pytest.fixture
def mine(tmp_path):
    """Give a function that writes a preset and gives its path."""

    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_a_file_builds_on_a_packaged_preset_and_overrides_it(mine):
    path = mine('base = "neural-style"\nhistory = 7\nstyle_layers = "relu1_1:1,relu2_1:0.5"\n')
    expected = replace(
        from_preset("neural-style"),
        history=7,
        style_layers=(("relu1_1", 1.0), ("relu2_1", 0.5)),
    )
    assert from_preset(path) == expected
    assert from_preset(path, {"history": 9}).history == 9
    origins = read_preset(path)
    assert [name for name, _ in origins] == ["preset neural-style", f"preset {path}"]
    assert "init" in origins[0][1]
    assert list(origins[1][1]) == ["history", "style_layers"]


def test_a_file_without_a_base_builds_on_the_default(mine):
    assert from_preset(mine("seed = 3")) == from_preset("default", {"seed": 3})
    assert from_preset(mine("")) == from_preset()


def test_every_type_is_read(mine):
    path = mine(
        "\ufeff"  # as some editors begin a file
        'size = 100\nstyle_weight = 7\nstyle_blend = "3,7"\npooling = "avg"\n'
        "normalize_gradients = true\n"
    )
    found = from_preset(path)
    assert (found.size, found.pooling, found.normalize_gradients) == (100, "avg", True)
    assert found.style_blend == (3.0, 7.0)
    assert (found.style_weight, type(found.style_weight)) == (7.0, float)


def test_files_that_a_preset_names_lie_beside_it(mine, tmp_path):
    path = mine('init = "start.png"\nmodel = "net.onnx"')
    found = from_preset(path)
    assert (Path(found.init), Path(found.model)) == (tmp_path / "start.png", tmp_path / "net.onnx")
    assert from_preset(mine('init = "noise"')).init == "noise"
    absolute = str(tmp_path.parent / "start.png")
    assert from_preset(mine(f"init = {json.dumps(absolute)}")).init == absolute


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tv_wieght = 1", "setting: 'tv_wieght' is unknown; did you mean tv_weight?"),
        ('base = "neural"', "base: 'neural' is unknown; did you mean neural-style?"),
        ('base = "mine.toml"', "base: 'mine.toml' is unknown; choose from default, "),
        ("base = 3", "base must be text in quotes, not 3"),
        ("base = []", "base must be text in quotes, not []"),
        ("size = 1.5", "size must be a whole number, not 1.5"),
        ("size = true", "size must be a whole number, not True"),
        ('style_weight = "a"', "style_weight must be a number, not 'a'"),
        ("style_weight = false", "style_weight must be a number, not False"),
        ("normalize_gradients = 1", "normalize_gradients must be true or false, not 1"),
        ("pooling = 1", "pooling must be text in quotes, not 1"),
        ("model = 1", "model must be text in quotes, not 1"),
        ("style_blend = [3, 7]", 'style_blend must be text in quotes, such as "3,7", not [3, 7]'),
        ("[style_layers]\nrelu1_1 = 1", "style_layers must be text in quotes, such as "),
        ('style_layers = "relu1_1:x"', "style_layers: 'relu1_1:x': 'x' is no number"),
        ("size = 0", "--size must be at least 1, not 0"),
        ("style_weight = nan", "nan is no weight"),
        (f"style_weight = 1{'0' * 400}", "too large"),
        ('pooling = "mex"', "did you mean max?"),
        ("size = ", "is no TOML: Invalid value (at "),
        ("size = 1\nsize = 2", "is no TOML: Cannot overwrite a value"),
        (b"# \xff", "is no text in UTF-8"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_reason(mine, text, words):
    path = mine(text)
    message = refusal_of(from_preset, path)
    assert message.startswith(f"preset {path}")
    assert words in message


def test_a_file_that_can_not_be_read(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        assert refusal_of(from_preset, str(path)).startswith(f"preset {path} can't be read: ")


def test_what_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "default"):
        Path(name).write_text("seed = 5")
    assert preset_file("mine") == Path("mine")
    assert from_preset("mine").seed == 5
    assert preset_file("default") is None  # the package's goes first
    assert preset_file("./default") == Path("default")
    assert preset_file("none.toml") == Path("none.toml")
    assert preset_file("none") is None
    assert "is unknown" in refusal_of(from_preset, "x" * 300)
    assert "can't be read" in refusal_of(from_preset, "x" * 300 + ".toml")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_written_whole_reads_the_same(mine, name):
    path = mine("\n".join(as_toml(from_preset(name))))
    assert from_preset(path) == from_preset(name)
    short = as_toml(from_preset(name), without=Settings())
    assert from_preset(mine("\n".join(short))) == from_preset(name)
    assert len(short) < 16


def test_names_with_quotes_are_written_and_read(mine):
    model = str(Path('/a "b"\\c.onnx').absolute())  # as paths in a preset are made
    given = Settings(model=model, style_layers=(("relu:1", 0.1), ("é", 1e-7)))
    assert from_preset(mine("\n".join(as_toml(given)))) == given


def test_values_are_shown_as_the_options_take_them():
    assert as_text((("relu1_1", 1.0), ("relu2_1", 0.25))) == "relu1_1:1,relu2_1:0.25"
    assert [as_text(v) for v in ((3.0, 7.0), 1e-3, 400.0, True, None, "max", 5)] == [
        *["3,7", "0.001", "400", "true", "none", "max", "5"]
    ]


# scales


@given(
    size=st.integers(1, 9000),
    scales=st.integers(0, 12),
    iterations=st.integers(1, 2000),
)
def test_a_schedule_grows_to_the_size_and_spends_all(size, scales, iterations):
    settings = Settings(size=size, scales=scales, iterations=iterations)
    sides, counts = zip(*settings.schedule(), strict=True)
    assert list(sides) == sorted(sides)
    assert sides[-1] == size
    assert sum(counts) == iterations == settings.evaluations
    assert min(counts) >= 1
    # Fewer at finer scales, but for what is left at the end; rounding moves one.
    assert all(b <= a + 1 for a, b in pairwise(counts[:-1]))


def test_a_larger_size_takes_the_same_way_and_goes_on():
    small, large = (Settings(size=size).schedule() for size in (512, 2048))
    assert [side for side, _ in small] == [256, 362, 512]
    assert large[:2] == small[:2]
    assert [side for side, _ in large[: len(small)]] == [side for side, _ in small]
    assert large[-1][0] == 2048


def test_the_content_weighs_less_at_scales_finer_than_512():
    settings = Settings(size=2048, content_weight=3.0)
    assert settings.at(362) is settings
    assert settings.at(512) is settings
    assert settings.at(2048).content_weight == pytest.approx(0.75)
    alone = Settings(size=2048, scales=1)
    assert alone.at(2048) is alone


@pytest.mark.parametrize(("size", "sides"), [(100, [100]), (300, [300]), (310, [256, 310])])
def test_a_last_scale_is_not_next_to_the_one_before(size, sides):
    assert [side for side, _ in Settings(size=size).schedule()] == sides


def test_iterations_by_scale():
    settings = Settings(size=512, scales=3, iterations=(30, 20, 5))
    assert settings.schedule() == ((256, 30), (362, 20), (512, 5))
    assert settings.evaluations == 55
    message = refusal_of(Settings, iterations=(30, 20))
    assert "--iterations has 2 numbers; give --scales 2 beside them" in message
    assert "--iterations must be at least 1" in refusal_of(Settings, scales=2, iterations=(3, 0))
    assert Settings(scales=1, iterations=90).schedule() == ((512, 90),)


def test_iterations_scales_and_masks_are_read_from_text():
    assert parse_iterations("300") == 300
    assert parse_iterations("30,20,5") == (30, 20, 5)
    assert "'x' is no whole number" in refusal_of(parse_iterations, "x")
    assert parse_scales("1.5") == 1.5
    assert parse_scales("1,0.5+2") == (1.0, (0.5, 2.0))
    assert parse_scales("0.5+2") == ((0.5, 2.0),)
    assert "'x' is no number" in refusal_of(parse_scales, "1,x")
    assert parse_masks("sky.png,-") == ("sky.png", "")
    assert parse_masks("") == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"iterations": (5, 3), "scales": 2},
        {"style_scale": (1.0, (0.5, 2.0))},
        {"style_scale": 1.5, "content_mask": ("sky.png", ""), "style_mask": ("", "part.png")},
    ],
)
def test_settings_that_are_no_plain_values_survive_a_preset_and_a_picture(tmp_path, changes):
    settings = Settings(**changes)
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(as_toml(settings, without=Settings())), "utf-8")
    found = from_preset(str(path))
    for name in ("content_mask", "style_mask"):  # paths are found from the preset's folder
        masks = tuple(p and str(tmp_path / p) for p in getattr(settings, name))
        assert getattr(found, name) == masks
        found = replace(found, **{name: getattr(settings, name)})
    assert found == settings
    assert from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize("scale", [0.0, (1.0, 0.0), ((1.0, -1.0),), ()])
def test_a_scale_is_a_positive_number(scale):
    assert "--style-scale" in refusal_of(Settings, style_scale=scale)
