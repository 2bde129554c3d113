"""The command line as a whole: usage, exit codes, help, version, arguments."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ENVIRONMENT, PICTURES, names, needs_runtime, refusal_of, start, start_after

import ortstyle
from ortstyle.objective.whole import WholeObjective
from ortstyle.settings.presets import preset_names
from ortstyle.settings.settings import Settings


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["render"], "content"),
        (["render", "photo.png"], "style"),
        (["rendr", "photo.png", "painting.png"], "rendr"),
        (["--verbose"], "--verbose"),
        (["photo.png", "painting.png"], "Did you mean ortstyle render photo.png? (see"),
        (["demo", "photo.png"], "photo.png"),
        (["export"], "OUT.onnx"),
        (["export", "a.onnx", "--width", "0"], "--width"),
        (["render", "--nope[/x]"], "--nope[/x]"),
        (["demo", "--nope\x1b[2J"], r"--nope\x1b[2J"),
    ],
)
def test_wrong_use(folder, call, arguments, words):
    message = refusal_of(call, 2, *arguments)
    assert words.lower() in message.lower()  # Typer's own words, by version
    assert re.search(r"\(see ortstyle( \w+)? --help\)$", message.strip())


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a  [red]b[/x].png", "a  [red]b[/x].png"),
        ("a\x1b[2J.png", r"a\x1b[2J.png"),
        ("gpj\u202e.png", r"gpj\u202e.png"),
        ("bad\udcff.png", r"bad\xff.png"),
    ],
)
def test_the_name_of_a_file_is_shown_as_it_is(folder, call, name, shown):
    message = refusal_of(call, 1, "render", name, "painting.png", "--explain")
    assert message == f"ortstyle: content {shown} does not exist; check the path\n"


@needs_runtime
def test_a_run_with_names_of_any_kind(folder, photo, network):
    """Brackets are markup for rich; a name that is not UTF-8 can't be encoded."""
    name = "bad\udcff[/b].gif"
    try:
        Path(name).parent.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this file system has no names that are not UTF-8")
    photo.convert("P").save(name, save_all=True, append_images=[photo.rotate(5)])
    shown, output = r"bad\xff[/b]", name.replace("gif", "png")
    reports = ["--compare", "a.html", "--trace", "a.jsonl", "--plot", "a.svg"]
    kept = ["--checkpoint", f"{name}.ck", "--keep-checkpoint"]
    render = ["render", name, "painting.png", "-o", output, *network, *reports, *kept]
    for encoding in ("utf-8", "ascii"):
        result = start(*render, PYTHONIOENCODING=encoding)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith(f"wrote {shown}.png (24")
        assert f"content {shown}.gif holds 2 pictures; the first is taken" in result.stderr
    assert "starting a new run; ortstyle resume" in result.stderr
    assert "<figcaption>content: b].gif <small>" in Path("a.html").read_text("utf-8")


@needs_runtime
def test_an_unexpected_error_is_not_hidden(folder, call, network, monkeypatch):
    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr(WholeObjective, "open", fail)
    with pytest.raises(ZeroDivisionError):
        call("render", *PICTURES, *network)


@pytest.mark.parametrize(
    "option",
    ["--help", "--version", "render --help", "batch --help", "resume --help", "presets", ""],
)
def test_help_and_version_load_nothing_heavy(option):
    code = (
        "import sys, atexit\n"
        "heavy = {'onnx', 'onnx_ir', 'onnxruntime', 'numpy', 'PIL'}\n"
        "atexit.register(lambda: print('loaded:', sorted(heavy & set(sys.modules))))\n"
    )
    result = start_after(code, *option.split())
    assert result.stdout.splitlines()[-1] == "loaded: []"
    assert result.stderr == ""
    assert result.returncode in ({0} if option else {0, 2})  # by Typer's version
    shown = {"--version": "ortstyle 0.", "presets": "default: "}.get(option, "Usage:")
    assert shown in result.stdout


def test_the_version_is_the_packages(call):
    assert call("--version") == (0, f"ortstyle {ortstyle.__version__}\n", "")


def test_help_names_every_command_and_option(call):
    _, out, _ = call("--help")
    for command in ("render", "batch", "resume", "plan", "demo", "devices", "presets", "export"):
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
@pytest.mark.parametrize("given", [None, "0"])
def test_nothing_is_told_to_the_maker_of_onnx_runtime(folder, given):
    """ONNX Runtime 1.29 and later takes this from the environment, when it is imported."""
    code = (
        "import atexit, os; atexit.register(lambda: print(os.environ['ORT_DISABLE_TELEMETRY']))\n"
    )
    changes = {} if given is None else {"ORT_DISABLE_TELEMETRY": given}
    done = start_after(code, "presets", **changes)
    assert done.stdout.splitlines()[-1] == (given or "1")
    home = folder / "home"
    home.mkdir()
    if given is None:
        done = start_after("", "devices", HOME=str(home), XDG_CACHE_HOME=str(home / "cache"))
        assert done.returncode == 0, done.stderr
        assert names(home) == []
