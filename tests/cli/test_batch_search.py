"""The jobs that a command line stands for."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ortstyle.cli.batch_command import BatchCommand
from ortstyle.cli.batch_search import find_jobs
from ortstyle.errors import OrtStyleError


def find(*contents, terminal=False, **changes):
    known = {"styles": ("painting.png",), "folder": Path("out"), "devices": ("cpu",)}
    command = BatchCommand(contents=contents, **known | changes)
    console = Console(file=StringIO(), force_terminal=terminal)
    jobs, problems = find_jobs(command, console)
    return [one.output.name for one in jobs], problems


def test_contents_and_styles(folder):
    found, problems = find("photo.png", "nothing*.jpg", styles=("photo.png", "painting.png"))
    assert found == ["photo-photo.png", "photo-painting.png"]
    assert problems == ["no pictures match nothing*.jpg"]


def test_a_manifest(folder):
    Path("jobs.csv").write_text("content\nphoto.png\npainting.png\n", "utf-8")
    found, _ = find(manifest=Path("jobs.csv"))
    assert found == ["photo-painting.png", "painting-painting.png"]


def test_results_are_no_contents(folder):
    Path("out").mkdir()
    Path("photo.png").replace("out/old.png")
    found, _ = find(".", recursive=True)
    assert found == ["painting-painting.png"]


def test_options_of_the_jobs(folder):
    command = BatchCommand(
        contents=("photo.png",),
        styles=("painting.png",),
        folder=Path("out"),
        values={"size": 40},
        memory=10**9,
        checkpoint_minutes=2.0,
        devices=("cuda:1", "cpu"),
        threads=3,
    )
    ((planned,), _) = find_jobs(command, Console(file=StringIO()))
    job = planned.job
    assert (job.settings.size, job.memory, job.checkpoint_minutes) == (40, 10**9, 2.0)
    assert (job.device, job.threads) == ("cuda:1", 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"folder": Path("photo.png")}, "-o photo.png is a file; name a folder"),
        ({"preset": "bald"}, "did you mean bold"),
        ({"encoding": {"quality": 3}}, "--quality: .png has no quality"),
        ({"contents": (), "manifest": Path("none.csv")}, "can't be read"),
    ],
)
def test_what_ends_a_batch_before_it_begins(folder, changes, words):
    known = {"contents": ("photo.png",), "styles": ("painting.png",), "folder": Path("out")}
    with pytest.raises(OrtStyleError, match=words):
        find_jobs(BatchCommand(**known | changes), Console(file=StringIO()))


@pytest.mark.parametrize(
    ("sheet", "recursive", "is_refused"),
    [
        ("photos/sheet.png", False, True),
        ("photos/sub/sheet.png", True, True),
        ("photos/sub/sheet.png", False, False),
        ("photos/sheet.html", True, False),
        ("photos/out/sheet.png", True, False),
        ("sheet.png", True, False),
    ],
)
def test_a_sheet_among_the_pictures_is_refused(folder, sheet, recursive, is_refused):
    Path("photos/sub").mkdir(parents=True)
    Path("photo.png").replace("photos/a.png")
    names = ("photos", "*.png", "b" * 300)
    options = {"sheet": Path(sheet), "recursive": recursive, "folder": Path("photos/out")}
    if is_refused:
        with pytest.raises(OrtStyleError, match="lies among the pictures of photos"):
            find(*names, **options)
    else:
        assert "a-painting.png" in find(*names, **options)[0]


def test_a_terminal_is_told_that_the_pictures_are_read(folder):
    assert find("photo.png", terminal=True)[0] == ["photo-painting.png"]
