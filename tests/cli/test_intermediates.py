"""Pictures of `--save-every`: their names, told from other names without listing them all."""

from pathlib import Path

import pytest

from ortstyle.cli.command import PaintCommand, Reports
from ortstyle.cli.intermediates import (
    existing_intermediates,
    intermediate_path,
    intermediates_among,
)
from ortstyle.settings.settings import Settings


def command(every=1, *, iterations=10**6, output="out.png"):
    return PaintCommand(
        content=Path("photo.png"),
        styles=(Path("painting.png"),),
        output=Path(output),
        settings=Settings(iterations=iterations),
        reports=Reports(save_every=every),
    )


@pytest.mark.parametrize("every", [1, 7, 100])
def test_a_name_that_a_run_writes_is_found(every):
    made = command(every, iterations=20_000)
    for number in range(every, 20_001, every):
        path = intermediate_path(made.output, number)
        assert intermediates_among(made, [path.name]) == [path]


@pytest.mark.parametrize(
    "name",
    [
        *("out.png", "out-1.png", "out-0000.png", "out-0003.png", "out-10002.png", "out-0002.jpg"),
        *("xout-0002.png", "out-0002.png.png", "out-٠٠٠٢.png", "out--002.png", "", "out-0002"),
        f"out-{'9' * 5000}.png",
    ],
)
def test_another_name_is_not(name):
    assert intermediates_among(command(2, iterations=10_000), [name]) == []
    assert intermediates_among(command(None), ["out-0002.png"]) == []


def test_names_that_some_file_systems_take_for_the_same():
    made = command(2, output="é.png")
    for name in ("É-0002.PNG", "e\u0301-0002.png"):
        assert intermediates_among(made, [name]) == [Path("é-0002.png")]


def test_what_is_there_is_found(tmp_path):
    made = command(2, output=tmp_path / "out.png")
    for name in ("out-0002.png", "out-0003.png", "out-0004.jpg", "other-0002.png"):
        (tmp_path / name).touch()
    assert existing_intermediates(made) == [tmp_path / "out-0002.png"]
    assert existing_intermediates(command(2, output=tmp_path / "none" / "out.png")) == []
