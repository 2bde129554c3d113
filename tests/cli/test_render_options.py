"""The options of `ortstyle render`: each reaches the run, wrong ones are refused."""

import re
from pathlib import Path

import pytest
from commands import (
    PICTURES,
    embedded_run,
    names,
    needs_runtime,
    pixels_of,
    read_trace,
    refusal_of,
    start,
)
from PIL import Image


@needs_runtime
def test_the_options_reach_the_run(folder, call, network, painting):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    results = []
    painting.save("start.png")
    mask = Image.new("L", painting.size)
    mask.paste(255, (0, 0, 20, 40))
    mask.save("left.png")
    for options in (
        [],
        ["--style-weight", "100"],
        ["--content-weight", "1e6"],
        ["--tv-weight", "50"],
        ["--style-scale", "0.5"],
        ["--style-layers", "relu1"],
        ["--content-layers", "relu2:3"],
        ["--style-scale", "0.5+1"],
        ["--style-mask", "left.png"],
        ["--style-loss", "gram"],
        ["--style-loss", "wasserstein"],
        ["--tv", "l1", "--tv-weight", "1e3"],
        ["--tv", "l2", "--tv-weight", "1e3"],
        ["--no-equalize"],
        ["--pooling", "avg"],
        ["--pooling", "avg", "--no-rescale-pooling"],
        ["--pooling", "l2"],
        ["--padding", "zero"],
        ["--padding", "reflect"],
        ["--scales", "2"],
        ["--scales", "2", "--iterations", "3,2"],
        ["--init", "noise"],
        ["--init", "style"],
        ["--init", "noise", "--seed", "7"],
        ["--init", "start.png"],
        ["--optimizer", "adam"],
        ["--optimizer", "adam", "--learning-rate", "3"],
        ["--step", "published"],
        ["--iterations", "12"],
        ["--iterations", "12", "--history", "1"],
        ["--normalize-gradients"],
        ["--colors", "content"],
        ["--colors", "match-linear"],
        ["--colors", "match-histogram"],
        ["--colors", "luminance"],
        ["--preset", "neural-style"],
        ["--size", "20"],
    ):
        code, _, error = call(*arguments, *network, *options)
        assert code == 0, error
        result = pixels_of("a.png"), [line["loss"] for line in read_trace("a.jsonl")[1]]
        assert result not in results, options
        results.append(result)


@needs_runtime
def test_a_preset_of_ones_own_reaches_the_run(folder, call, network):
    Path("mine.toml").write_text('base = "neural-style"\nseed = 4')
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", *network]
    code, _, error = call(*arguments, "--preset", "mine.toml", "--trace", "a.jsonl")
    assert code == 0, error
    found = read_trace("a.jsonl")[0]["settings"]
    assert (found["seed"], found["init"], found["iterations"]) == (4, "noise", 5)
    Path("mine.toml").write_text("sede = 4")
    message = refusal_of(call, 2, *arguments, "--preset", "mine.toml")
    assert message == (
        "ortstyle: preset mine.toml: setting: 'sede' is unknown; did you mean seed?\n"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--style-layers", "relu_2"], "tiny.onnx has no layer 'relu_2'; did you mean 'relu2'?"),
        (["--content-layers", "conv9"], "tiny.onnx has no layer 'conv9'; did you mean 'conv"),
        (["--style-layers", "relu1:x"], "--style-layers: 'relu1:x': 'x' is no number"),
        (["--style-layers", "relu1,relu1"], "--style-layers names a layer twice"),
        (["--style-layers", "relu1:0"], "--style-layers: every weight is 0"),
        (["--content-layers", ""], "--content-layers names no layer"),
        (["--preset", "neural"], "--preset: 'neural' is unknown; did you mean neural-style?"),
        (["--device", "cpuu"], "--device: 'cpuu' is unknown; did you mean cpu?"),
        (["--pooling", "maximum"], "--pooling: 'maximum' is unknown"),
        (["--optimizer", "sgd"], "--optimizer: 'sgd' is unknown; choose from lbfgs, adam"),
        (["--step", "longer"], "--step: 'longer' is unknown"),
        (["--colors", "contnt"], "--colors: 'contnt' is unknown; did you mean content?"),
        (["--style-weight", "nan"], "--style-weight: nan is out of range"),
        (["--content-weight", "-1"], "--content-weight: -1 is out of range"),
        (["--tv-weight", "inf"], "--tv-weight: inf is out of range"),
        (["--content-weight", "0", "--style-weight", "0"], "--style-weight are both 0"),
        (["--style-blend", "1,2"], "--style-blend has 2 weights for 1 styles"),
        (["--style-blend", "0"], "--style-blend: every weight is 0"),
        (["--style-blend", "a"], "--style-blend: 'a' is no number"),
        (["--icc", "adobe"], "--icc: 'adobe' is unknown; choose from srgb, keep"),
        (["--depth", "12"], "--depth must be 8 or 16"),
        (["--quality", "0"], "--quality must lie in 1–100"),
        (["--chroma", "411"], "--chroma: '411' is unknown"),
        (["--like", "photo.png"], "--like photo.png holds no settings"),
        (["--like", "photo.png", "--preset", "default"], "--preset and --like both"),
        (["--size", "0"], "--size must be at least 1"),
        (["--iterations", "0"], "--iterations must be at least 1"),
        (["--history", "-3"], "--history must be at least 1"),
        (["--max-pixels", "0"], "--max-pixels must be at least 1"),
        (["--seed", "-2"], "--seed must be at least -1"),
        (["--learning-rate", "0"], "--learning-rate must be above 0"),
        (["--style-scale", "0"], "--style-scale must be above 0"),
        (["--size", "big"], "--size"),
        (["--seed", "1.5"], "--seed"),
        (["--save-every", "0"], "--save-every"),
        (["--tv-weigth", "1"], "--tv-weigth"),
        (["--size"], "--size"),
    ],
)
@needs_runtime
def test_wrong_options(folder, call, network, options, words):
    arguments = ["render", "photo.png", "painting.png", "-o", "out.png"]
    message = refusal_of(call, 2, *arguments, *network, *options)
    assert words in message


@needs_runtime
def test_a_style_too_small_for_the_network_is_told_before_the_work(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", "-o", "out.png"]
    message = refusal_of(call, 1, *arguments, *network, "--style-scale", "0.001")
    assert "style painting.png is too small" in message
    assert "give a --style-scale of" in message


@pytest.mark.parametrize(
    ("amount", "code", "told"),
    [("6", 2, "write 500MB or 6GB"), ("1MB", 2, "24×18 takes"), ("-3GB", 2, "no amount")],
)
@needs_runtime
def test_memory_that_can_t_be(folder, call, network, amount, code, told):
    options = [*network, f"--memory={amount}", "-o", "out.png"]
    found, _, err = call("render", "photo.png", "painting.png", *options)
    assert found == code
    assert told in err
    assert err.count("\n") == 1
    assert names(folder) == ["painting.png", "photo.png"]


@needs_runtime
def test_a_seed_that_is_drawn_is_said_and_recorded(folder, call, network):
    render = ["render", *PICTURES, *network, "--init", "random"]
    code, _, error = call(*render, "--seed", "-1", "-o", "a.png")
    assert code == 0
    seed = re.search(
        r"^ortstyle: the seed is (\d+); --seed \1 repeats this run$", error, re.MULTILINE
    )[1]
    found = embedded_run("a.png")["settings"]
    assert (found["seed"], found["init"]) == (int(seed), "noise")
    assert "the seed is" not in call(*render, "--seed", seed, "-o", "b.png")[2]
    assert pixels_of("b.png") == pixels_of("a.png")


@needs_runtime
def test_the_size_of_the_content_is_kept(folder, call, network):
    render = ["render", *PICTURES, *network, "-o", "a.png", "--scales", "1"]
    code, out, error = call(*render, "--size", "content", "--compare", "a.html")
    assert (code, out.partition(",")[0]) == (0, "wrote a.png (48×36")
    assert "enlarged" not in error
    assert embedded_run("a.png")["settings"]["size"] == 48
    error = call(*render, "--size", "60")[2]
    assert error.count("content photo.png is enlarged from 48 to 60 pixels") == 1
    explained = call(*render, "--size", "content", "--explain")[1]
    assert "photo.png, 48×36 → 48×36" in explained
    assert re.search(r"^size +content +option$", explained, re.MULTILINE)
    assert "60×45" in call(*render, "--like", "a.png", "--size", "60", "--explain")[1]


def test_a_preset_may_keep_the_size_of_the_content(folder, call):
    Path("mine.toml").write_text('size = "content"\ninit = "random"')
    code, out, _ = call("render", *PICTURES, "--preset", "mine.toml", "--explain")
    assert code == 0
    assert "photo.png, 48×36 → 48×36" in out
    assert re.search(r"^init +noise +preset", out, re.MULTILINE)


@needs_runtime
def test_the_threads_are_limited_and_recorded(folder, network):
    for threads in ("1", "2"):
        result = start("render", *PICTURES, *network, "-o", "a.png", "--threads", threads)
        assert result.returncode == 0, result.stderr
        assert embedded_run("a.png")["threads"] == int(threads)
    assert start("render", *PICTURES, "--threads", "0").returncode == 2
