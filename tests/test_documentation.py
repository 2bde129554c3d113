"""What README and docs say: links lead somewhere, Python runs, commands parse, files exist."""

import json
import re
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import films
import pytest
from commands import needs_runtime
from markdown import ROOT, Page, broken_links, missing_paths
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from typer.main import get_command

import ortstyle
from ortstyle import Settings, from_preset
from ortstyle.cli.main import app
from ortstyle.errors import OrtStyleError
from ortstyle.jobs import preparation

pytestmark = pytest.mark.skipif(
    not (ROOT / "ortstyle").is_dir(), reason="is about the repository; here only its tests are"
)

MANUAL = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [
    *MANUAL,
    *(ROOT / folder / "README.md" for folder in ("models", "export", "ortstyle/examples")),
    ROOT / "export" / "javascript.md",
]
#: What a run is told in place of what the page says, so that it takes a second.
FAST = {
    "size": 24,
    "scales": 1,
    "iterations": 60,
    "content_layers": (("relu3", 1.0),),
    "style_layers": (("relu1", 1.0), ("relu2", 0.5)),
}
#: What stands for a name of the reader's choice in a command, and a name to try it with.
PLACEHOLDERS = {
    "CONTENT": "photo.jpg",
    "CLIP": "clip.mp4",
    "STYLE": "painting.jpg",
    "FILE": "out.png.checkpoint",
    "NAME": "cpu",
}
PICTURES = {".jpg", ".png", ".tif"}
FILMS = {".mp4", ".mkv"}


def name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path):
    assert broken_links(Page.read(path)) == []


@pytest.mark.parametrize("path", MANUAL, ids=name)
def test_named_files_exist(path):
    assert missing_paths(Page.read(path)) == []


def test_every_page_of_the_manual_can_be_reached_from_the_readme():
    linked = {link.partition("#")[0] for link in Page.read(ROOT / "README.md").links()}
    assert {name(path) for path in MANUAL[1:]} <= linked


def test_figures_are_used_and_drawn_for_light_and_dark():
    used = {(path.parent / link).resolve() for path in MANUAL for link in Page.read(path).links()}
    pictures = 0
    for figure in (ROOT / "docs").rglob("*.*"):
        if figure.suffix in {".svg", ".jpg"}:
            assert figure in used
        if figure.suffix == ".svg":
            assert "prefers-color-scheme: dark" in figure.read_text("utf-8")
        if figure.suffix == ".jpg":
            assert figure.stat().st_size <= 150_000
            pictures += figure.stat().st_size
    assert pictures <= 3_000_000


def test_first_commands_are_those_that_are_tried_before_a_release():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    first = [
        next(line for line in lines if word in line) for word in ("ortstyle demo", "[cpu,test]")
    ]
    assert first == [
        '    pip install ".[cpu]" && ortstyle demo',
        '    pip install ".[cpu,test]" && pytest -n auto',
    ]


def test_citation_names_this_version():
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {ortstyle.__version__}\n" in text


# Python


@pytest.fixture
def reader(tmp_path, monkeypatch, photo, painting, tiny):
    """Make what a reader of the documentation has: pictures and a notebook; and a fast network."""
    monkeypatch.chdir(tmp_path)
    for file in ("photo", "other"):
        photo.save(f"{file}.jpg")
    for file in ("painting", "a", "b"):
        painting.save(f"{file}.jpg")
    real, real_film = ortstyle.stylize, ortstyle.stylize_film

    def stylize(content, styles, settings=Settings(), **options):  # noqa: B008  frozen
        fast = replace(settings, **FAST, model=str(tiny))
        return real(content, styles, fast, **options | {"device": "cpu"})

    def stylize_film(order, **options):
        fast = replace(order.settings, **FAST, model=str(tiny))
        return real_film(order.with_settings(fast), **options | {"device": "cpu"})

    monkeypatch.setattr(ortstyle, "stylize", stylize, raising=False)
    monkeypatch.setattr(ortstyle, "stylize_film", stylize_film, raising=False)
    monkeypatch.setattr(preparation, "stylize", stylize)
    notebook = ModuleType("IPython.display")
    notebook.display = notebook.clear_output = Mock()
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", notebook)
    return tmp_path


def run_blocks(page):
    """Run the Python of a page from top to bottom, in one namespace."""
    blocks = page.blocks("python")
    if any("stylize_film" in block for block in blocks):
        make_clip("clip.mp4", frames=2)
    space = {}
    for block in blocks:
        exec(compile(block, page.path.name, "exec"), space)  # noqa: S102
    return space


@needs_runtime
@pytest.mark.parametrize("path", [p for p in MANUAL if Page.read(p).blocks("python")], ids=name)
def test_python_runs(path, reader):
    assert run_blocks(Page.read(path))


@needs_runtime
def test_python_of_the_library_does_what_the_page_says(reader, capsys):
    space = run_blocks(Page.read(ROOT / "docs" / "python.md"))
    made = {file.name for file in reader.iterdir()}
    assert {"out.png", "run.checkpoint", "painted", "held-other.jpg", "film.mp4"} <= made
    assert "film.mp4.frames" not in made
    assert space["film"].frame_count == 2
    assert space["last"].terms["temporal"] > 0
    assert space["smaller"] == replace(from_preset("bold"), size=512, colors="match-linear")
    said = capsys.readouterr().out
    assert "missing.jpg does not exist" in said
    assert "Outcome.DONE\n" in said
    assert said.count(" s left\n") == FAST["iterations"] // 25


# commands


def substituted(args):
    """Return a command with a name for every placeholder, and without its optional parts."""
    bare = [arg for arg in args if not arg.startswith("[") and not arg.endswith("]")]
    return [PLACEHOLDERS.get(arg, arg) for arg in bare]


def parse(args):
    """Parse a command as Click does, without running it."""
    command, *rest = substituted(args)
    if command.startswith("-"):
        assert command in {"--help", "--version"}
        return None
    if "--help" in rest:
        rest.remove("--help")
        assert not rest
        return None
    return get_command(app).commands[command].make_context(command, rest)


COMMANDS = [
    pytest.param(args, id=f"{name(path)}-{k}")
    for path in MANUAL
    for k, args in zip(count(1), Page.read(path).commands())
    if len(args) > 1 or args[0] not in get_command(app).commands  # the name of a command alone
]


@pytest.mark.parametrize("args", COMMANDS)
def test_commands_parse(args):
    parse(args)


def make_clip(path, **options):
    """Make a clip, where films can be made and painted."""
    for needed in ("av", "cv2"):
        pytest.importorskip(needed, reason="needs the extra video")
    films.write_film(Path(path), **options)


def make_film_inputs(args):
    """Make the clip, or the folder of frames, that `ortstyle video` reads, and masks that move."""
    if not Path(args[1]).suffix:
        Path(args[1]).mkdir()
        for index in range(2):
            Image.new("RGB", (64, 48), "white").save(Path(args[1], f"{index}.png"))
    output = args.index("-o") + 1 if "-o" in args else None
    for k, arg in enumerate(args):
        if Path(arg).suffix in FILMS and k != output and not Path(arg).exists():
            make_clip(arg, frames=2)


def make_inputs(args):
    """Make every file that a command reads, so that it can be explained."""
    if args[0] == "video":
        make_film_inputs(args)
    for arg in args:
        path = Path(arg.rpartition("=")[2])
        if path.suffix in PICTURES and not path.exists():
            Image.new("RGB", (64, 48), "white").save(path)
    text = PngInfo()
    text.add_text("ortstyle", json.dumps({"settings": Settings().to_dict()}))
    Image.new("RGB", (64, 48)).save("out.png", pnginfo=text)
    for k, block in enumerate(toml_blocks()):
        Path("mine.toml" if not k else f"mine{k}.toml").write_text(block, "utf-8")


def toml_blocks():
    return [block for path in MANUAL for block in Page.read(path).blocks("toml")]


#: Those that paint; a single option after the command's name is no whole command.
EXPLAINED = [
    case
    for case in COMMANDS
    for command, *rest in case.values
    if command in {"render", "demo", "video"} and len(rest) > 1
]


@pytest.mark.parametrize("args", EXPLAINED)
def test_commands_can_be_explained(args, tmp_path, monkeypatch, capsys):
    """Parsing does not check the values of settings; `--explain` reads all of them."""
    args = substituted(args)
    monkeypatch.chdir(tmp_path)
    make_inputs(args)
    extra = [] if "--explain" in args else ["--explain"]
    app([*args, *extra], standalone_mode=False)
    assert "content_weight" in capsys.readouterr().out


@pytest.mark.parametrize("block", toml_blocks())
def test_presets_load(block, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(block, "utf-8")
    assert from_preset(str(path)) != Settings()


def test_options_page_lists_every_option():
    text = (ROOT / "docs" / "options.md").read_text("utf-8")
    for command in get_command(app).commands.values():
        for param in command.params:
            if param.param_type_name == "option":
                assert f"`{param.opts[0]}`" in text


def test_options_in_prose_exist():
    known = {
        option
        for command in get_command(app).commands.values()
        for param in command.params
        for option in (*param.opts, *param.secondary_opts)
    }
    known |= {"--help", "--version"}
    for path in MANUAL:
        page = Page.read(path)
        spans = re.findall(r"`(--[a-z-]+)", page.prose)
        assert [span for span in spans if span not in known] == []


# the tests themselves


def page(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    return Page.read(path)


def test_broken_links_are_found(tmp_path):
    (tmp_path / "other.md").write_text("# There is\n", "utf-8")
    text = "# Here\n[a](other.md#there-is) [b](other.md#there-is-not) ![c](none.png) [d](#here)\n"
    text += "[e](#not-here) [f](https://example.com/none) `[g](none.md)`\n```\n[h](none.md)\n```\n"
    assert broken_links(page(tmp_path, text)) == ["other.md#there-is-not", "none.png", "#not-here"]


def test_missing_files_are_found(tmp_path):
    text = (
        "`ortstyle/cli` and `ortstyle/none.py`, tests/conftest.py and\n    python export/none.py\n"
    )
    assert missing_paths(page(tmp_path, text)) == ["export/none.py", "ortstyle/none.py"]


@pytest.mark.parametrize(
    "command",
    [
        "render photo.jpg a.jpg --colour content",
        "paint photo.jpg",
        "render",
        "render photo.jpg a.jpg --scales many",
    ],
)
def test_wrong_commands_are_found(command, tmp_path):
    for text in (f"    ortstyle {command} -o x.png\n", f"```sh\na && ortstyle {command}\n```\n"):
        (args,) = page(tmp_path, text).commands()
        with pytest.raises(Exception):  # noqa: B017, PT011  Click's own, by version, or KeyError
            parse(args)


def test_wrong_values_are_found(tmp_path, monkeypatch):
    (args,) = page(tmp_path, "`ortstyle render photo.jpg\na.jpg --pooling mx`\n").commands()
    monkeypatch.chdir(tmp_path)
    make_inputs(args)
    with pytest.raises(OrtStyleError, match="pooling"):
        app([*args, "--explain"], standalone_mode=False)


def test_wrong_python_is_found(tmp_path):
    with pytest.raises(ImportError):
        run_blocks(page(tmp_path, "```python\nfrom ortstyle import paint\n```\n"))
