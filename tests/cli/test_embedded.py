"""`--like`: the settings of a picture that ortstyle wrote."""

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


@needs_runtime
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_a_run_like_another_has_its_settings(folder, call, network, painting, suffix):
    painting.rotate(90).save("other.png")
    pictures = ["render", "photo.png", "painting.png", "other.png"]
    options = ["--style-blend", "3,7", "--init", "noise", "--seed", "4", "--tv-weight", "0.3"]
    options += ["--pooling", "avg", "--normalize-gradients", "--optimizer", "adam"]
    assert call(*pictures, "-o", f"a.{suffix}", *network, *options)[0] == 0
    code, _, error = call(*pictures, "-o", f"b.{suffix}", "--like", f"a.{suffix}", "--quiet")
    assert (code, error) == (0, "")
    assert embedded_run(f"b.{suffix}") == embedded_run(f"a.{suffix}")
    assert embedded_run(f"b.{suffix}")["settings"]["style_blend"] == [3, 7]
    assert pixels_of(f"b.{suffix}") == pixels_of(f"a.{suffix}")
    # What the command line says wins.
    assert call(*pictures, "-o", "c.png", "--like", f"a.{suffix}", "--size", "20")[0] == 0
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
    code, _, error = call(*arguments, "-o", "b.png", "--like", "a.png", "--quiet")
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
