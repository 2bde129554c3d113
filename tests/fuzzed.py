"""Changes at random to what files hold: JSON, protocol buffers, TOML; and commands that read them.

Hypothesis draws every choice, so a failure is shrunk to few changes.
"""

import copy
import os
import sys
from contextlib import suppress

from google.protobuf.descriptor import FieldDescriptor
from guarded import Guarded, fuzzing
from hypothesis import HealthCheck, given, seed, settings, strategies as st

NUMBERS = (0, -1, 1, 2, 255, 65536, 2**31 - 1, -(2**31), 2**63 - 1, 10**30, 1e300, 0.5, -0.0)
TEXTS = ("", "a", "../a", "/etc/a", r"\\evil\a", "-", "nul", "\0", "é" * 300, "[/x]", "1e9", "nan")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(NUMBERS),
    st.floats(),
    st.integers(),
    st.sampled_from(TEXTS),
    st.text(max_size=5),
    st.sampled_from(([], {}, [[]], [1, 2], ["a"], {"a": 1}, [[1, 2], [3, 4]], [[[[1]]]])),
)


def fuzz(strategy, check, *, examples=20):
    """Check cases of a strategy for as many minutes as `guarded.fuzzing` says."""
    for number in fuzzing(at_least=1):

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def run(case):
            check(case)

        run()


@st.composite
def changed_json(draw, value):
    """Return JSON's data with one to three places replaced, left out or repeated."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(value))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(("replace", "replace", "drop", "repeat", "swap")))
        if what == "drop":
            del holder[key]
        elif what == "repeat" and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        elif what == "swap":
            other, place = draw(st.sampled_from(places))
            holder[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(holder[key])
        else:
            holder[key] = copy.deepcopy(draw(VALUES))  # the next change may be made within it
    return value


def _places(value):
    """Yield each dictionary or list in JSON's data with each of its keys."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from _places(inner)


@st.composite
def changed_proto(draw, message):
    """Return a protocol buffer with one to three fields replaced, left out or repeated."""
    found = type(message)()
    found.CopyFrom(message)
    for _ in range(draw(st.integers(1, 3))):
        holder, field = draw(st.sampled_from(list(_fields(found))))
        what = draw(st.sampled_from(("replace", "replace", "drop", "repeat")))
        many = _is_repeated(field)
        values = getattr(holder, field.name)
        with suppress(TypeError, ValueError):  # the field can't hold the value
            if what == "drop":
                holder.ClearField(field.name)
            elif many and field.type == FieldDescriptor.TYPE_MESSAGE:
                index = draw(st.integers(0, len(values) - 1))
                values.append(values[index]) if what == "repeat" else values.pop(index)
            elif field.type != FieldDescriptor.TYPE_MESSAGE:
                new = draw(_value(field))
                if many:
                    values[draw(st.integers(0, len(values) - 1))] = new
                else:
                    setattr(holder, field.name, new)
    return found


def _fields(message):
    """Yield each message within a message with each of its fields that is set."""
    for field, value in message.ListFields():
        yield message, field
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in value if _is_repeated(field) else [value]:
                yield from _fields(inner)


def _is_repeated(field):
    repeated = getattr(field, "is_repeated", None)  # since protobuf 6
    return field.label == FieldDescriptor.LABEL_REPEATED if repeated is None else repeated


def _value(field):
    if field.type == FieldDescriptor.TYPE_STRING:
        return st.one_of(st.sampled_from(("input", "relu1", "w1", "Resize", *TEXTS)), st.text())
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=300)
    return st.one_of(st.sampled_from(NUMBERS), st.integers(-40, 40))


def run_command(folder, *arguments):
    """Run a command in a folder, in this process; return its exit code as text."""
    from ortstyle.cli.main import main

    os.chdir(folder)
    sys.argv = ["ortstyle", *map(str, arguments)]
    try:
        main()
    except SystemExit as ended:
        return str(ended.code or 0)
    raise AssertionError


def commands():
    """Return what runs commands in a process of its own."""
    return Guarded(run_command, seconds=60)


def check_ended(outcome, *, seconds=30, megabytes=1500):
    """Check that a command has succeeded, or has failed in one line, within bounds."""
    fault = outcome.fault(seconds=seconds, megabytes=megabytes, silent=False)
    assert not fault, fault
    assert "Traceback" not in outcome.printed, outcome.printed
    assert outcome.text in ("0", "1", "2"), outcome
    if outcome.text != "0":
        assert len(outcome.printed.splitlines()) == 1, outcome.printed
        assert outcome.printed.startswith("ortstyle: "), outcome.printed
