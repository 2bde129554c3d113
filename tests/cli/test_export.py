"""`ortstyle export`: the graph and its description."""

import json
from pathlib import Path

import onnx
import pytest
from commands import (
    refusal_of,
    start,
)


def test_export_writes_the_graph_and_its_description(folder, network):
    options = network[: network.index("--size")]
    result = start("export", "out.onnx", "--width", "20", "--height", "16", *options)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "wrote out.onnx\nwrote out.json\n"
    assert result.stderr == ""
    onnx.checker.check_model("out.onnx", full_check=True)
    described = json.loads(Path("out.json").read_text("utf-8"))
    assert described["inputs"][0]["shape"] == [1, 3, 16, 20]
    assert described["settings"]["style_layers"] == [["relu1", 1], ["relu2", 0.5]]


def test_the_limit_of_the_content_can_be_given(folder, call, network):
    options = network[: network.index("--size")]
    assert call("export", "out.onnx", *options, "--content-limit", 0)[0] == 0
    assert json.loads(Path("out.json").read_text("utf-8"))["settings"]["content_limit"] == 0


@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        (1, ["out.pb"], "out.onnx"),
        (1, ["none/out.onnx"], "can't be written"),
        (1, ["out.onnx", "--width", "2"], "too small"),
        (1, ["out.onnx", "--model", "photo.png"], "photo.png: not a usable ONNX model"),
        (2, ["out.onnx", "--style-layers", "relu9"], "did you mean"),
        (2, ["out.onnx", "--preset", "x"], "--preset"),
    ],
)
def test_exports_that_are_refused(folder, call, network, code, arguments, words):
    options = network[: network.index("--size")]
    assert words in refusal_of(call, code, "export", arguments[0], *options, *arguments[1:])
