"""The command line: what it writes, what it says, how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from commands import ENVIRONMENT, RUN, needs_runtime
from onnx import TensorProto, helper
from ortstyle.cli.like import read_run
from PIL import Image
from profiles import DISPLAY_P3

import ortstyle
from ortstyle.cli import main as cli
from ortstyle.pictures.read import read_embedded_text, read_picture
from ortstyle.run import objective_factory as factory, probe
from ortstyle.runtime import availability, devices
from ortstyle.settings.presets import from_preset, preset_names
from ortstyle.settings.record import Settings


@pytest.fixture
def call(monkeypatch, capfd):
    """Give a function that runs a command in this process: exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ortstyle", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code, *capfd.readouterr()

    return run


def start(*arguments, **changes):
    """Run a command as a user does."""
    return subprocess.run(
        [*RUN, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT | changes,
        check=False,
    )


def pixels_of(path):
    """Give what a picture shows; its file also tells the settings."""
    with Image.open(path) as picture:
        return picture.size, picture.convert("RGB").tobytes()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# A run


@needs_runtime
def test_render_writes_the_picture_beside_the_current_folder(folder, network):
    result = start("render", "photo.png", "painting.png", *network)
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"wrote photo-painting\.png \(24×18, \d+ s\)\n", result.stdout)
    assert "scale 1/1, 24×18: 5/5, loss " in result.stderr
    assert names(folder) == ["painting.png", "photo-painting.png", "photo.png"]
    with Image.open("photo-painting.png") as picture:
        assert (picture.size, picture.mode, picture.format) == ((24, 18), "RGB", "PNG")


@needs_runtime
def test_the_default_name_lies_in_the_current_folder(folder, call, network, painting):
    (folder / "deep").mkdir()
    painting.save("deep/first.jpg")
    code, _, _ = call("render", "deep/first.jpg", "painting.png", "photo.png", *network)
    assert code == 0
    assert Path("first-painting.png").is_file()


@needs_runtime
def test_the_options_reach_the_run(folder, call, network, painting):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    results = []
    painting.save("start.png")
    left_half(painting.size).save("left.png")
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
        ["--scales", "2", "--iterations", "1,4"],
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
        lines = Path("a.jsonl").read_text("utf-8").splitlines()[1:]
        result = pixels_of("a.png"), [json.loads(line)["loss"] for line in lines]
        assert result not in results, options
        results.append(result)


def left_half(size):
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask


@needs_runtime
def test_each_style_has_its_region(folder, call, network, photo):
    photo.rotate(90).save("other.png")
    left_half(photo.size).save("left.png")
    arguments = ["render", "photo.png", "painting.png", "other.png", *network]
    results = set()
    for masks in ([], ["left.png", "-"], ["-", "left.png"]):
        options = [o for mask in masks for o in ("--content-mask", mask)]
        assert call(*arguments, "-o", "a.png", *options)[0] == 0
        results.add(pixels_of("a.png"))
    assert len(results) == 3
    code, _, error = call(*arguments, "-o", "b.png", "--like", "a.png")
    assert code == 0, error
    assert pixels_of("b.png") == pixels_of("a.png")


@needs_runtime
def test_several_styles_are_blended(folder, call, network, photo):
    photo.rotate(90).save("other.png")
    arguments = ["render", "photo.png", "painting.png", "other.png", "-o", "a.png", *network]
    results = set()
    for blend in ("1,0", "0,1", "3,7"):
        assert call(*arguments, "--style-blend", blend)[0] == 0
        results.add(pixels_of("a.png"))
    assert len(results) == 3


@needs_runtime
def test_the_trace_has_a_line_an_evaluation(folder, call, network, tiny):
    code, _, _ = call(
        *["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl", *network]
    )
    assert code == 0
    first, *rest = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()]
    assert first["run"]["settings"]["model"] == str(tiny)
    assert first["run"]["settings"]["style_layers"] == [["relu1", 1], ["relu2", 0.5]]
    assert set(first["run"]) == {"settings", "device", "versions", "model"}
    assert [line["evaluation"] for line in rest] == [1, 2, 3, 4, 5]
    assert set(rest[0]) == {"scale", "width", "height", "evaluation", "loss", "terms", "seconds"}
    assert rest[0]["loss"] == pytest.approx(sum(rest[0]["terms"].values()), rel=1e-5)


@needs_runtime
def test_the_picture_is_saved_now_and_then(folder, call, network):
    code, _, _ = call(
        *["render", "photo.png", "painting.png", "-o", "a.jpg", "--save-every", "2", *network]
    )
    assert code == 0
    assert names(folder) == ["a-0002.jpg", "a-0004.jpg", "a.jpg", "painting.png", "photo.png"]
    with Image.open("a-0002.jpg") as early, Image.open("a.jpg") as late:
        assert early.size == late.size == (24, 18)
        assert early.tobytes() != late.tobytes()


@needs_runtime
def test_quiet_prints_nothing(folder, network):
    result = start("render", "photo.png", "painting.png", "--quiet", *network)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert Path("photo-painting.png").is_file()


@needs_runtime
def test_an_output_that_was_there_is_replaced(folder, call, network):
    Path("a.png").write_bytes(b"older")
    assert call("render", "photo.png", "painting.png", "-o", "a.png", *network)[0] == 0
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)


@needs_runtime
def test_a_log_in_an_encoding_without_the_cross(folder, network):
    arguments = ["render", "photo.png", "painting.png", "-o", "画.png", *network]
    result = start(*arguments, PYTHONIOENCODING="cp1251")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("wrote ?.png (24?18")
    assert Path("画.png").is_file()


@needs_runtime
def test_demo_paints_the_packaged_pictures(folder):
    result = start("demo", "--size", "64", "--iterations", "3")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("wrote demo.png (64×")
    with Image.open("demo.png") as picture:
        assert max(picture.size) == 64


def test_demo_has_settings_of_its_own_and_takes_others(monkeypatch):
    asked = []
    monkeypatch.setattr(cli, "_paint", lambda *_, settings, **__: asked.append(settings))
    for options in ([], ["--size", "100"], ["--preset", "neural-style", "--iterations", "7"]):
        monkeypatch.setattr(sys, "argv", ["ortstyle", "demo", *options])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 0
    found = [(s.size, s.iterations, s.history) for s in asked]
    size, iterations = cli.DEMO_SIZE, cli.DEMO_ITERATIONS
    assert found == [(size, iterations, 20), (100, iterations, 20), (size, 7, 100)]


# Files


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
    assert read_run(f"b.{suffix}") == read_run(f"a.{suffix}")
    assert read_run(f"b.{suffix}").settings.style_blend == (3, 7)
    assert pixels_of(f"b.{suffix}") == pixels_of(f"a.{suffix}")
    # What the command line says wins.
    assert call(*pictures, "-o", "c.png", "--like", f"a.{suffix}", "--size", "20")[0] == 0
    assert read_run("c.png").settings == replace(read_run(f"a.{suffix}").settings, size=20)
    assert pixels_of("c.png") != pixels_of(f"a.{suffix}")


@needs_runtime
def test_the_settings_in_the_picture_are_those_of_the_trace(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    assert call(*arguments, *network)[0] == 0
    run = json.loads(Path("a.jsonl").read_text("utf-8").splitlines()[0])["run"]
    assert json.loads(read_embedded_text("a.png")) == run


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
        "ortstyle: --like was painted with another model than net.onnx; the result will differ\n"
    )


@needs_runtime
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_stay_sixteen(folder, call, network, suffix):
    ramp = np.linspace(20000, 40000, 48 * 36).astype(np.uint16).reshape(36, 48)
    Image.fromarray(ramp).save(f"deep.{suffix}")
    options = ["--style-weight", "0", "--tv-weight", "0"]
    for name, extra in (("a", []), ("b", ["--depth", "8"])):
        output = f"{name}.{suffix}"
        arguments = ["render", f"deep.{suffix}", "painting.png", "-o", output, *extra]
        assert call(*arguments, *network, *options)[0] == 0
    deep, shallow = read_picture(f"a.{suffix}"), read_picture(f"b.{suffix}")
    assert (deep.depth, shallow.depth) == (16, 8)
    assert len(np.unique(deep.pixels)) > 256
    np.testing.assert_allclose(deep.pixels, shallow.pixels, atol=0.51)
    fitted = read_picture(f"deep.{suffix}").resize_to_side(24).pixels
    np.testing.assert_allclose(deep.pixels, fitted, atol=0.01)  # there is nothing to paint
    assert call("render", "photo.png", "painting.png", "-o", "c.jpg", *network)[0] == 0


@needs_runtime
def test_profile_transparency_and_exif_reach_the_result(folder, call, network, photo):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera", 6
    photo = photo.copy()  # it is shared
    photo.putalpha(128)
    photo.save("rich.png", icc_profile=DISPLAY_P3, exif=exif)
    for mode, profile in (("srgb", srgb_profile()), ("keep", DISPLAY_P3)):
        arguments = ["render", "rich.png", "painting.png", "-o", "a.png", "--icc", mode]
        assert call(*arguments, *network)[0] == 0
        with Image.open("a.png") as image:
            assert (image.size, image.mode) == ((18, 24), "RGBA")
            assert image.getchannel("A").getextrema() == (128, 128)
            assert image.info["icc_profile"] == profile
            assert image.getexif()[0x010F] == "Camera"
            assert image.getexif()[0x0112] == 1


@needs_runtime
def test_notices_about_files_are_told_even_quietly(folder, call, network, photo):
    photo.save("a.gif", save_all=True, append_images=[photo.rotate(90)])
    photo.save("wrong.png", icc_profile=b"nonsense" * 20)
    code, _, error = call("render", "a.gif", "wrong.png", "-o", "a.png", "--quiet", *network)
    assert code == 0
    assert error == (
        "content a.gif holds 2 pictures; the first is taken; "
        "style wrong.png: its colour profile is damaged or for other pictures, and is ignored\n"
    )
    code, _, error = call(
        *["render", "photo.png", "painting.png", "--icc", "keep", "--quiet", *network]
    )
    assert code == 0
    assert error.startswith("ortstyle: --icc keep: content photo.png has no colour profile")


@needs_runtime
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "a.jpg", "--depth", "16"], "--depth 16: .jpg holds 8 bits"),
        (["-o", "a.png", "--quality", "80"], "--quality: .png has none to choose"),
        (["-o", "a.webp", "--chroma", "420"], "--chroma: .webp has none to choose"),
    ],
)
def test_what_a_format_can_not_do_is_found_out_before(folder, call, network, options, words):
    assert words in refusal_of(call, 1, "render", "photo.png", "painting.png", *network, *options)


@needs_runtime
def test_every_picture_of_a_run_is_written_alike_beside_plot_and_page(folder, call, network):
    ramp = np.linspace(20000, 40000, 48 * 36).astype(np.uint16).reshape(36, 48)
    Image.fromarray(ramp).save("deep.png")
    extra = ["--save-every", "2", "--plot", "loss.svg", "--compare", "page.html"]
    arguments = ["render", "deep.png", "painting.png", "-o", "a.png"]
    assert call(*arguments, *network, *extra)[0] == 0
    for name in ("a.png", "a-0002.png", "a-0004.png"):
        assert read_picture(name).depth == 16
        assert read_run(name) == read_run("a.png")
    assert Path("page.html").read_text("utf-8").count("data:image/jpeg;base64,") == 3


@needs_runtime
@pytest.mark.parametrize("option", ["-o", "--trace", "--plot", "--compare"])
def test_the_picture_that_the_settings_come_from_is_kept(folder, call, network, option):
    arguments = ["render", "photo.png", "painting.png"]
    assert call(*arguments, "-o", "a.png", *network)[0] == 0
    before = Path("a.png").read_bytes()
    assert "would overwrite" in refusal_of(call, 1, *arguments, "--like", "a.png", option, "a.png")
    assert Path("a.png").read_bytes() == before


# What it leaves beside the picture


@needs_runtime
def test_the_loss_is_drawn(folder, call, network):
    for name in ("loss.png", "loss.svg", "loss.HTML"):
        arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--plot", name]
        assert call(*arguments, *network)[0] == 0
        assert name in names(folder)
    with Image.open("loss.png") as picture:
        assert picture.format == "PNG"
    points = re.findall(r'points="([^"]*)"', Path("loss.svg").read_text("utf-8"))
    assert [len(line.split()) for line in points].count(5) >= 2  # five evaluations
    assert names(folder) == sorted(
        ["a.png", "loss.HTML", "loss.png", "loss.svg", "painting.png", "photo.png"]
    )


@needs_runtime
def test_a_page_compares(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", "photo.png", "-o", "a.png"]
    assert call(*arguments, "--compare", "page.html", *network)[0] == 0
    text = Path("page.html").read_text("utf-8")
    assert text.count("data:image/jpeg;base64,") == 4
    captions = re.findall(r"<figcaption>(.*?) <small>", text)
    assert captions == [
        *["content: photo.png", "style: painting.png", "style: photo.png", "result: a.png"]
    ]
    assert "<polyline" in text
    assert "relu1:1,<wbr>relu2:0.5" in text


@needs_runtime
@pytest.mark.parametrize("option", ["--plot", "--compare"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none/a.html", "its folder does not exist"),
        ("folder.html", "is a folder"),
        ("a.gif", "must end in"),
        ("photo.png", "would overwrite"),
        ("trace.html", "would overwrite"),
        ("x" * 300 + ".html", "can't be written"),
    ],
)
def test_plots_and_pages_are_checked_before_the_work(
    folder, call, network, monkeypatch, option, name, words
):
    (folder / "folder.html").mkdir()
    before = Path("photo.png").read_bytes()
    monkeypatch.setattr(factory.Objective, "open", lambda _: pytest.fail("it has begun"))
    arguments = ["render", "photo.png", "painting.png", "--trace", "trace.html", option, name]
    message = refusal_of(call, 1, *arguments, *network)
    assert f"{option[2:]} {Path(name)}" in message
    assert words in message
    assert Path("photo.png").read_bytes() == before


@needs_runtime
def test_no_two_files_have_one_name(folder, call, network):
    Path("mine.toml").write_text("seed = 1")
    pictures = ["render", "photo.png", "painting.png", "-o", "out.png"]
    for options in (
        ["--plot", "a.html", "--compare", "a.html"],
        ["--plot", "out.png"],
        ["--plot", "out-0002.png", "--save-every", "2"],
        ["--preset", "mine.toml", "--trace", "mine.toml"],
    ):
        assert "would overwrite" in refusal_of(call, 1, *pictures, *network, *options)
    assert Path("mine.toml").read_text() == "seed = 1"


@needs_runtime
def test_a_run_that_is_stopped_leaves_plot_and_page(folder, call, network, monkeypatch):
    real, count = factory.Objective.__call__, []

    def stop_late(self, image):
        count.append(1)
        if len(count) == 4:
            raise KeyboardInterrupt
        return real(self, image)

    monkeypatch.setattr(factory.Objective, "__call__", stop_late)
    extra = ["--plot", "loss.svg", "--compare", "page.html"]
    code, out, _ = call("render", "photo.png", "painting.png", "-o", "a.png", *extra, *network)
    assert (code, out) == (130, "")
    assert names(folder) == ["a.png", "loss.svg", "page.html", "painting.png", "photo.png"]
    points = re.findall(r'points="([^"]*)"', Path("loss.svg").read_text("utf-8"))
    assert 3 in [len(line.split()) for line in points]
    assert Path("page.html").read_text("utf-8").count("data:image/jpeg;base64,") == 3


@needs_runtime
def test_a_thumbnail_needs_a_terminal_that_shows_it(folder, call, network, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-kitty")
    arguments = ["render", "photo.png", "painting.png", *network]
    assert "--thumbnail: this terminal" in refusal_of(call, 2, *arguments, "--thumbnail")
    code, _, error = call(*arguments)
    assert (code, "\x1b_G" in error) == (0, False)


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
@pytest.mark.parametrize(
    ("term", "options", "shown"),
    [
        ("xterm-kitty", [], True),
        ("foot", ["--thumbnail"], True),
        ("xterm-kitty", ["--no-thumbnail"], False),
        ("xterm-kitty", ["--quiet"], False),
        ("xterm", [], False),
    ],
)
def test_the_terminal_shows_the_picture(folder, network, term, options, shown):
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    environment = {k: v for k, v in ENVIRONMENT.items() if not k.startswith(("TERM_", "KITTY"))}
    command = [*RUN, "render", "photo.png", "painting.png", *network, *options]
    with subprocess.Popen(command, stderr=theirs, env=environment | {"TERM": term}) as process:
        os.close(theirs)
        text = b""
        while process.poll() is None:
            text += read_terminal(ours)
        while more := read_terminal(ours):
            text += more
    os.close(ours)
    assert process.returncode == 0, text
    assert (b"\x1b_Ga=T" in text or b"\x1bPq" in text) == shown


def read_terminal(descriptor):
    """Read what a terminal was sent in a moment; nothing once the other side has gone."""
    import select

    if not select.select([descriptor], [], [], 0.05)[0]:
        return b""
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""


# What it would do


def test_explain_tells_and_does_nothing(folder, call, network, monkeypatch):
    monkeypatch.setattr(cli, "_paint", lambda *_, **__: pytest.fail("it runs"))
    Path("mine.toml").write_text('base = "neural-style"\nseed = 9\nstyle_scale = 0.5')
    arguments = ["render", "photo.png", "painting.png", "--preset", "mine.toml", "-o", "a.png"]
    code, out, error = call(*arguments, "--size", "24", "--style-layers", "relu2", "--explain")
    assert (code, error) == (0, "")
    rows = [re.split(r" {2,}", line) for line in out.splitlines() if line]
    found = {name: rest for name, *rest in rows}
    assert found["content"] == ["photo.png, 48×36 → 24×18"]
    assert found["style"] == ["painting.png, 40×40 → 12×12"]
    assert found["output"] == ["a.png"]
    assert found["device"][0].startswith("auto: the first that is ready")
    assert found["seed"] == ["9", "preset mine.toml"]
    assert found["step"] == ["published", "preset neural-style"]
    assert found["size"] == ["24", "option"]
    assert found["style_layers"] == ["relu2:1", "option"]
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
    code, out, error = call(*arguments, "--like", "a.png", "--size", "20", "--explain")
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
    assert re.search(rf"^size +{cli.DEMO_SIZE} +demo$", out, re.MULTILINE)
    assert re.search(r"^iterations +7 +option$", out, re.MULTILINE)
    assert re.search(r"^device +cuda:1, NVIDIA GPU$", out, re.MULTILINE)
    assert "demo.png" not in names(folder)


@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        (1, ["none.png", "painting.png"], "content none.png does not exist"),
        (1, ["photo.png", "none.png"], "style none.png does not exist"),
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
        (2, ["photo.png", "painting.png", "--seed", "-1"], "--seed"),
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


# Presets


def test_presets_are_listed_with_what_differs(call):
    code, out, error = call("presets")
    assert (code, error) == (0, "")
    heads = [line.partition(":")[0] for line in out.splitlines() if line[0] != " "]
    assert heads == preset_names()
    assert '    init = "noise"' in out.splitlines()
    assert "    size = 512" not in out


def test_one_preset_is_shown_whole_and_can_be_used_as_it_is(folder, call):
    code, out, error = call("presets", "neural-style")
    assert (code, error) == (0, "")
    assert out.startswith("# The published implementation")
    assert "size = 512\n" in out
    Path("mine.toml").write_text(out, "utf-8")
    assert from_preset("mine.toml") == from_preset("neural-style")
    assert call("presets", "mine.toml") == (0, out, "")
    assert "did you mean bold?" in refusal_of(call, 2, "presets", "bald")


@needs_runtime
def test_a_preset_of_ones_own_reaches_the_run(folder, call, network):
    Path("mine.toml").write_text('base = "neural-style"\nseed = 4')
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", *network]
    code, _, error = call(*arguments, "--preset", "mine.toml", "--trace", "a.jsonl")
    assert code == 0, error
    run = json.loads(Path("a.jsonl").read_text("utf-8").splitlines()[0])["run"]
    found = run["settings"]
    assert (found["seed"], found["init"], found["iterations"]) == (4, "noise", 5)
    Path("mine.toml").write_text("sede = 4")
    message = refusal_of(call, 2, *arguments, "--preset", "mine.toml")
    assert message == (
        "ortstyle: preset mine.toml: setting: 'sede' is unknown; did you mean seed?\n"
    )


# Ctrl-C


def wait_for(path, lines, process):
    """Wait until a trace has so many lines; a run that ended before is a failure."""
    while not path.exists() or path.read_text("utf-8").count("\n") < lines:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_ctrl_c_saves_the_picture_so_far(folder, network, quiet):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    process = subprocess.Popen(
        [*RUN, *arguments, *network, "--iterations", "1000000", *quiet],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    )
    try:
        wait_for(folder / "a.jsonl", 4, process)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, error
    assert out == ""
    told = re.search(
        r"^ortstyle: stopped after (\d+) evaluations; saved a\.png$", error, re.MULTILINE
    )
    assert int(told[1]) >= 3
    assert "Traceback" not in error
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)
    found = set(names(folder)) - {"a.png.checkpoint"}  # once it is clear how long it takes
    assert found == {"a.jsonl", "a.png", "painting.png", "photo.png"}


@needs_runtime
def test_ctrl_c_before_the_first_evaluation_leaves_nothing(folder, call, network, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(factory.Objective, "open", interrupt)
    code, out, error = call("render", "photo.png", "painting.png", "--quiet", *network)
    assert (code, out, error) == (130, "", "")
    assert names(folder) == ["painting.png", "photo.png"]


@needs_runtime
def test_a_run_that_fails_half_way_saves_the_picture_so_far(folder, call, network, monkeypatch):
    real, count = factory.Objective.__call__, []

    def fail_late(self, image):
        count.append(1)
        if len(count) > 2:
            raise MemoryError
        return real(self, image)

    monkeypatch.setattr(factory.Objective, "__call__", fail_late)
    monkeypatch.setattr(factory.TiledObjective, "__call__", fail_late)
    code, out, error = call("render", "photo.png", "painting.png", "--quiet", *network)
    assert (code, out) == (1, "")
    assert error.splitlines() == [
        "ortstyle: stopped after 2 evaluations; saved photo-painting.png",
        "ortstyle: device cpu is out of memory, and tiles can't be smaller; give a smaller --size",
    ]
    assert Path("photo-painting.png").is_file()


# What goes wrong


def refusal_of(call, code, *arguments):
    """Run a command that must fail: its one line on stderr, no new file."""
    before = names(Path.cwd())
    found, out, error = call(*arguments)
    assert found == code, error
    assert out == ""
    assert len(error.splitlines()) == 1, error
    assert error.startswith("ortstyle: ")
    assert "Traceback" not in error
    assert names(Path.cwd()) == before
    return error


def wrong_files(folder):
    """Make files that are no pictures, and give what is said of each."""
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
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.xyz", "no colour picture can be saved as .xyz"),
        ("out", "no suffix"),
        ("none/out.png", "folder does not exist"),
        (".", "is a folder"),
        ("photo.png", "would overwrite an input"),
        ("painting.png", "would overwrite an input"),
        ("x" * 300 + ".png", "can't be written"),
    ],
)
def test_outputs_that_can_not_be_written(folder, call, network, name, words):
    before = Path("photo.png").read_bytes(), Path("painting.png").read_bytes()
    message = refusal_of(call, 1, "render", "photo.png", "painting.png", "-o", name, *network)
    assert str(Path(name)) in message
    assert words in message
    assert (Path("photo.png").read_bytes(), Path("painting.png").read_bytes()) == before


@needs_runtime
def test_an_unwritable_folder(folder, call, network, monkeypatch):
    (folder / "locked").mkdir()
    real = Path.open

    def refuse(path, *arguments, **options):  # root may write into any folder
        if path.parent.name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    arguments = ["render", "photo.png", "painting.png", "-o", "locked/a.png", *network]
    message = refusal_of(call, 1, *arguments)
    assert "output locked" in message
    assert "Permission denied" in message


@needs_runtime
@pytest.mark.parametrize("kind", ["link", "start", "numbered", "model", "mask"])
def test_no_input_is_overwritten(folder, call, network, tiny, kind, photo):
    photo.save("out-0002.png")
    (folder / "net.png").write_bytes(tiny.read_bytes())
    if kind == "link":
        os.link("photo.png", "same.png")
    extra = {
        "link": ["-o", "same.png"],
        "start": ["--init", "out-0002.png", "-o", "out-0002.png"],
        "numbered": ["--init", "out-0002.png", "-o", "out.png", "--save-every", "2"],
        "model": ["--model", "net.png", "-o", "net.png"],
        "mask": ["--style-mask", "out-0002.png", "-o", "out-0002.png"],
    }[kind]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    message = refusal_of(call, 1, "render", "photo.png", "painting.png", *network, *extra)
    assert "would overwrite an input" in message
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@needs_runtime
@pytest.mark.parametrize("name", ["photo.png", "painting.png", "out.png", "out-0002.png"])
def test_a_trace_overwrites_no_picture(folder, call, network, name):
    before = Path("photo.png").read_bytes(), Path("painting.png").read_bytes()
    arguments = ["render", "photo.png", "painting.png", "-o", "out.png", "--save-every", "2"]
    message = refusal_of(call, 1, *arguments, "--trace", name, *network)
    assert f"trace {name} would overwrite a picture" in message
    assert (Path("photo.png").read_bytes(), Path("painting.png").read_bytes()) == before


@needs_runtime
def test_a_trace_that_can_not_be_written(folder, call, network, monkeypatch):
    monkeypatch.setattr(factory.Objective, "open", lambda _: pytest.fail("it has begun"))
    arguments = ["render", "photo.png", "painting.png", "--trace", "none/a.jsonl", *network]
    message = refusal_of(call, 1, *arguments)
    assert f"trace {Path('none/a.jsonl')} can't be written" in message


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
        (["--style-weight", "nan"], "--style-weight: nan is no weight"),
        (["--content-weight", "-1"], "--content-weight: -1 is no weight"),
        (["--tv-weight", "inf"], "--tv-weight: inf is no weight"),
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
        (["--seed", "-1"], "--seed must not be negative"),
        (["--learning-rate", "0"], "--learning-rate must be above 0"),
        (["--style-scale", "0"], "--style-scale must be above 0"),
        (["--style-scale", "0.001"], "too small"),
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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["render"], "content"),
        (["render", "photo.png"], "style"),
        (["rendr", "photo.png", "painting.png"], "rendr"),
        (["--verbose"], "--verbose"),
        (["demo", "photo.png"], "photo.png"),
        (["export"], "OUT.onnx"),
        (["export", "a.onnx", "--width", "0"], "--width"),
    ],
)
def test_wrong_use(folder, call, arguments, words):
    message = refusal_of(call, 2, *arguments)
    assert words.lower() in message.lower()  # Typer's own words, by version
    assert "ortstyle --help" in message


@needs_runtime
def test_a_picture_too_small_for_the_network(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", *network]
    message = refusal_of(call, 1, *arguments, "--size", "5")
    assert "content photo.png is too small at 5×3: tiny.onnx needs 4 pixels" in message
    message = refusal_of(call, 1, *arguments, "--style-scale", "0.05")
    assert "style painting.png is too small at 1×1: tiny.onnx needs 2 pixels" in message


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
def test_models_that_are_none(folder, call):
    for name in other_models(folder):
        arguments = ["render", "photo.png", "painting.png", "-o", "out.png", "--model", name]
        assert name in refusal_of(call, 1, *arguments)


def test_without_onnx_runtime_it_says_what_to_install(folder, call, network, monkeypatch):
    monkeypatch.setattr(availability, "find_spec", lambda _: None)
    for options in ([], ["--device", "cpu"]):
        message = refusal_of(call, 1, "render", "photo.png", "painting.png", *network, *options)
        assert 'ONNX Runtime is missing; pip install "ortstyle[cpu]"' in message
    code, out, _ = call("devices")
    assert code == 0
    assert 'pip install "ortstyle[cpu]"' in out


def test_onnx_runtime_really_missing(folder, network):
    blocked = "import sys; sys.modules['onnxruntime'] = None; "
    command = [*RUN[:-1], blocked + RUN[-1], "render", "photo.png", "painting.png", *network]
    result = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=False
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert 'pip install "ortstyle[cpu]"' in result.stderr


@needs_runtime
def test_an_error_is_one_line_in_a_real_process_too(folder):
    result = start("render", "missing.png", "painting.png")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "ortstyle: content missing.png does not exist; check the path\n"
    result = start("render", "photo.png", "painting.png", "--preset", "neuralstyle")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "ortstyle: --preset: 'neuralstyle' is unknown; did you mean neural-style?\n"
    )
    assert names(folder) == ["painting.png", "photo.png"]


# The other commands


@pytest.mark.parametrize(
    "option", ["--help", "--version", "render --help", "resume --help", "presets", ""]
)
def test_help_and_version_load_nothing_heavy(option):
    code = (
        "import sys, atexit\n"
        "heavy = {'onnx', 'onnx_ir', 'onnxruntime', 'numpy', 'PIL'}\n"
        "atexit.register(lambda: print('loaded:', sorted(heavy & set(sys.modules))))\n"
    )
    result = subprocess.run(
        [*RUN[:-1], code + RUN[-1], *option.split()],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        check=False,
    )
    assert result.stdout.splitlines()[-1] == "loaded: []"
    assert result.stderr == ""
    assert result.returncode in ({0} if option else {0, 2})  # by Typer's version
    shown = {"--version": "ortstyle 0.", "presets": "default: "}.get(option, "Usage:")
    assert shown in result.stdout


def test_the_version_is_the_packages(call):
    assert call("--version") == (0, f"ortstyle {ortstyle.__version__}\n", "")


def test_help_names_every_command_and_option(call):
    _, out, _ = call("--help")
    for command in ("render", "resume", "plan", "demo", "devices", "presets", "export"):
        assert re.search(rf"^\W*{command}\b", out, re.MULTILINE)
    _, out, _ = call("render", "-h")
    shown = set(re.findall(r"--[a-z-]+", out))
    settings = {"--" + name.replace("_", "-") for name in Settings.__dataclass_fields__}
    others = {"--output", "--preset", "--device", "--save-every", "--trace", "--quiet"}
    others |= {"--like", "--icc", "--depth", "--quality", "--chroma"}
    others |= {"--checkpoint", "--checkpoint-every", "--keep-checkpoint"}
    others |= {"--plot", "--compare", "--thumbnail", "--no-thumbnail", "--explain"}
    assert shown >= settings | others
    metavar = "|".join([*preset_names(), "PATH"])
    assert metavar in re.sub(r"[^a-zA-Z|-]", "", start("render", "-h").stdout)


def test_the_script_is_installed():
    script = Path(sys.executable).with_name("ortstyle.exe" if os.name == "nt" else "ortstyle")
    if not script.exists():
        pytest.skip("ortstyle is not installed in this environment")
    result = subprocess.run(
        [script, "--version"], capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=True
    )
    assert result.stdout == f"ortstyle {ortstyle.__version__}\n"


@needs_runtime
def test_devices_are_listed(call):
    code, out, error = call("devices")
    assert (code, error) == (0, "")
    rows = [line.split("│")[1:3] for line in out.splitlines() if line.startswith("│")]
    listed = [name.strip() for name, _ in rows]  # Windows' console draws the heading's lines so too
    names = [name for name in listed if name not in ("", "device")]
    assert names == [d.name for d in devices.DEVICES]
    assert "ready" in next(line for line in out.splitlines() if line.startswith("│ cpu "))


def test_devices_are_listed_for_scripts(monkeypatch, call):
    reasons = {row.name: None if i else "it is out" for i, row in enumerate(devices.DEVICES)}
    monkeypatch.setattr(availability, "why_unavailable", lambda row: reasons[row.name])
    monkeypatch.setattr(availability, "onnxruntime_packages", lambda: ["onnxruntime"])
    code, out, error = call("devices", "--json")
    assert (code, error) == (0, "")
    assert json.loads(out) == {
        "devices": [
            {"name": row.name, "provider": row.provider, "missing": reasons[row.name]}
            for row in devices.DEVICES
        ],
        "onnxruntime": ["onnxruntime"],
    }


def test_two_onnx_runtimes_in_one_environment_are_reported(monkeypatch, call):
    monkeypatch.setattr(availability, "why_unavailable", lambda _: None)
    packages = ["onnxruntime", "onnxruntime-gpu"]
    monkeypatch.setattr(availability, "onnxruntime_packages", lambda: packages)
    code, out, error = call("devices")
    assert (code, error) == (0, "")
    assert "2 packages overwrite each other's onnxruntime" in out
    assert "pip uninstall -y onnxruntime onnxruntime-gpu, then install" in " ".join(out.split())


@needs_runtime
def test_a_device_is_checked(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, error = call("devices", "cpu", "--check")
    assert (code, error) == (0, "")
    assert "gradient within 0e+00, losses within 0e+00" in " ".join(out.split())
    found = json.loads(call("devices", "cpu", "--check", "--json")[1])["devices"][0]
    assert (found["name"], found["missing"], found["fault"], found["error"]) == (
        "cpu",
        None,
        None,
        0,
    )


@needs_runtime
def test_a_device_that_fails_its_check_is_an_exit_code(call, monkeypatch):
    monkeypatch.setattr(probe, "GRADIENT_TOLERANCE", -1.0)
    code, out, error = call("devices", "cpu", "--check")
    assert (code, error) == (1, "")
    assert "its gradient is off by" in " ".join(out.split())
    assert call("devices", "--check")[0] == 0  # nobody asked for it by name


@needs_runtime
def test_the_device_that_auto_takes_is_told_once(folder, call, network):
    code, _, error = call("render", "photo.png", "painting.png", *network)
    assert code == 0
    assert error.splitlines()[0] == "running on cpu, any processor"
    assert error.count("running on") == 1
    error = call("render", "photo.png", "painting.png", "--device", "cpu", *network)[2]
    assert "running on" not in error


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


def test_an_unexpected_error_is_not_hidden(folder, call, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_paint", fail)
    with pytest.raises(ZeroDivisionError):
        call("demo")


def test_explain_loads_no_onnx_runtime(folder):
    code = (
        "import sys, atexit\n"
        "heavy = {'onnx', 'onnx_ir', 'onnxruntime'}\n"
        "atexit.register(lambda: print('loaded:', sorted(heavy & set(sys.modules))))\n"
    )
    command = [*RUN[:-1], code + RUN[-1], "render", "photo.png", "painting.png", "--explain"]
    result = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "loaded: []"


# Memory


def test_plan_tells_what_each_scale_takes(folder, call, network):
    code, out, err = call("plan", "photo.png", "painting.png", *network, "--size", 320)
    assert (code, err) == (0, "")
    for told in ("256×192", "320×240", "whole", "MB"):
        assert told in out
    assert names(folder) == ["painting.png", "photo.png"]


def test_plan_tells_tiles_within_a_budget(folder, call, network):
    options = [*network, "--size", 1200, "--scales", 1, "--history", 2, "--memory", "500MB"]
    code, out, _ = call("plan", "photo.png", "painting.png", *options)
    assert code == 0
    assert "in tiles of" in out


@needs_runtime
def test_render_in_tiles_says_so(folder, call, network):
    options = [*network, "--size", 400, "--scales", 1, "--history", 2, "--memory", "216MB"]
    code, _, err = call("render", "photo.png", "painting.png", *options, "-o", "out.png")
    assert code == 0
    assert re.search(r"1 scale to 400×300, painted in tiles of \d+×\d+; .*at most \d+ MB", err)
    assert pixels_of("out.png")[0] == (400, 300)


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


LIMITED = """
import os, resource, sys
if hasattr(os, "sched_setaffinity"):  # the addresses of a session's threads would count too
    os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv.pop(1)), -1))
from ortstyle.cli.main import main
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
@needs_runtime
def test_a_process_that_runs_out_of_memory_goes_on_in_tiles(folder):
    """With a limit on its addresses, and told that there is no end of memory."""
    Image.new("RGB", (1024, 768), "orange").save("photo.png")
    options = ["--size", 1024, "--scales", 1, "--iterations", 1, "--history", 2, "-o", "out.png"]
    command = ["render", "photo.png", "painting.png", *options, "--memory", "99GB"]
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, "1800000000", *map(str, command)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "out of memory; going on in tiles of" in result.stderr
    assert pixels_of("out.png")[0] == (1024, 768)


def test_stars_are_replaced_where_no_shell_does(folder, photo):
    photo.save("photo[1].png")
    photo.save("photo1.png")
    given = ["render", "photo*.png", "photo[1].png", "%TEMP%.png", "none*.png", "--size", "24"]
    assert list(cli.expanded(given)) == [
        "render",
        "photo.png",
        "photo1.png",
        "photo[1].png",
        "photo[1].png",
        "%TEMP%.png",
        "none*.png",
        "--size",
        "24",
    ]
    assert list(cli.expanded(["photo[1].p?g"])) == ["photo[1].png"]
