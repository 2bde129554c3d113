"""JSON of unknown origin is read strictly; what is written is always valid."""

import json

import pytest
from hypothesis import given, strategies as st

from ortstyle.studio.http.json_text import MAX_DEPTH, BadJson, read_json, write_json


@pytest.mark.parametrize(
    "value", [None, True, 5, -2.5, "ü [{", [], {"a": [1, {"b": '"]}'}]}, 2**53]
)
def test_json_is_read(value):
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"NaN", "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"1e999", "too large"),
        (b"9007199254740993", "too large"),
        (b"9" * 10_000, "too large"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'[{"a": {"b": 1, "b": 1}}]', "same key twice"),
        (b'"\xff"', "UTF-8"),
        (b'"\\ud800"', "UTF-8"),
        (b'{"\\udfff": 1}', "UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[" * 500_000, "within each other"),
        (b'{"a":' * 500_000, "within each other"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "within each other"),
    ],
)
def test_other_things_are_refused(data, says):
    with pytest.raises(BadJson, match=says) as caught:
        read_json(data)
    assert len(str(caught.value)) < 200
    assert caught.value.status == 400


def test_brackets_in_text_are_no_depth():
    text = "[" * 1000 + '"' + "{" * 1000
    assert read_json(json.dumps([text]).encode()) == [text]
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


@pytest.mark.parametrize("data", [b'"' + b'\\"' * 400_000, b'"' * 900_001, b"\\" * 900_000])
def test_text_without_an_end_takes_no_time(data):
    """Looking for its end again from each quote would take hours."""
    with pytest.raises(BadJson):
        read_json(data)


@given(st.binary(max_size=60) | st.text('[]{}",:\\0u', max_size=40).map(str.encode))
def test_nothing_else_is_raised(data):
    try:
        value = read_json(data)
    except BadJson:
        return
    assert read_json(write_json(value)) == value


def test_what_is_written_is_json():
    infinite = {"loss": float("inf"), "terms": [float("nan"), (1.5,)]}
    assert write_json(infinite) == b'{"loss":null,"terms":[null,[1.5]]}'
    assert write_json("ü").decode() == '"ü"'
    assert json.loads(write_json("\ud800")) == "?"
