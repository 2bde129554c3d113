"""`--explain`: settings, sizes and device are printed, and nothing is painted."""

import re
from pathlib import Path

import pytest
from commands import PICTURES, names, needs_runtime, refusal_of, start_after

from ortstyle.settings.settings import Settings


def test_explain_tells_and_does_nothing(folder, call, network):
    Path("mine.toml").write_text('base = "neural-style"\nseed = 9\nstyle_scale = 0.5')
    arguments = ["render", "photo.png", "painting.png", "--preset", "mine.toml", "-o", "a.png"]
    code, out, error = call(*arguments, "--size", "24", "--style-layers", "relu2_1", "--explain")
    assert (code, error) == (0, "")
    rows = [re.split(r" {2,}", line) for line in out.splitlines() if line]
    found = {name: rest for name, *rest in rows}
    assert found["content"] == ["photo.png, 48×36 → 24×18"]
    assert found["style"] == ["painting.png, 40×40 → 12×12"]
    assert found["output"] == ["a.png"]
    assert found["device"][0].startswith("auto: the first of ")
    assert found["seed"] == ["9", "preset mine.toml"]
    assert found["step"] == ["published", "preset neural-style"]
    assert found["size"] == ["24", "option"]
    assert found["style_layers"] == ["relu2_1:1", "option"]
    assert found["pooling"] == ["max", "default"]
    assert set(Settings.__dataclass_fields__) <= set(found)
    columns = {
        line.index("  " + found[name][1])
        for name in ("seed", "step", "size", "pooling")
        for line in out.splitlines()
        if line.startswith(f"{name} ")
    }
    assert len(columns) == 1
    assert names(folder) == ["mine.toml", "painting.png", "photo.png"]


@needs_runtime
def test_explain_of_a_run_like_another(folder, call, network):
    arguments = ["render", "photo.png", "painting.png"]
    assert call(*arguments, "-o", "a.png", "--seed", "4", *network)[0] == 0
    before = names(folder)
    code, out, error = call(
        *arguments, "--like", "a.png", "--like-paths", "--size", "20", "--explain"
    )
    assert (code, error) == (0, "")
    rows = [re.split(r" {2,}", line) for line in out.splitlines() if line]
    found = {name: rest for name, *rest in rows}
    assert found["content"] == ["photo.png, 48×36 → 20×15"]
    assert found["size"] == ["20", "option"]
    assert found["seed"] == ["4", "like"]
    assert found["style_layers"] == ["relu1:1,relu2:0.5", "like"]
    assert found["pooling"] == ["max", "like"]
    assert names(folder) == before


def test_explain_of_the_demo(folder, call):
    code, out, _ = call("demo", "--explain", "--device", "cuda:1", "--iterations", "7")
    assert code == 0
    assert re.search(r"^size +384 +demo$", out, re.MULTILINE)
    assert re.search(r"^iterations +7 +option$", out, re.MULTILINE)
    assert re.search(r"^device +cuda:1, NVIDIA GPU$", out, re.MULTILINE)
    assert "demo.png" not in names(folder)


@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        (1, ["none.png", "painting.png"], "content none.png does not exist"),
        (1, ["photo.png", "none.png"], "style none.png does not exist"),
        (
            1,
            ["photo.png", "painting.png", "--style-scale", "0.001", "--size", "48"],
            "style painting.png is too small at 1×1, with --style-scale 0.001",
        ),
        (2, ["photo.png", "painting.png", "--device", "cpuu"], "did you mean cpu?"),
        (2, ["photo.png", "painting.png", "--style-blend", "1,2"], "for 1 styles"),
        (2, ["photo.png", "painting.png", "--style-scale", "1,2"], "for 1 styles"),
        (
            2,
            ["photo.png", "painting.png", "--content-mask", "a.png", "--content-mask", "-"],
            "--content-mask has 2 masks for 1 styles",
        ),
        (
            1,
            ["photo.png", "painting.png", "--content-mask", "none.png"],
            "content mask none.png does not exist",
        ),
        (2, ["photo.png", "painting.png", "--iterations", "3,2"], "has 2 numbers; give --scales 2"),
        (2, ["photo.png", "painting.png", "--iterations", "x"], "'x' is no whole number"),
        (2, ["photo.png", "painting.png", "--tv", "l3"], "choose from sum, l1, l2"),
        (2, ["photo.png", "painting.png", "--seed", "-2"], "--seed"),
        (2, ["photo.png", "painting.png", "--depth", "12"], "--depth must be 8 or 16"),
        (2, ["photo.png", "painting.png", "--like", "photo.png"], "holds no settings"),
        (
            2,
            ["photo.png", "painting.png", "--like", "photo.png", "--preset", "bold"],
            "--preset and --like both",
        ),
    ],
)
def test_explain_finds_what_is_wrong(folder, call, code, arguments, words):
    assert words in refusal_of(call, code, "render", *arguments, "--explain")


def test_explain_loads_no_onnx_runtime(folder):
    code = (
        "import sys, atexit\n"
        "heavy = {'onnx', 'onnx_ir', 'onnxruntime'}\n"
        "atexit.register(lambda: print('loaded:', sorted(heavy & set(sys.modules))))\n"
    )
    result = start_after(code, "render", *PICTURES, "--explain")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "loaded: []"
