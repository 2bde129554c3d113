"""The options of the command line, made from declarations in the records that hold their values.

A command whose parameter is annotated with `OptionsOf` a record gets an option for each field that
the record declares; see `settings.declaration`. Options that belong to no record are declared here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer

from ortstyle.settings.declaration import Option, options_of
from ortstyle.settings.presets import preset_names
from ortstyle.settings.settings import Settings

_MEMORY = "Memory and checkpoints"
_DISPLAY = "Display"

Content = Annotated[Path, typer.Argument(help="The photograph to repaint; - for standard input.")]
Styles = Annotated[list[Path], typer.Argument(help="One painting or several.")]
Preset = Annotated[
    str | None,
    typer.Option(
        help='Preset to start from; "ortstyle presets" lists them (default).',
        metavar="|".join([*preset_names(), "PATH"]),
    ),
]
DeviceName = Annotated[
    str,
    typer.Option(
        help='Device to run on; "ortstyle devices" lists them (auto).',
        metavar="auto|cpu|cuda[:N]|webgpu|…",
        show_default=False,
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        help="Memory that the process may take; pictures that need more are painted in tiles (the "
        "free memory).",
        metavar="6GB",
        rich_help_panel=_MEMORY,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Processor threads to use (as many as the process may).",
        metavar="N",
        min=1,
        max=1024,
        rich_help_panel=_MEMORY,
    ),
]
Overwrite = Annotated[
    bool | None,
    typer.Option(
        "--overwrite/--no-overwrite",
        help="Replace files that exist, or refuse to (only those that are named are replaced; a "
        "result without -o gets a number).",
        rich_help_panel="Files",
    ),
]
ShowPicture = Annotated[
    bool | None,
    typer.Option(
        "--thumbnail/--no-thumbnail",
        help="Show the picture in the terminal while it is painted (if the terminal is known to "
        "show pictures).",
        rich_help_panel=_DISPLAY,
    ),
]
Explain = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Print the settings, sizes and device of the run without running it.",
        rich_help_panel=_DISPLAY,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print only errors and notices.", rich_help_panel=_DISPLAY),
]


@dataclass(frozen=True)
class OptionsOf:
    """Marks a parameter of a command that stands for the options of a record.

    The command receives the record, or if the parameter is a dict, only the values that were given.

    Attributes
    ----------
    record
        A dataclass with declared fields.
    only
        Names of the options to take; empty for all.
    defaults
        Defaults of the command that differ from those of the record, by name, for the help.
    content
        What the help of the command calls CONTENT.
    prefix, prefixed
        The prefix of options whose names the command has for others, and the names of those.
    """

    record: type
    only: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()
    content: str = "CONTENT"
    prefix: str = ""
    prefixed: tuple[str, ...] = ()

    @property
    def options(self) -> list[Option]:
        """The options that the parameter stands for."""
        defaults = dict(self.defaults)
        return [
            replace(
                self._named(option),
                default=defaults.get(option.name, option.default),
                declared=replace(
                    option.declared, help=option.declared.help.replace("CONTENT", self.content)
                ),
            )
            for option in options_of(self.record)
            if not self.only or option.name in self.only
        ]

    def values(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the values of the options that were given on the command line, parsed."""
        return {
            option.name.removeprefix(self.prefix): _value(option, given[option.name])
            for option in self.options
            if given[option.name] is not None
        }

    def _named(self, option: Option) -> Option:
        """Return an option under the name that the command has for it."""
        if option.name not in self.prefixed:
            return option
        name = f"{self.prefix}{option.name}"
        flags = (f"--{name.replace('_', '-')}",)
        return replace(option, name=name, declared=replace(option.declared, flags=flags))


#: All settings that were given on the command line, by name.
Overrides = Annotated[dict[str, Any], OptionsOf(Settings)]


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter of a command that `OptionsOf` marks by the options of its record."""
    own = signature(command, eval_str=True)
    parameters: list[Parameter] = []
    markers: dict[str, tuple[OptionsOf, bool]] = {}
    for parameter in own.parameters.values():
        marker = _marker(parameter)
        if marker is None:
            parameters.append(parameter)
        else:
            as_dict = get_origin(get_args(parameter.annotation)[0]) is dict
            markers[parameter.name] = marker, as_dict
            parameters += map(_parameter, marker.options)

    @wraps(command)
    def run(**given: Any) -> None:
        arguments = {name: given[name] for name in own.parameters if name not in markers}
        for name, (marker, as_dict) in markers.items():
            values = marker.values(given)
            arguments[name] = values if as_dict else marker.record(**values)
        command(**arguments)

    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del run.__wrapped__  # Typer would use the signature of the wrapped function
    return run


def _marker(parameter: Parameter) -> OptionsOf | None:
    found = [item for item in get_args(parameter.annotation)[1:] if isinstance(item, OptionsOf)]
    return found[0] if found else None


def _parameter(option: Option) -> Parameter:
    """Return the parameter by which Typer makes an option."""
    kind: Any = list[str] if _is_repeated(option) else option.text_type
    flags = option.declared.flags
    if option.text_type is bool and len(flags) == 2:
        flags = ("/".join(flags),)
    info = typer.Option(
        *flags,
        help=option.help_text,
        metavar=None if option.text_type is bool else option.metavar,
        rich_help_panel=option.declared.panel or None,
    )
    annotation = Annotated[kind | None, info]
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _is_repeated(option: Option) -> bool:
    """Tell whether an option is given once for each style picture."""
    return option.declared.names_files and tuple in option.value_types


def _value(option: Option, given: Any) -> Any:
    if _is_repeated(option):
        return tuple("" if path == "-" else path for path in given)
    return option.read(given, label=option.flag) if isinstance(given, str) else given
