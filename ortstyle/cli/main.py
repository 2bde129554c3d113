"""The entry point of the command line: the commands, their exit codes and one-line errors.

Nothing heavy is imported before a command needs it, so `--help` answers at once.
"""

import sys
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer

from ortstyle import __version__
from ortstyle.cli.arguments import command_line_arguments
from ortstyle.cli.demo import demo
from ortstyle.cli.devices import devices
from ortstyle.cli.export import export
from ortstyle.cli.messages import say
from ortstyle.cli.plan import plan
from ortstyle.cli.presets import presets
from ortstyle.cli.render import render
from ortstyle.cli.resume import resume
from ortstyle.errors import OrtStyleError, SettingsError

_UsageError: type[Any] = typer.BadParameter.__mro__[1]  # of Typer or of Click, by Typer's version

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # an unexpected error is a plain traceback
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Neural style transfer by optimisation, on any vendor's hardware.",
)
for _command in (render, resume, demo, plan, presets, devices, export):
    app.command()(_command)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  Typer's callback
    if wanted:
        typer.echo(f"ortstyle {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _in_one_line(message: str) -> str:
    """Join the lines of a message; spaces within a line, as in file names, stay as they are."""
    return " ".join(filter(None, (line.strip() for line in message.splitlines())))


def main() -> NoReturn:
    """Run the command line: exit code 1 for an error, 2 for wrong use, 130 for Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the encoding of a log may have no ×
    try:
        code = app(command_line_arguments(), standalone_mode=False, windows_expand_args=False)
    except _UsageError as error:
        if error.format_message():  # without arguments the help was printed
            say(f"{_in_one_line(error.format_message())} (see ortstyle --help)")
        code = 2
    except OrtStyleError as error:
        say(_in_one_line(str(error)))
        code = 2 if isinstance(error, SettingsError) else 1
    except MemoryError:
        say("out of memory; give a smaller --size")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)
