"""Values that a program or a file gives for an option, as the plain values of its type.

A value is accepted where its meaning is plain: a list where a tuple is declared, a number of NumPy
where a number is, a path where text names a file. Anything else is refused, whatever its type is.
"""

import os
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from ortstyle.special_files import can_name

_SHOWN = 60  # characters of a value that an error message repeats

_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Path: "a path",
    NoneType: "none",
}


def convert(value: Any, hint: Any) -> Any:
    """Return a value as the plain value that a type hint declares.

    Parameters
    ----------
    value
        Any object.
    hint
        bool, int, float, str, Path, None, a `Literal` of text, a tuple type, or a union of these.

    Raises
    ------
    TypeError, ValueError, OverflowError
        The value is of another type, or its type can't hold it.
    """
    if hasattr(type(value), "tolist"):  # NumPy's arrays and scalars
        value = value.tolist()
    for kind in members(hint):
        if _may_be(value, kind):
            return _CONVERSIONS[get_origin(kind) or kind](value, kind)
    raise TypeError(f"{shown(value)} is not {words_for(hint)}")


def members(hint: Any) -> tuple[Any, ...]:
    """Return the types of a union; the type itself where it is none."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def words_for(hint: Any) -> str:
    """Return what a type hint accepts in words, such as "a whole number or a list"."""
    kinds = [kind for kind in members(hint) if kind is not NoneType]
    return " or ".join(
        "a list" if get_origin(kind) is tuple else _WORDS.get(kind, "text") for kind in kinds
    )


def shown(value: Any) -> str:
    """Return a value as an error message repeats it: on one line, and not too long."""
    try:
        text = repr(value[:_SHOWN] if isinstance(value, str) else value)
    except Exception:  # noqa: BLE001  a foreign object, or a number with too many digits
        text = f"a value of type {type(value).__name__}"
    text = "".join(c if c.isprintable() else " " for c in text)
    cut = len(text) > _SHOWN or (isinstance(value, str) and len(value) > _SHOWN)
    return f"{text[:_SHOWN]}…" if cut else text


def _may_be(value: Any, kind: Any) -> bool:
    accepted = _ACCEPTED[get_origin(kind) or kind]
    # For Python a bool is a whole number.
    return isinstance(value, accepted) and (kind is bool or not isinstance(value, bool))


def _text(value: Any) -> str:
    """Return text or a path as text that can name a file and that JSON can hold."""
    text = os.fspath(value)
    if not isinstance(text, str):
        raise TypeError("a path of bytes is not text")
    if not can_name(text):
        raise ValueError("text with a null character, or with half of a surrogate pair")
    return str(text)


def _tuple(value: Any, kind: Any) -> tuple[Any, ...]:
    hints = get_args(kind)
    if hints[-1] is Ellipsis:
        hints = (hints[0],) * len(value)
    try:
        return tuple(convert(v, hint) for v, hint in zip(value, hints, strict=True))
    except TypeError as error:
        raise ValueError("an item is of another type") from error


_ACCEPTED: Mapping[Any, Any] = {
    NoneType: NoneType,
    bool: bool,
    int: Integral,
    float: Real,
    str: (str, os.PathLike),
    Path: (str, os.PathLike),
    Literal: str,
    tuple: (list, tuple),
}
_CONVERSIONS: Mapping[Any, Any] = {
    NoneType: lambda value, _: value,
    bool: lambda value, _: value,
    int: lambda value, _: int(value),
    float: lambda value, _: float(value),
    str: lambda value, _: _text(value),
    Path: lambda value, _: Path(_text(value)),
    Literal: lambda value, _: _text(value),
    tuple: _tuple,
}
