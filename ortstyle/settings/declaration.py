"""Declaration of options: each is one field of a dataclass, with its help, checks and parser.

The command line, preset files, the checks of values, ``--explain``, the settings embedded in
pictures and the tables of the documentation are derived from these declarations. A new setting
needs one new field and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import Range, check_choice
from ortstyle.settings.conversion import convert, members, shown, words_for
from ortstyle.settings.text import as_text

_KEY = "declaration"  # key in the metadata of a dataclass field
_Record = TypeVar("_Record")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """The properties of an option other than its name, type and default.

    Attributes
    ----------
    help
        One or two short sentences for ``--help`` and the documentation, without the default, which
        `Option.help_text` adds.
    details
        Further sentences for the documentation of the library.
    panel
        The heading under which ``--help`` lists the option; empty for the first heading.
    metavar
        Placeholder of the value in ``--help``, such as PIXELS; by default the choices.
    choices
        The names that the option accepts, or a function that returns them; empty for an option
        that accepts other values.
    allowed
        The numbers that the option accepts; None for an option that needs no such check.
    check
        A further check: a function of the option's name on the command line and the value, which
        raises a `SettingsError`.
    parse
        A function that reads the value from text; see `settings.text`.
    example
        A valid value as text, for error messages.
    names_files
        Whether the value is a path, or several. In a preset file they are relative to its folder.
    words
        Values that are not paths although `names_files` is true, such as "noise".
    flags
        Names on the command line; by default `--` and the field's name with dashes.
    default_text
        The default in words, for ``--help``; by default the value itself.
    """

    help: str
    details: str = ""
    panel: str = ""
    metavar: str = ""
    choices: Sequence[str] | Callable[[], Sequence[str]] = ()
    allowed: Range | None = None
    check: Callable[[str, Any], None] | None = None
    parse: Callable[..., Any] | None = None
    example: str = ""
    names_files: bool = False
    words: Sequence[str] = ()
    flags: tuple[str, ...] = ()
    default_text: str = ""


@dataclass(frozen=True)
class Option:
    """A declared field of a record: its name, type hint, default and declaration."""

    name: str
    hint: Any
    default: Any
    declared: Declaration

    @property
    def flag(self) -> str:
        """The name on the command line, such as ``--content-weight``."""
        return self.declared.flags[0] if self.declared.flags else option_flag(self.name)

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that the option accepts; empty if it accepts other values."""
        choices = self.declared.choices
        if not choices and get_origin(self.hint) is Literal:
            return get_args(self.hint)
        return tuple(choices() if callable(choices) else choices)

    @property
    def metavar(self) -> str:
        """The placeholder of the value in ``--help``; empty for a switch."""
        return self.declared.metavar or "|".join(self.choices)

    @property
    def value_types(self) -> frozenset[type]:
        """The Python types that the value may have; where float is allowed, int is too."""
        return _value_types(self.hint)

    @property
    def text_type(self) -> type:
        """The type that the command line reads: bool, int, float, Path, or str for the rest."""
        plain = self.value_types - {NoneType}
        for found in (bool, int, float, Path):
            if plain == _value_types(found):
                return found
        return str

    @property
    def help_text(self) -> str:
        """The help, with the default in parentheses at its end."""
        default = self.declared.default_text
        if not default and self.default not in (None, (), ""):
            switched = isinstance(self.default, bool)
            default = ("on" if self.default else "off") if switched else as_text(self.default)
        if not default or (self.text_type is bool and len(self.declared.flags) == 1):
            return self.declared.help
        return f"{self.declared.help.removesuffix('.')} ({default})."

    def read(self, text: str, *, label: str) -> Any:
        """Read the value from text; an option without a parser returns the text itself.

        Error messages begin with `label`.

        Raises
        ------
        SettingsError
            The text is not of the right form.
        """
        return self.declared.parse(text, option=label) if self.declared.parse else text

    def convert(self, value: Any) -> Any:
        """Return a value as the plain value of the option's type; see `settings.conversion`.

        Raises
        ------
        SettingsError
            The value is of another type; the message says what the option accepts.
        """
        try:
            return convert(value, self.hint)
        except OverflowError:
            fault = "is too large"
        except ValueError:
            fault = "has the wrong form"
        except Exception:  # noqa: BLE001  a foreign object may raise any
            fault = "has the wrong type"
        raise SettingsError(f"{self.flag}: {shown(value)} {fault}; give {self._accepted}")

    @property
    def _accepted(self) -> str:
        """What the option accepts, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        example = f", such as {self.declared.example}" if self.declared.example else ""
        allowed = f" {self.declared.allowed}" if self.declared.allowed else ""
        return f"{words_for(self.hint)}{allowed}{example}"

    def check(self, value: Any) -> None:
        """Raise a `SettingsError` if a converted value is unknown or out of range."""
        if value is None:
            return
        if self.choices:
            check_choice(self.flag, value, self.choices)
        if self.declared.allowed and not isinstance(value, tuple | str):
            self.declared.allowed.check(self.flag, value)
        if self.declared.check:
            self.declared.check(self.flag, value)


def declared(
    default: Any,
    help: str,  # noqa: A002  the name of this parameter in argparse, Click and Typer
    *,
    details: str = "",
    panel: str = "",
    metavar: str = "",
    choices: Sequence[str] | Callable[[], Sequence[str]] = (),
    allowed: Range | None = None,
    check: Callable[[str, Any], None] | None = None,
    parse: Callable[..., Any] | None = None,
    example: str = "",
    names_files: bool = False,
    words: Sequence[str] = (),
    flags: tuple[str, ...] = (),
    default_text: str = "",
) -> Any:
    """Return a dataclass field that declares an option; `Declaration` has the parameters."""
    declaration = Declaration(
        help=help,
        details=details,
        panel=panel,
        metavar=metavar,
        choices=choices,
        allowed=allowed,
        check=check,
        parse=parse,
        example=example,
        names_files=names_files,
        words=words,
        flags=flags,
        default_text=default_text,
    )
    return field(default=default, metadata={_KEY: declaration})


def options_of(record: type) -> tuple[Option, ...]:
    """Return the options that a dataclass declares, in the order of its fields."""
    return _options_of(record)


@cache  # each record that is made is checked against them
def _options_of(record: type) -> tuple[Option, ...]:
    hints = get_type_hints(record)
    return tuple(
        Option(known.name, hints[known.name], known.default, known.metadata[_KEY])
        for known in fields(record)
        if _KEY in known.metadata
    )


def check_options(record: Any) -> None:
    """Convert each value of a new record to its declared type, and check it.

    Raises
    ------
    SettingsError
        A value is of the wrong type, unknown or out of range.
    """
    for option in options_of(type(record)):
        value = option.convert(getattr(record, option.name))
        object.__setattr__(record, option.name, value)  # the record is frozen
        option.check(value)


def documented(record: type[_Record]) -> type[_Record]:
    """Decorate a dataclass: append the help and details of each option to its docstring."""
    lines = [record.__doc__ or "", "", "Attributes", "----------"]
    for option in options_of(record):
        lines += [option.name, f"    {option.help_text} {option.declared.details}".rstrip()]
    record.__doc__ = "\n".join(lines)
    return record


def option_flag(name: str) -> str:
    """Return the name that an option has on the command line, such as ``--content-weight``."""
    return "--" + name.replace("_", "-")


def _value_types(hint: Any) -> frozenset[type]:
    found: set[type] = set()
    for kind in members(hint):
        if get_origin(kind) is Literal:
            found |= {str}
        else:
            found |= {float, int} if kind is float else {get_origin(kind) or kind}
    return frozenset(found)
