"""An order as commands for a terminal and as lines of Python, with the names of its pictures."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import Option, options_of
from ortstyle.settings.presets import from_preset
from ortstyle.settings.serialization import name_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text
from ortstyle.studio.orders.film import OrderedFilm
from ortstyle.studio.orders.film_as_python import film_in_python
from ortstyle.studio.orders.order import Order

#: What PowerShell takes as it is; a comma, for one, would make an array.
_PLAIN = re.compile(r"[A-Za-z0-9_./:+=-]+", re.ASCII)
#: PowerShell takes typographic quotes for plain ones.
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")


def as_command(order: Order, names: Mapping[str, str], *, longest: int | None) -> dict[str, str]:
    """Return what paints an order without the studio.

    Parameters
    ----------
    order
        The order.
    names
        The names of the files of its pictures, by id.
    longest
        The longest side of the photograph.

    Returns
    -------
    dict
        "render" for POSIX shells and "powershell", each one line, and "python".
    """
    files = {id_: _as_argument(name) for id_, name in names.items()}
    settings = order.settings_for(files, longest=longest)
    pictures = [files[order.photograph], *(files[each.picture] for each in order.paintings)]
    words = [*pictures, *_options(order, settings)]
    name = "ortstyle video" if order.film else "ortstyle render"
    changes = changed_values(settings, order.preset)
    python = film_in_python if order.film else _python
    return {
        "render": " ".join([name, *map(shlex.quote, words)]),
        "powershell": " ".join([name, *map(_quoted_for_powershell, words)]),
        "python": python(order, pictures, changes),
    }


def _as_argument(name: str) -> str:
    """Return the name of a file, which comes from a page, as no option or pipe begins."""
    name = name_of(name) or "picture"
    return f"./{name}" if name.startswith("-") else name


def _changes(settings: Settings, preset: str) -> Iterator[tuple[Option, Any]]:
    """Yield each setting that differs from the preset's, with its value."""
    base = from_preset(preset)
    for option in options_of(Settings):
        value = getattr(settings, option.name)
        if value != getattr(base, option.name):
            yield option, value


def changed_values(settings: Settings, preset: str) -> dict[str, Any]:
    """Return the values of settings that differ from the preset's, by name."""
    return {option.name: value for option, value in _changes(settings, preset)}


def _options(order: Order, settings: Settings) -> Iterator[str]:
    """Yield the words of the options that an order takes on the command line."""
    if order.preset != "default":
        yield from ("--preset", order.preset)
    for option, value in _changes(settings, order.preset):
        yield from _words(option, value)
    if order.film:
        yield from _film_options(order, order.film)
    for option in () if order.film else options_of(Encoding):
        value = getattr(order.encoding, option.name)
        if value != option.default:
            yield from _words(option, value)
    if order.device != "auto":
        yield from ("--device", order.device)


def _film_options(order: Order, film: OrderedFilm) -> Iterator[str]:
    """Yield the words of the options of a film, its part and its file."""
    for flag, seconds in zip(("--from", "--to"), film.span(order), strict=True):
        if seconds is not None:
            yield from (flag, f"{seconds:.3f}".rstrip("0").rstrip("."))
    for record in film.records:
        for option in options_of(type(record)):
            value = getattr(record, option.name)
            if value != option.default:
                yield from _words(option, value)


def _words(option: Option, value: Any) -> Sequence[str]:
    flags = option.declared.flags or (option.flag,)
    if isinstance(value, bool):
        return [flags[0] if value else flags[-1]]
    if option.declared.names_files and isinstance(value, tuple):  # one for each painting
        return [word for path in value for word in (flags[0], path or "-")]
    text = as_text(value)
    return [f"{flags[0]}={text}"] if text.startswith("-") else [flags[0], text]


def _quoted_for_powershell(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    return f"'{_QUOTES.sub(lambda found: 2 * found[0], word)}'"


def _python(order: Order, pictures: Sequence[str], changes: Mapping[str, Any]) -> str:
    """Return lines of Python that paint the same, and save it as a plain PNG."""
    content, *styles = map(repr, pictures)
    return "\n".join(
        [
            "from ortstyle import from_preset, stylize",
            "",
            *_call("settings = from_preset", [repr(order.preset), *_dictionary(changes)]),
            *_call("run = stylize", [content, f"[{', '.join(styles)}]", "settings"], order.device),
            "for iterate in run:",
            '    print(iterate.evaluations, f"{iterate.loss:.4g}")',
            'iterate.image.save("painted.png")',
            "",
        ]
    )


def _call(begin: str, arguments: Sequence[str], device: str = "auto") -> list[str]:
    given = [*arguments, *([f"device={device!r}"] if device != "auto" else [])]
    return [f"{begin}({', '.join(given)})"]


def _dictionary(values: Mapping[str, Any]) -> list[str]:
    if not values:
        return []
    lines = "".join(f"    {name!r}: {value!r},\n" for name, value in values.items())
    return [f"{{\n{lines}}}"]
