"""Files to write: checked before the work, and no input is overwritten."""

import os
from pathlib import Path

import pytest
from commands import needs_runtime, refusal_of, start_after

from ortstyle.cli import outputs
from ortstyle.cli.command import PaintCommand, Reports
from ortstyle.errors import OutputError
from ortstyle.objective.whole import WholeObjective


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
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such device")
@pytest.mark.parametrize("option", ["--output", "--trace", "--plot", "--compare"])
def test_a_device_is_no_file(folder, call, network, option):
    arguments = ["render", "photo.png", "painting.png", option, "/dev/null", *network]
    message = refusal_of(call, 1, *arguments)
    assert f"{option[2:]} /dev/null is a device; name a file" in message


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder that is in use")
@pytest.mark.parametrize(
    "output", [[], ["-o", "a.png"], ["--trace", "a.log"], ["--checkpoint", "a"]]
)
def test_a_current_folder_that_has_been_removed(folder, network, output):
    here = folder / "here"
    here.mkdir()
    code = f"import os; os.chdir({str(here)!r}); os.rmdir({str(here)!r})\n"
    pictures = [folder / "photo.png", folder / "painting.png"]
    done = start_after(code, "render", *pictures, *output, *network)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "the current folder has been removed" in done.stderr


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
@pytest.mark.parametrize("option", ["--output", "--trace", "--plot", "--compare", "--checkpoint"])
def test_links_in_a_circle(folder, call, network, option):
    for suffix in (".png", ".log", ".html"):
        (folder / f"a{suffix}").symlink_to(f"a{suffix}")
    name = {"--trace": "a.log", "--compare": "a.html"}.get(option, "a.png")
    message = refusal_of(call, 1, "render", "photo.png", "painting.png", option, name, *network)
    assert name in message
    assert "symbolic links" in message


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
@pytest.mark.parametrize("name", ["photo.png", "painting.png", "out.png", "out-0002.png"])
def test_a_trace_overwrites_no_picture(folder, call, network, name):
    before = Path("photo.png").read_bytes(), Path("painting.png").read_bytes()
    arguments = ["render", "photo.png", "painting.png", "-o", "out.png", "--save-every", "2"]
    message = refusal_of(call, 1, *arguments, "--trace", name, *network)
    assert f"trace {name} would overwrite a picture" in message
    assert (Path("photo.png").read_bytes(), Path("painting.png").read_bytes()) == before


@needs_runtime
def test_a_trace_that_can_not_be_written(folder, call, network, monkeypatch):
    monkeypatch.setattr(WholeObjective, "open", lambda _: pytest.fail("it has begun"))
    arguments = ["render", "photo.png", "painting.png", "--trace", "none/a.jsonl", *network]
    message = refusal_of(call, 1, *arguments)
    assert f"trace {Path('none/a.jsonl')}: its folder does not exist" in message


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
    monkeypatch.setattr(WholeObjective, "open", lambda _: pytest.fail("it has begun"))
    arguments = ["render", "photo.png", "painting.png", "--trace", "trace.html", option, name]
    message = refusal_of(call, 1, *arguments, *network)
    assert f"{option[2:]} {Path(name)}" in message
    assert words in message
    assert Path("photo.png").read_bytes() == before


def test_a_million_pictures_take_few_checks(folder, tiny_settings, monkeypatch):
    checks = []
    monkeypatch.setattr(outputs, "same_file", lambda *paths: bool(checks.append(paths)))
    command = PaintCommand(
        content=Path("photo.png"),
        styles=(Path("painting.png"),),
        output=Path("out.png"),
        settings=tiny_settings(iterations=10**6),
        reports=Reports(save_every=1, compare=Path("out-0007.png")),
    )
    with pytest.raises(OutputError, match=r"must end in \.html"):
        outputs.check_outputs(command)
    assert len(checks) < 20
    assert any(Path("out-0007.png") in paths for paths in checks)


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("-o", "pipe.png"),
        ("--trace", "pipe.jsonl"),
        ("--plot", "pipe.svg"),
        ("--compare", "pipe.html"),
        ("--checkpoint", "pipe.ck"),
    ],
)
def test_a_pipe_is_neither_replaced_nor_waited_for(folder, call, network, option, name):
    os.mkfifo(name)
    arguments = ["render", "photo.png", "painting.png", *network, "--quiet"]
    arguments += [] if option == "-o" else ["-o", "a.png"]
    message = refusal_of(call, 1, *arguments, option, name)
    assert f"{name} is a pipe; name a file" in message
    assert (", or use -o -" in message) == (option == "-o")
    assert Path(name).is_fifo()


@needs_runtime
def test_a_trace_replaces_no_picture(folder, call, network, photo):
    photo.save("old.png")
    before = Path("old.png").read_bytes()
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", *network]
    message = refusal_of(call, 1, *arguments, "--trace", "old.png")
    assert "trace old.png must end in .jsonl or .json or .txt or .log" in message
    assert Path("old.png").read_bytes() == before
