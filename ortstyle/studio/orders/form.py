"""The form of a page: presets and panels of fields, made from the declarations of settings."""

from collections.abc import Iterable
from typing import Any

from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import Option
from ortstyle.settings.presets import from_preset, preset_names, preset_purpose
from ortstyle.settings.text import as_text
from ortstyle.studio.orders.film import film_options
from ortstyle.studio.orders.form_words import CHOICES, HELPS, LABELS
from ortstyle.studio.orders.ordered_settings import LARGEST, in_words, offered_options

_ARGUMENTS = {"CONTENT": "the photograph", "STYLE": "painting"}
_FIRST_PANEL = "Picture"
_ACRONYMS = {"tv": "TV", "icc": "ICC"}
_LARGEST_EXACT = 2**53  # of the whole numbers that a browser holds
_SHARE_STEP = 0.01  # of a number that lies between 0 and 1


def describe_form() -> dict[str, Any]:
    """Return presets and fields as JSON can hold them.

    Each preset has all values. Of what names files only words are offered, such as "noise". The
    fields under "film" are those of a film alone.
    """
    return {
        "presets": [
            {"name": name, "description": preset_purpose(name), "values": _values_of(name)}
            for name in preset_names()
        ],
        "panels": [
            {"name": name, "options": [describe_option(option) for option in options]}
            for name, options in _panels(offered_options().values()).items()
        ],
        "film": [
            {"name": name, "options": [describe_option(option) for option in options]}
            for name, options in _panels(film_options().values()).items()
        ],
    }


def describe_option(option: Option) -> dict[str, Any]:
    """Return a field of the form: what an option is called, and which values it accepts."""
    kind, allowed = _kind(option), option.declared.allowed
    least = most = above = None
    if allowed:
        least, most, above = allowed.least, allowed.most, allowed.above
    if most is not None and most > _LARGEST_EXACT:
        most = None
    step = 1.0 if kind == "integer" else None
    if kind == "number" and (least, most) == (0, 1):
        step = _SHARE_STEP
    return {
        "name": option.name,
        "flag": option.flag,
        "label": LABELS.get(option.name) or label_of(option.name),
        "help": HELPS.get(option.name) or help_for_page(option.declared.help),
        "type": kind,
        "default": form_value(option.default),
        "choices": _choices(option),
        "words": {word: CHOICES[word] for word in map(str, _choices(option)) if word in CHOICES},
        "least": least if above is None else None,
        "most": LARGEST if option.name == "size" else most,
        "above": above,
        "step": step,
        "metavar": "" if kind == "choice" else option.metavar,
        "example": option.declared.example,
    }


def label_of(name: str) -> str:
    """Return what a person calls a setting: "Content weight" for "content_weight"."""
    words = [_ACRONYMS.get(word, word) for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def help_for_page(text: str) -> str:
    """Return a help text of the command line in the words of the page."""
    for argument, words in _ARGUMENTS.items():
        text = text.replace(argument, words)
    return in_words(text)


def form_value(value: Any) -> Any:
    """Return the value of a setting as a field holds it: several values are one text."""
    return as_text(value) if isinstance(value, tuple) else value


def _values_of(preset: str) -> dict[str, Any]:
    known = {**from_preset(preset).to_dict(), "icc": Encoding().icc, "depth": Encoding().depth}
    return {name: form_value(known[name]) for name in offered_options()}


def _panels(options: Iterable[Option]) -> dict[str, list[Option]]:
    found: dict[str, list[Option]] = {}
    for option in options:
        found.setdefault(option.declared.panel or _FIRST_PANEL, []).append(option)
    return found


def _choices(option: Option) -> list[str | int]:
    """Return what the option accepts, where that is a few words or numbers."""
    numbers = option.metavar.split("|")
    if option.text_type is int and all(map(str.isdecimal, numbers)):
        return [int(number) for number in numbers]
    return list(option.choices or option.declared.words)


def _kind(option: Option) -> str:
    if _choices(option):
        return "choice"
    kinds = {bool: "boolean", int: "integer", float: "number"}
    return kinds.get(option.text_type, "text")
