"""Presets: those in the package, and files of the user's own."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ortstyle.errors import SettingsError
from ortstyle.settings.presets import (
    from_preset,
    preset_file,
    preset_names,
    preset_purpose,
    read_preset,
)
from ortstyle.settings.serialization import as_toml
from ortstyle.settings.settings import Settings

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
        content_limit=0.0,
        grain=1.0,
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
        variance_floor=0.0,
        tv="sum",
        padding="zero",
        pooling="max",
        rescale_pooling=False,
        optimizer="lbfgs",
        normalize_gradients=False,
        colors="style",
    )
    assert from_preset("neural-style") == published


def test_what_is_given_goes_before_the_preset(refusal_of):
    assert from_preset("neural-style", {"history": 7}).history == 7
    assert from_preset("neural-style", {"history": 7}).init == "noise"
    assert "--history" in refusal_of(from_preset, "default", {"history": 0})
    assert from_preset() == from_preset("default")


def test_an_unknown_preset_is_told_the_nearest(refusal_of):
    message = refusal_of(from_preset, "neuralstyle")
    assert message == "--preset: 'neuralstyle' is unknown; did you mean neural-style?"
    assert "choose from default, " in refusal_of(from_preset, "xyz")


def test_the_packaged_presets_differ_and_say_what_for():
    found = [from_preset(name) for name in preset_names()]
    assert {"default", "neural-style", "fine", "bold", "portrait", "sketch"} <= set(preset_names())
    assert len({str(settings) for settings in found}) == len(found)
    assert all(20 < len(preset_purpose(name)) < 200 for name in preset_names())


# A preset of the user's own


@pytest.fixture
def mine(tmp_path):
    """Return a function that writes a preset and returns its path."""

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
        ("size = 1.5", "size must be a whole number, or text in quotes, such as"),
        ("size = true", "size must be a whole number, or text in quotes, such as"),
        ('style_weight = "a"', "style_weight must be a number, not 'a'"),
        ("style_weight = false", "style_weight must be a number, not False"),
        ("normalize_gradients = 1", "normalize_gradients must be true or false, not 1"),
        ("pooling = 1", "pooling must be text in quotes, not 1"),
        ("model = 1", "model must be text in quotes, not 1"),
        ("style_blend = [3, 7]", 'style_blend must be text in quotes, such as "3,7", not [3, 7]'),
        ("[style_layers]\nrelu1_1 = 1", "style_layers must be text in quotes, such as "),
        ('style_layers = "relu1_1:x"', "style_layers: 'relu1_1:x': 'x' is no number"),
        ("size = 0", "--size must be at least 1, not 0"),
        ("style_weight = nan", "nan is out of range"),
        (f"style_weight = 1{'0' * 400}", "too large"),
        ('pooling = "mex"', "did you mean max?"),
        ("size = ", "is not valid TOML: Invalid value (at "),
        ("size = 1\nsize = 2", "is not valid TOML: Cannot overwrite a value"),
        (b"# \xff", "is not UTF-8 text"),
        ("size = " + "[" * 5000, "holds values within too many others"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_reason(refusal_of, mine, text, words):
    path = mine(text)
    message = refusal_of(from_preset, path)
    assert message.startswith(f"preset {path}")
    assert words in message


def test_a_file_that_can_not_be_read(refusal_of, tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        assert refusal_of(from_preset, str(path)).startswith(f"preset {path} can't be read: ")


def test_what_is_a_path(refusal_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "default"):
        Path(name).write_text("seed = 5")
    assert preset_file("mine") == Path("mine")
    assert from_preset("mine").seed == 5
    assert preset_file("default") is None  # a preset of the package has precedence
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
    assert len(short) <= 18


def test_names_with_quotes_are_written_and_read(mine):
    model = str(Path('/a "b"\\c.onnx').absolute())  # as paths in a preset are made
    given = Settings(model=model, style_layers=(("relu:1", 0.1), ("é", 1e-7)))
    assert from_preset(mine("\n".join(as_toml(given)))) == given


@pytest.mark.parametrize(
    "line",
    [
        r"model = '\\evil\share\net.onnx'",
        'init = "//evil/share/a.png"',
        r"content_mask = 'sky.png,\\evil\share\a.png'",
        r"style_mask = '\\?\UNC\evil\share\a.png'",
    ],
)
def test_a_file_on_another_machine_is_refused(tmp_path, line):
    path = tmp_path / "mine.toml"
    path.write_text(line)
    with pytest.raises(SettingsError, match=r"mine\.toml: the file names .*evil.* another machine"):
        from_preset(str(path))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(refusal_of, tmp_path):
    os.mkfifo(tmp_path / "a.toml")
    path = str(tmp_path / "a.toml")
    expected = f"preset {path} is a pipe; save it as a file first"
    assert refusal_of(read_preset, path) == expected


def test_a_file_without_an_end_is_not_read_whole(refusal_of, mine):
    path = mine("seed = 1 #" + "x" * 2_000_000)
    assert "has more than 1 MB" in refusal_of(read_preset, str(path))
