"""Results that exist already."""

from pathlib import Path

import pytest
from commands import PICTURES, names, needs_runtime, refusal_of

from ortstyle.cli.command import PaintCommand, Reports
from ortstyle.cli.existing_results import output_path, refuse_existing
from ortstyle.errors import OutputError
from ortstyle.settings.settings import Settings

DEFAULT = Path("a-b.png")


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make_command(**changes):
    given = {"content": Path("a"), "styles": (Path("b"),), "output": Path("out.png")}
    return PaintCommand(**given | changes, settings=Settings(iterations=10))


def test_the_default_name_is_numbered_and_that_is_said(capfd):
    for expected in (DEFAULT, Path("a-b-2.png"), Path("a-b-3.png")):
        found = output_path(None, DEFAULT, overwrite=None)
        assert found == expected
        error = capfd.readouterr().err
        assert (f"{DEFAULT} exists, so the result goes to {expected}" in error) == DEFAULT.exists()
        found.touch()
    assert output_path(None, DEFAULT, overwrite=False) == Path("a-b-4.png")


def test_the_default_name_is_replaced_if_that_is_wanted(capfd):
    DEFAULT.touch()
    assert output_path(None, DEFAULT, overwrite=True) == DEFAULT
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("overwrite", [None, True, False])
def test_a_name_that_was_given_is_taken(overwrite, capfd):
    Path("mine.png").touch()
    assert output_path(Path("mine.png"), DEFAULT, overwrite=overwrite) == Path("mine.png")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["out.png", "a.jsonl", "a.svg", "a.html", "out-0004.png"])
def test_no_file_that_exists_is_replaced_against_the_users_wish(name):
    reports = Reports(
        save_every=4, trace=Path("a.jsonl"), plot=Path("a.svg"), compare=Path("a.html")
    )
    command = make_command(reports=reports)
    refuse_existing(command)
    Path(name).touch()
    with pytest.raises(OutputError, match=f"^{name} exists, and --no-overwrite keeps it"):
        refuse_existing(command)


def test_pictures_that_the_run_will_not_write_are_not_in_the_way():
    for name in ("out-0003.png", "out-0012.png", "out-0004.jpg", "out-4.png", "out-x.png"):
        Path(name).touch()
    refuse_existing(make_command(reports=Reports(save_every=4)))
    refuse_existing(make_command(reports=Reports(save_every=4), output=Path("none", "out.png")))


@needs_runtime
def test_render_keeps_or_replaces_what_is_there(folder, call, network):
    arguments = ["render", *PICTURES, *network]
    assert call(*arguments)[0] == 0
    first = Path("photo-painting.png").read_bytes()
    code, out, error = call(*arguments, "--seed", "1")
    assert (code, out.split("(")[0]) == (0, "wrote photo-painting-2.png ")
    assert error.startswith("ortstyle: photo-painting.png exists, so the result goes to ")
    assert Path("photo-painting.png").read_bytes() == first
    message = refusal_of(call, 1, *arguments, "-o", "photo-painting.png", "--no-overwrite")
    assert "photo-painting.png exists" in message
    assert call(*arguments, "--overwrite", "--size", "20")[0] == 0
    assert Path("photo-painting.png").read_bytes() != first
    assert names(folder) == [
        *("painting.png", "photo-painting-2.png", "photo-painting.png", "photo.png")
    ]


def test_the_demo_numbers_its_name_too(call):
    Path("demo.png").touch()
    code, out, error = call("demo", "--explain")
    assert code == 0
    assert "demo-2.png" in out
    assert "--overwrite" in error


@needs_runtime
def test_more_than_two_pictures_are_told_apart(folder, call, network):
    _, _, error = call("render", *PICTURES, "photo.png", "-o", "a.png", *network)
    assert error.splitlines()[0] == "content photo.png; styles painting.png, photo.png"
    assert "content photo.png" not in call("render", *PICTURES, "-o", "a.png", *network)[2]
