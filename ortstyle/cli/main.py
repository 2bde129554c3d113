"""The entry point of the command line: the commands, their exit codes and one-line errors.

Nothing heavy is imported before a command needs it, so `--help` answers at once.
"""

import errno
import os
import sys
from collections.abc import Sequence
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ortstyle import __version__
from ortstyle.cli.arguments import command_line_arguments
from ortstyle.cli.batch import batch
from ortstyle.cli.demo import demo
from ortstyle.cli.devices import devices
from ortstyle.cli.export import export
from ortstyle.cli.interrupts import stopping_at_once
from ortstyle.cli.messages import quoted, say, say_from_signal_handler
from ortstyle.cli.pairs import CommandWithPairs
from ortstyle.cli.plan import plan
from ortstyle.cli.presets import presets
from ortstyle.cli.render import render
from ortstyle.cli.resume import resume
from ortstyle.cli.sheet import sheet
from ortstyle.cli.signals import ending_code, ignore_signals_at_exit
from ortstyle.cli.standard_streams import unfailing_streams
from ortstyle.cli.studio import studio
from ortstyle.cli.suggestions import (
    empty_argument,
    equals_after_letter,
    single_dash_option,
    suggestion,
    typeset_option,
)
from ortstyle.cli.video import video
from ortstyle.cli.web import web
from ortstyle.errors import OrtStyleError, OutputError, SettingsError
from ortstyle.files import reason_of

_UsageError: type[Any] = typer.BadParameter.__mro__[1]  # of Typer or of Click, by Typer's version

#: Errors of a pipe whose reader, such as `head`, has read enough; the second one is Windows'.
_NO_READER = (errno.EPIPE, errno.EINVAL)

#: With these ONNX Runtime 1.29 and later sends nothing and writes no identifier of the machine.
_NO_TELEMETRY = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # an unexpected error is a plain traceback
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Neural style transfer by optimisation, on any vendor's hardware.",
)
for _command in (
    *(render, studio, batch, resume, demo, sheet),
    *(plan, presets, devices, export, web),
):
    app.command()(_command)
app.command(cls=CommandWithPairs)(video)


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


@cache
def _whole_command() -> Any:
    """Return Click's command with all others in it, which Typer makes anew at each call."""
    return typer.main.get_command(app)


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raise a `SettingsError` if an option has wrong dashes, or if a value is empty."""
    known = _options_of(arguments)
    typed, meant = typeset_option(arguments, known)
    if typed:
        raise SettingsError(f"{typed} begins with a dash that is no hyphen; type {meant}")
    if option := single_dash_option(arguments, known):
        raise SettingsError(_no_such_option(option, arguments))
    valued = _options_of(arguments, with_values=True)
    typed, meant = equals_after_letter(arguments, valued)
    if typed:
        raise SettingsError(f"{typed} has a sign = that would belong to the value; type {meant}")
    empty = empty_argument(arguments, valued) if known else None
    if empty is not None:
        what = f"the value of {empty} is empty" if empty else "an argument is empty"
        raise SettingsError(f"{what}; give one, or leave it out")


def _usage_message(error: Any, arguments: Sequence[str]) -> str:
    """Return the message of a usage error, with a suggestion if an option does not exist."""
    if not hasattr(error, "possibilities"):  # of an option that does not exist
        command = f" {arguments[0]}" if _options_of(arguments) else ""
        message = _in_one_line(error.format_message())
        if not command and arguments and os.path.isfile(arguments[0]):  # noqa: PTH113 raises nothing
            message += f" Did you mean ortstyle render {quoted(Path(arguments[0]))}?"
        return f"{message} (see ortstyle{command} --help)"
    option = error.option_name
    named = [one.partition("=")[0] for one in arguments if one.startswith(option)]
    return _no_such_option(option if option in named or not named else named[0], arguments)


def _no_such_option(option: str, arguments: Sequence[str]) -> str:
    known = _options_of(arguments)
    parts = [f"No such option: {option}", suggestion(option, known)]
    command = f" {arguments[0]}" if known else ""
    return f"{'; '.join(filter(None, parts))} (see ortstyle{command} --help)"


def _options_of(arguments: Sequence[str], *, with_values: bool = False) -> list[str]:
    """List the options of the command that arguments begin with; empty if there is no such.

    Those `with_values` are not switches.
    """
    commands: Any = getattr(_whole_command(), "commands", {})
    command = commands.get(arguments[0]) if arguments else None
    options = command.params if command else []
    if with_values:
        options = [option for option in options if not getattr(option, "is_flag", True)]
    return [flag for option in options for flag in option.opts]


def _in_one_line(message: str) -> str:
    """Join the lines of a message; spaces within a line, as in file names, stay as they are."""
    return " ".join(filter(None, (line.strip() for line in message.splitlines())))


def main() -> NoReturn:
    """Run the command line: exit code 1 for an error, 2 for wrong use, 130 for Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the encoding of a log may have no ×
    for name in _NO_TELEMETRY:
        os.environ.setdefault(name, "1")
    try:
        with unfailing_streams() as out, stopping_at_once(say_from_signal_handler):
            code = _run()
            out.flush()
            if out.error and out.error.errno not in _NO_READER:
                say(f"standard output can't be written ({reason_of(out.error)})")
                code = code or 1
    finally:
        ignore_signals_at_exit()
    sys.exit(code)


def _run() -> int:
    """Run a command, print what is wrong as one line, and return the exit code."""
    arguments = command_line_arguments()
    try:
        _check_arguments(arguments)
        code = _whole_command()(arguments, standalone_mode=False, windows_expand_args=False)
    except _UsageError as error:
        if error.format_message():  # without arguments the help was printed
            say(_usage_message(error, arguments))
        code = 2
    except OrtStyleError as error:
        # After a signal the error may be what a library has made of the signal's exception.
        if ending_code() is None or isinstance(error, OutputError):
            say(_in_one_line(str(error)))
        code = 2 if isinstance(error, SettingsError) else 1
    except MemoryError:
        say("out of memory; give a smaller --size")
        code = 1
    except KeyboardInterrupt:
        code = 130
    except ImportError:
        if ending_code() is None:
            raise
        code = 1
    return ending_code() or code or 0
