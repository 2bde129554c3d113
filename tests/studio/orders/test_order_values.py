"""Values of unknown origin are taken only in the one form that an order has."""

import pytest
from hostile_values import VALUES

from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order_values import (
    read_device,
    read_id,
    read_label,
    read_number,
    read_optional_id,
    read_switch,
)

READERS = {
    "id": lambda value: read_id(value, "photograph", what="a photograph"),
    "optional id": lambda value: read_optional_id(value, "start", what="a picture"),
    "number": lambda value: read_number(value, "paintings.0.weight", 0, 10),
    "switch": lambda value: read_switch(value, "draft"),
    "device": read_device,
    "label": read_label,
}


def outcome(read, value):
    """Return what a reader makes of a value, and its error."""
    try:
        return read(value), None
    except Refused as error:
        return None, error


@pytest.mark.parametrize("reader", READERS)
def test_hostile_values_are_refused_in_one_line_or_are_harmless(reader):
    for value in VALUES:
        found, error = outcome(READERS[reader], value)
        if error:
            assert str(error).isprintable()
            assert 10 < len(str(error)) < 300
            assert error.field
        else:
            assert found is None or isinstance(found, bool | float | str)
            assert str(found).isprintable()
            assert len(str(found)) <= 100


def test_good_values_are_taken():
    assert read_id("a1" * 10, "start", what="x") == "a1" * 10
    assert read_optional_id(None, "start", what="x") is None
    assert read_number(1, "weight", 0, 1) == 1.0
    assert read_switch(False, "draft") is False
    assert read_device("openvino:gpu") == "openvino:gpu"
    assert read_label("bolder strokes") == "bolder strokes"
