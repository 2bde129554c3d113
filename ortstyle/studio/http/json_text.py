"""JSON from and for a page: strict when it is read, and always valid when it is written."""

import json
import math
import re
from typing import Any

from ortstyle.studio.faults import Refused

#: How many objects and lists may stand within each other.
MAX_DEPTH = 32
#: Whole numbers up to this one are the same in JavaScript.
MAX_INTEGER = 2**53
#: A string, which may hold brackets, or a bracket.
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)


class BadJson(Refused):
    """What was sent is not the JSON that is read here."""

    status = 400


def read_json(data: bytes) -> Any:
    """Return the value of a JSON text of unknown origin.

    Raises
    ------
    BadJson
        It is not JSON in UTF-8, it holds a key twice, something that is no number of JSON, a number
        that JavaScript can't hold, half of a character, or values within too many others.
    """
    depth = 0
    for found in _BRACKETS.finditer(data):
        depth += bool(found[1]) - bool(found[2])
        if depth > MAX_DEPTH:
            raise BadJson(f"The JSON holds more than {MAX_DEPTH} values within each other.")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_integer,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise BadJson("The JSON must be whole characters in UTF-8.") from None
    except ValueError as error:
        raise BadJson(f"This is not JSON: {error}.") from None
    return value


def write_json(value: Any) -> bytes:
    """Return a value as JSON; what is no number, such as an infinite loss, becomes null."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadJson("The JSON holds the same key twice in an object.")
    return found


def _refuse_constant(name: str) -> Any:
    raise BadJson(f"{name} is no number of JSON.")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadJson("The JSON holds a number that is too large.")
    return value


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise BadJson("The JSON holds a number that is too large.")
    return int(text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
