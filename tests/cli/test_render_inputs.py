"""Pictures and models that can't be used: one line that says why."""

import os

import onnx
from commands import (
    needs_runtime,
    refusal_of,
)
from onnx import TensorProto, helper
from PIL import Image


def wrong_files(folder):
    """Make files that are no pictures, and return what is said of each."""
    whole = (folder / "photo.png").read_bytes()
    (folder / "empty.png").touch()
    (folder / "short.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text.png").write_text("no picture")
    (folder / "deep.png").mkdir()
    return {
        "missing.png": "does not exist",
        "empty.png": "is empty",
        "short.png": "damaged or cut short",
        "text.png": "not a picture",
        "deep.png": "is a folder",
        "x" * 300 + ".png": "name too long" if os.name == "posix" else "",
    }


@needs_runtime
def test_pictures_that_can_not_be_read(folder, call, network):
    for name, words in wrong_files(folder).items():
        for what, content, style in [
            ("content", name, "painting.png"),
            ("style", "photo.png", name),
        ]:
            arguments = ["render", content, style, "-o", "out.png", *network]
            message = refusal_of(call, 1, *arguments)
            assert f"{what} {name}" in message
            assert words.lower() in message.lower()
        message = refusal_of(
            call, 1, "render", "photo.png", "painting.png", *network, "--init", name
        )
        assert f"--init {name}" in message


@needs_runtime
def test_a_picture_too_small_for_the_network(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", *network]
    message = refusal_of(call, 1, *arguments, "--size", "5")
    assert "content photo.png is too small at 5×3: tiny.onnx needs 4 pixels" in message
    message = refusal_of(call, 1, *arguments, "--style-scale", "0.05")
    assert "style painting.png is too small at 1×1, with --style-scale" in message


def other_models(folder):
    """Make model files that are no feature networks."""
    (folder / "text.onnx").write_text("no model")
    (folder / "empty.onnx").touch()
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    node = helper.make_node("Relu", ["x"], ["y"])
    graph = helper.make_graph([node], "vector", values[:1], values[1:])
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), folder / "vector.onnx")
    return ["text.onnx", "empty.onnx", "vector.onnx", "missing.onnx", "photo.png"]


@needs_runtime
def test_files_that_are_no_models(folder, call):
    for name in other_models(folder):
        arguments = ["render", "photo.png", "painting.png", "-o", "out.png", "--model", name]
        assert name in refusal_of(call, 1, *arguments)


@needs_runtime
def test_masks_are_told_of_before_the_work(folder, call, network):
    Image.new("L", (90, 20), 255).save("sky.png")
    Image.new("RGBA", (48, 36), (255, 255, 255, 0)).save("clear.png")
    Image.new("L", (48, 36), 255).save("white.png")
    render = ["render", "photo.png", "painting.png", "-o", "out.png", *network]
    code, _, error = call(*render, "--content-mask", "sky.png")
    assert code == 0
    said = "content mask sky.png is 90×20 and content photo.png 48×36: the mask is stretched"
    assert error.count(said) == 1
    assert error.index(said) < error.index("loss")
    message = refusal_of(call, 1, *render, "--content-mask", "clear.png")
    assert "content mask clear.png is black everywhere" in message
    message = refusal_of(
        call, 1, "render", "photo.png", "painting.png", "photo.png", "-o", "out.png", *network,
        "--content-mask", "white.png", "--content-mask", "-",
    )  # fmt: skip
    assert "content mask white.png is white everywhere and leaves no room for style" in message
