"""Results that exist already."""

import os
from pathlib import Path

import pytest
from commands import (
    PICTURES,
    embedded_run,
    names,
    needs_runtime,
    pixels_of,
    refusal_of,
    start,
    start_after,
)
from fakes import before_each_evaluation

from ortstyle.cli.command import PaintCommand, Reports
from ortstyle.cli.existing_results import (
    claim_path,
    default_path,
    output_path,
    refuse_existing,
)
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


def test_a_default_name_that_was_taken_meanwhile_is_numbered():
    assert claim_path(DEFAULT, DEFAULT) == DEFAULT
    assert claim_path(DEFAULT, DEFAULT) == Path("a-b-2.png")
    assert claim_path(Path("a-b-2.png"), DEFAULT) == Path("a-b-3.png")
    with pytest.raises(FileNotFoundError):
        claim_path(Path("none", "a.png"), Path("none", "a.png"))


@needs_runtime
def test_a_file_that_appears_during_the_run_is_kept(folder, call, network):
    def appear(number):
        if number == 2:
            Path("photo-painting.png").write_text("of another run")

    with before_each_evaluation(appear):
        code, out, error = call("render", *PICTURES, *network, "--quiet", "--compare", "a.html")
    assert (code, out) == (0, "")
    assert error == (
        "ortstyle: photo-painting.png has appeared since the run began, so the result goes to "
        "photo-painting-2.png\n"
    )
    assert Path("photo-painting.png").read_text() == "of another run"
    assert pixels_of("photo-painting-2.png")[0] == (24, 18)
    assert "result: photo-painting-2.png" in Path("a.html").read_text("utf-8")


def assert_seed(seed, *pictures):
    assert [embedded_run(path)["settings"]["seed"] for path in pictures] == [seed] * len(pictures)


@needs_runtime
@pytest.mark.parametrize("moment", [1, 2, 4])
def test_two_runs_at_once_under_one_default_name_keep_all_pictures(folder, call, network, moment):
    arguments = ["render", *PICTURES, *network, "--save-every", "2", "--quiet"]

    def run_another(number):
        if number == moment:
            found = start(*arguments, "--seed", "1")
            assert found.returncode == 0, found.stderr

    with before_each_evaluation(run_another):
        code, out, error = call(*arguments)
    assert (code, out) == (0, "")
    first, second = (
        [f"{stem}{number}.png" for number in ("", "-0002", "-0004")]
        for stem in ("photo-painting", "photo-painting-2")
    )
    assert names(folder) == sorted([*PICTURES, *first, *second])
    assert_seed(0, *(first if moment == 4 else second))
    assert_seed(1, *(second if moment == 4 else first))
    assert ("has appeared since the run began" in error) == (moment != 4)


#: Ends the process before an evaluation, as a kill does; the folder is that of `fakes`.
KILLED = """
import os, sys
sys.path.insert(0, {folder!r})
from fakes import before_each_evaluation
killing = before_each_evaluation(lambda number: number == 4 and os._exit(7))
killing.__enter__()
"""


@needs_runtime
@pytest.mark.parametrize("saved", [False, True], ids=["no picture yet", "a picture"])
def test_a_resumed_run_keeps_what_another_run_wrote_meanwhile(folder, call, network, saved):
    arguments = ["render", *PICTURES, *network, "--quiet"]
    kept = ["--checkpoint", "a.ck", "--checkpoint-every", "0"] + ["--save-every", "2"] * saved
    killed = KILLED.format(folder=str(Path(__file__).parents[1]))
    found = start_after(killed, *arguments, *kept)
    assert found.returncode == 7, found.stderr
    assert Path("photo-painting.png").exists() == saved
    assert start(*arguments, "--seed", "1").returncode == 0
    code, out, error = call("resume", "a.ck", "--quiet")
    assert (code, out) == (0, "")
    assert ("has appeared since the run began" in error) != saved
    mine, other = ["photo-painting.png", "photo-painting-2.png"][:: 1 if saved else -1]
    assert_seed(0, mine)
    assert_seed(1, other)


@pytest.mark.parametrize("letter", ["x", "ä", "画"])
def test_long_names_are_shortened(letter):
    stem = letter * (240 // len(letter.encode()))
    found = default_path(stem, stem)
    assert len(os.fsencode(found.with_name(f"{found.stem}-999.png.checkpoint.lock"))) < 200
    assert found.name.startswith(letter * 20)
    assert f"{letter}-{letter}" in found.name
    assert output_path(None, found, overwrite=None) == found
    assert default_path("a" * 100, "b") == Path(f"{'a' * 100}-b.png")


@pytest.mark.skipif(os.name == "nt", reason="Windows finds no such file instead")
def test_a_name_that_the_system_refuses_is_said_in_one_line():
    long = Path("x" * 300 + ".png")
    with pytest.raises(OutputError, match=r"^output x+\.png can't be written \("):
        output_path(None, long, overwrite=None)
    with pytest.raises(OutputError, match=r"^output x+\.png can't be written \("):
        refuse_existing(make_command(output=long))


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
