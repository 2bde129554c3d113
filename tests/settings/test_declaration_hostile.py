"""Every declared option of every record, given values that no option expects.

Each value is either accepted, and then the record holds it as a plain value that survives being
written and read, or refused in one line that names the option.
"""

import json
from contextlib import suppress
from dataclasses import asdict, replace

import pytest
from hostile_values import VALUES, has_plain_values, result_of

from ortstyle.cli.command import Checkpointing, Reports
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import options_of
from ortstyle.settings.serialization import from_dict, record_from_dict
from ortstyle.settings.settings import Settings

OPTIONS = [
    pytest.param(record, option, id=f"{record.__name__}.{option.name}")
    for record in (Settings, Encoding, Checkpointing, Reports)
    for option in options_of(record)
]


def values_of_json():
    """Yield the values that JSON can bring, Python's extension for NaN included."""
    for value in VALUES:
        with suppress(TypeError, ValueError, ZeroDivisionError):
            yield json.loads(json.dumps(value))


@pytest.mark.parametrize(("record", "option"), OPTIONS)
def test_a_value_is_taken_or_refused_in_one_line(record, option):
    for value in (*VALUES, option.default):
        made = result_of(lambda value=value: record(**{option.name: value}), about=option.flag)
        if made is None:
            assert value is not option.default
        else:
            assert has_plain_values(made), value
            taken = getattr(made, option.name)
            assert replace(made) == made
            option.check(taken)
            if option.declared.allowed and taken is not None:
                option.declared.allowed.check(option.flag, taken)


@pytest.mark.parametrize(("record", "option"), OPTIONS)
def test_a_value_from_json_is_taken_or_refused_in_one_line(record, option):
    for value in values_of_json():
        made = result_of(
            lambda value=value: record_from_dict(record, {option.name: value}), about=option.flag
        )
        if made is not None:
            written = json.dumps(asdict(made), allow_nan=False, default=str)
            assert record_from_dict(record, json.loads(written)) == made


@pytest.mark.parametrize("key", ["", "sizes", "x" * 1000, "\x1b", 3, None, (1, 2)])
def test_a_key_that_is_no_setting_is_refused_in_one_line(key):
    assert result_of(lambda: from_dict({key: 1})) is None
    assert result_of(lambda: from_dict({})) == Settings()
