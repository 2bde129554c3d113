"""Values that fit a schema pass; others are refused with a sentence that says where and why."""

import jsonschema_rs
import pytest
from hypothesis import given, settings, strategies as st

from ortstyle.studio.faults import Refused
from ortstyle.studio.http.schema_check import check

SCHEMAS = {"Word": {"type": "string", "maxLength": 3, "minLength": 1}}
WORD = {"$ref": "#/components/schemas/Word"}
ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]{4}$", "title": "an id"},
        "side": {"type": "integer", "minimum": 1, "maximum": 9},
        "words": {"type": "array", "items": WORD, "minItems": 1, "maxItems": 2},
        "kind": {"type": ["string", "null"], "enum": ["a", "b", None]},
        "open": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"side": 1},
        {"side": 9},
        {"words": ["abc"]},
        {"words": ["a", "b"]},
        {"kind": None},
        {"kind": "b"},
        {"open": {"x": 1, "y": 2.5}},
    ],
)
def test_what_fits_passes(more):
    check({"id": "00ff"} | more, ORDER, SCHEMAS, "The body")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "The body must be an object"),
        ({}, "The body must have id."),
        ({"id": 5}, "The body.id must be text"),
        ({"id": "00ff\n"}, "The body.id must be an id."),
        ({"id": "../x"}, "The body.id must be an id."),
        ({"id": "00ff", "side": 0}, "at least 1"),
        ({"id": "00ff", "side": 10}, "at most 9"),
        ({"id": "00ff", "side": True}, "a whole number"),
        ({"id": "00ff", "side": 1.5}, "a whole number"),
        ({"id": "00ff", "words": []}, "must not be empty"),
        ({"id": "00ff", "words": ["a", "b", "c"]}, "at most 2 entries"),
        ({"id": "00ff", "words": ["a", ""]}, r"The body.words\[1\] must not be empty"),
        ({"id": "00ff", "words": ["long word"]}, "at most 3 characters"),
        ({"id": "00ff", "kind": "c"}, "must be one of a, b, None"),
        ({"id": "00ff", "open": {"x": "1"}}, "must be a number"),
        ({"id": "00ff", "other": 1}, "has no 'other'; it may have id, side"),
    ],
)
def test_what_does_not_fit_is_refused(value, says):
    with pytest.raises(Refused, match=says):
        check(value, ORDER, SCHEMAS, "The body")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.text("abf0", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", *ORDER["properties"], "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    JSON
    | st.builds(
        lambda value: {"id": "00ff"} | value,
        st.dictionaries(st.sampled_from(list(ORDER["properties"])), JSON, max_size=3),
    )
)
def test_it_agrees_with_a_validator(value):
    whole = ORDER | {"components": {"schemas": SCHEMAS}}
    try:
        check(value, ORDER, SCHEMAS, "The body")
        fits = True
    except Refused:
        fits = False
    assert fits == jsonschema_rs.is_valid(whole, value)
