"""`--like`: the settings of a picture that ortstyle wrote."""

import json
from pathlib import Path

import onnx
import pytest
from commands import (
    embedded_run,
    needs_runtime,
    pixels_of,
    read_trace,
    refusal_of,
)
from PIL import Image, PngImagePlugin

from ortstyle.cli.embedded import read_embedded, values_like
from ortstyle.errors import SettingsError
from ortstyle.settings.settings import Settings


@needs_runtime
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_a_run_like_another_has_its_settings(folder, call, network, painting, suffix):
    painting.rotate(90).save("other.png")
    pictures = ["render", "photo.png", "painting.png", "other.png"]
    options = ["--style-blend", "3,7", "--init", "noise", "--seed", "4", "--tv-weight", "0.3"]
    options += ["--pooling", "avg", "--normalize-gradients", "--optimizer", "adam"]
    assert call(*pictures, "-o", f"a.{suffix}", *network, *options)[0] == 0
    like = ["--like", f"a.{suffix}", "--like-paths"]
    code, _, error = call(*pictures, "-o", f"b.{suffix}", *like, "--quiet")
    assert (code, error) == (0, "")
    assert embedded_run(f"b.{suffix}") == embedded_run(f"a.{suffix}")
    assert embedded_run(f"b.{suffix}")["settings"]["style_blend"] == [3, 7]
    assert pixels_of(f"b.{suffix}") == pixels_of(f"a.{suffix}")
    # What the command line says wins.
    assert call(*pictures, "-o", "c.png", *like, "--size", "20")[0] == 0
    expected = embedded_run(f"a.{suffix}")["settings"] | {"size": 20}
    assert embedded_run("c.png")["settings"] == expected
    assert pixels_of("c.png") != pixels_of(f"a.{suffix}")


@needs_runtime
def test_the_settings_in_the_picture_are_those_of_the_trace(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    assert call(*arguments, *network)[0] == 0
    assert embedded_run("a.png") == read_trace("a.jsonl")[0]


@needs_runtime
def test_another_model_than_the_pictures_is_told(folder, call, network, tiny):
    (folder / "net.onnx").write_bytes(tiny.read_bytes())
    arguments = ["render", "photo.png", "painting.png"]
    assert call(*arguments, "-o", "a.png", *network, "--model", "net.onnx")[0] == 0
    model = onnx.load("net.onnx")
    model.doc_string = "changed"
    onnx.save(model, "net.onnx")
    code, _, error = call(*arguments, "-o", "b.png", "--like", "a.png", "--like-paths", "--quiet")
    assert code == 0
    assert error == (
        "ortstyle: the picture of --like was painted with another model than net.onnx; "
        "the result will differ\n"
    )


@needs_runtime
@pytest.mark.parametrize("option", ["-o", "--trace", "--plot", "--compare"])
def test_the_picture_that_the_settings_come_from_is_kept(folder, call, network, option):
    arguments = ["render", "photo.png", "painting.png"]
    assert call(*arguments, "-o", "a.png", *network)[0] == 0
    before = Path("a.png").read_bytes()
    assert "would overwrite" in refusal_of(call, 1, *arguments, "--like", "a.png", option, "a.png")
    assert Path("a.png").read_bytes() == before


def painted_with(path, **changes):
    """Write a picture that says it was painted with these settings."""
    run = {"settings": (Settings().to_dict() | changes), "versions": {}, "model": {"sha256": "0"}}
    text = PngImagePlugin.PngInfo()
    text.add_text("ortstyle", json.dumps(run))
    Image.new("RGB", (8, 8)).save(path, pnginfo=text)


PATHS = {
    "content_mask": ["sky.png", ""],
    "style_mask": ["", "brush.png"],
    "init": "start.png",
    "model": "net.onnx",
}


def test_paths_of_a_picture_are_left_out(folder):
    painted_with("a.png", seed=7, **PATHS)
    values, left_out, _ = values_like(Path("a.png"), with_paths=False, given=["init"])
    assert Settings(**values) == Settings(seed=7)
    assert left_out == ["--content-mask sky.png", "--style-mask brush.png", "--model net.onnx"]
    values, left_out, _ = values_like(Path("a.png"), with_paths=True, given=[])
    assert (values["init"], values["model"], left_out) == ("start.png", "net.onnx", [])
    assert values["content_mask"] == ("sky.png", "")
    painted_with("b.png", init="noise")
    assert values_like(Path("b.png"), with_paths=False, given=[])[0]["init"] == "noise"


@pytest.mark.parametrize("name", PATHS)
def test_paths_on_another_machine_are_not_taken_even_if_asked_for(folder, name):
    path = r"\\evil\share\a.png"
    painted_with("a.png", **{name: [path] if name.endswith("mask") else path})
    values, *_ = values_like(Path("a.png"), with_paths=False, given=[])
    assert Settings(**values) == Settings()
    with pytest.raises(SettingsError, match=r"a\.png names .*evil.*, a file on another machine"):
        values_like(Path("a.png"), with_paths=True, given=[])
    values_like(Path("a.png"), with_paths=True, given=[name])  # which the user replaces


@needs_runtime
def test_what_is_left_out_is_said(folder, call, network):
    layers = {"content_layers": [["relu3", 1.0]], "style_layers": [["relu1", 1.0]]}
    painted_with("a.png", init="start.png", model="other.onnx", size=24, iterations=2, **layers)
    arguments = ["render", "photo.png", "painting.png", "-o", "b.png", "--quiet"]
    code, _, error = call(*arguments, "--like", "a.png", *network[:2])
    assert code == 0, error
    assert error.splitlines()[0] == (
        "ortstyle: --like a.png: left out are --init start.png; --like-paths takes them too"
    )
    message = refusal_of(call, 1, *arguments, "--like", "a.png", "--like-paths")
    assert "other.onnx" in message
    assert "--like-paths needs --like" in refusal_of(call, 2, *arguments, "--like-paths")


@pytest.mark.parametrize("versions", [None, {}, {"ortstyle": ["9.9"]}, {"ortstyle": "9.9"}])
def test_settings_of_another_version_are_named(tmp_path, versions):
    text = json.dumps({"settings": {f"new{i}": 1 for i in range(1000)}, "versions": versions})
    data = PngImagePlugin.PngInfo()
    data.add_itxt("ortstyle", text)
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=data)
    with pytest.raises(SettingsError) as caught:
        read_embedded(tmp_path / "a.png")
    message = str(caught.value)
    known = versions == {"ortstyle": "9.9"}
    assert f"by {'ortstyle 9.9' if known else 'another version of ortstyle'} with" in message
    assert "(new0, new1, new10, new100, new101, …)" in message
