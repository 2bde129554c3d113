"""Options with two values that may be repeated."""

import pytest
import typer
from typer.main import get_command

from ortstyle.cli.pairs import CommandWithPairs, join_pairs, split_pair


@pytest.mark.parametrize(
    ("arguments", "joined"),
    [
        (["a", "-o", "b"], ["a", "-o", "b"]),
        (["--style-at", "0:10", "b.jpg", "c"], ["--style-at=0:10=b.jpg", "c"]),
        (["--style-at=0:10", "b.jpg"], ["--style-at=0:10=b.jpg"]),
        (["--style-at", "0:10=b.jpg", "c"], ["--style-at=0:10=b.jpg", "c"]),
        (["--style-at", "0:10", "b=c.jpg"], ["--style-at=0:10=b=c.jpg"]),
        (["--style-at", "0:10"], ["--style-at=0:10"]),
        (["--style-at"], ["--style-at"]),
        (["--", "--style-at", "1", "b"], ["--", "--style-at", "1", "b"]),
    ],
)
def test_two_values_become_one(arguments, joined):
    assert join_pairs(arguments) == joined


def test_a_pair_is_taken_apart_at_the_first_sign():
    assert split_pair("0:10=b=c.jpg") == ("0:10", "b=c.jpg")
    assert split_pair("0:10") == ("0:10", "")


def test_typer_takes_pairs_among_arguments_and_other_options():
    app, found = typer.Typer(), []

    @app.command(cls=CommandWithPairs)
    def take(
        names: list[str],
        style_at: list[str] = typer.Option([]),  # noqa: B008  Typer's way
        size: int = 1,
    ):
        found.append((names, style_at, size))

    command = get_command(app)
    line = ["a", "--style-at", "0", "x y", "--size", "3", "--style-at", "5", "-z.jpg", "b"]
    command.main(line, standalone_mode=False)
    assert found == [(["a", "b"], ["0=x y", "5=-z.jpg"], 3)]
