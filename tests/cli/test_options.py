"""Options of the command line that are made from declarations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from ortstyle.cli.main import app
from ortstyle.cli.options import OptionsOf, with_options
from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, options_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import parse_blend, parse_masks


@dataclass(frozen=True, kw_only=True)
class Frame:
    width: float = declared(2.0, "Width.", panel="Frame", metavar="MM", allowed=Range(above=0))
    gilded: bool = declared(False, "Gild it.", flags=("--gilded", "--plain"))
    sides: tuple[float, ...] | None = declared(None, "Sides.", metavar="A,B", parse=parse_blend)
    photos: tuple[str, ...] = declared(
        (), "Photographs.", metavar="PATH", parse=parse_masks, names_files=True
    )
    place: Path | None = declared(None, "Where it hangs.", metavar="PATH")

    def __post_init__(self):
        check_options(self)


def run(*arguments, only=()):
    """Run a command with the options of a frame; return what it was called with, and the result."""
    given = []

    @with_options
    def command(
        *,
        name: Annotated[str, typer.Option(help="Name.")] = "none",
        frame: Annotated[Frame, OptionsOf(Frame, only)],
        values: Annotated[dict[str, Any], OptionsOf(Settings, ("size", "equalize"))],
    ) -> None:
        """Frame a picture."""
        given.append((name, frame, values))

    made = typer.Typer()
    made.command()(command)
    result = CliRunner().invoke(made, arguments)
    return (given or [None])[0], result


def test_a_record_becomes_options_and_options_the_record():
    arguments = ["--width", "3", "--gilded", "--sides", "1,2", "--photos", "a.png", "--photos", "-"]
    found, _ = run(*arguments, "--place", "wall", "--name", "x", "--size", "7")
    frame = Frame(
        width=3.0, gilded=True, sides=(1.0, 2.0), photos=("a.png", ""), place=Path("wall")
    )
    assert found == ("x", frame, {"size": 7})


def test_what_is_not_given_is_the_default_of_the_record():
    found, _ = run()
    assert found == ("none", Frame(), {})
    assert run("--no-equalize")[0][2] == {"equalize": False}
    assert run("--plain")[0][1] == Frame()


def test_only_some_options():
    assert run("--gilded", only=("gilded",))[0][1] == Frame(gilded=True)
    found, result = run("--width", "3", only=("gilded",))
    assert found is None
    assert result.exit_code == 2


def test_a_command_may_have_defaults_of_its_own():
    shown = {p.opts[0]: p.help for p in typer.main.get_command(app).commands["demo"].params}
    assert shown["--size"].endswith("(384).")
    assert shown["--iterations"].endswith("(100).")


def test_help_is_what_the_declaration_says():
    _, result = run("--help")
    assert "Frame a picture." in result.output
    assert "Width (2)." in result.output
    assert "MM" in result.output


def test_every_setting_is_an_option_of_render():
    parameters = typer.main.get_command(app).commands["render"].params
    shown = {parameter.opts[0]: parameter.help for parameter in parameters}
    for option in options_of(Settings):
        assert shown[option.flag] == option.help_text


@pytest.mark.parametrize("command", ["render", "resume", "demo", "plan", "export"])
def test_every_option_has_help(command):
    parameters = typer.main.get_command(app).commands[command].params
    assert all(parameter.help.endswith((".", "]")) for parameter in parameters)
