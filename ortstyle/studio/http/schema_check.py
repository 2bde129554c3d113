"""Checks of values against a schema: the words of JSON Schema that the studio's document uses."""

import re
from collections.abc import Mapping
from typing import Any

from ortstyle.settings.conversion import shown
from ortstyle.studio.faults import Refused

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_NOUNS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def check(value: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> None:
    """Refuse a value that does not fit a schema.

    Parameters
    ----------
    value
        What `json` has read.
    schema
        It may use `$ref` to another schema by its name, `type` (one or several), `enum`, `minimum`,
        `maximum`, `minLength`, `maxLength`, `pattern` between ^ and $, `minItems`, `maxItems`,
        `items`, `required`, `properties` and `additionalProperties`; other words are notes.
    schemas
        The schemas by name.
    name
        What the value is, for the message.

    Raises
    ------
    Refused
        The value does not fit; the message says where and why.
    """
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    _check_type(value, schema, name)
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(str(choice) for choice in schema["enum"])
        raise Refused(f"{name} must be one of {known}, not {shown(value)}.")
    if isinstance(value, str):
        _check_text(value, schema, name)
    elif isinstance(value, list):
        _check_list(value, schema, schemas, name)
    elif isinstance(value, dict):
        _check_object(value, schema, schemas, name)
    elif isinstance(value, int | float):
        _check_number(value, schema, name)


def _check_type(value: Any, schema: Mapping[str, Any], name: str) -> None:
    wanted = schema.get("type", list(_TYPES))
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        fits = "boolean" in wanted
    else:
        fits = any(isinstance(value, _TYPES[kind]) for kind in wanted)
    if not fits:
        nouns = " or ".join(_NOUNS[kind] for kind in wanted)
        raise Refused(f"{name} must be {nouns}, not {shown(value)}.")


def _check_number(value: float, schema: Mapping[str, Any], name: str) -> None:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and value < least:
        raise Refused(f"{name} must be at least {least}, not {shown(value)}.")
    if most is not None and value > most:
        raise Refused(f"{name} must be at most {most}, not {shown(value)}.")


def _check_text(value: str, schema: Mapping[str, Any], name: str) -> None:
    if len(value) > schema.get("maxLength", len(value)):
        raise Refused(f"{name} must have at most {schema['maxLength']} characters.")
    if len(value) < schema.get("minLength", 0):
        raise Refused(f"{name} must not be empty.")
    pattern = schema.get("pattern", "")
    # Between ^ and $, because Python's $ also matches before a line's end.
    if pattern and not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value):
        raise Refused(f"{name} must be {schema.get('title', 'of another form')}.")


def _check_list(
    value: list[Any], schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str
) -> None:
    if len(value) < schema.get("minItems", 0):
        raise Refused(f"{name} must not be empty.")
    if len(value) > schema.get("maxItems", len(value)):
        raise Refused(f"{name} must have at most {schema['maxItems']} entries.")
    for i, item in enumerate(value):
        check(item, schema.get("items", {}), schemas, f"{name}[{i}]")


def _check_object(
    value: dict[str, Any], schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str
) -> None:
    known = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            raise Refused(f"{name} must have {key}.")
    others = schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in known:
            check(item, known[key], schemas, f"{name}.{key}")
        elif others is False:
            raise Refused(f"{name} has no {shown(key)}; it may have {', '.join(known)}.")
        elif others is not True:
            check(item, others, schemas, f"{name}.{shown(key)}")
