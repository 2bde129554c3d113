"""The operations are told apart, and each of the studio's answers has a schema."""

import inspect

import pytest

from ortstyle.studio.http.operation import BYTES
from ortstyle.studio.http.operations import OPERATIONS
from ortstyle.studio.http.schemas import SCHEMAS


def test_names_and_addresses_differ():
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_is_whole(operation):
    assert operation.path.startswith("/api/")
    assert operation.text.endswith(".")
    assert inspect.iscoroutinefunction(operation.handler) or operation.name == "login"
    assert operation.body in ("", BYTES, *SCHEMAS)
    assert set(operation.needed) <= set(operation.query)
    assert operation.answers
    assert not set(operation.answers) & set(operation.refusals)


def test_what_changes_something_is_not_got():
    """A browser gets what other pages name; nothing may happen by that."""
    changing = {"receive", "remove", "order", "pause", "proceed", "stop", "retry", "move"}
    changing |= {"to_picture", "set_workspace"}
    for operation in OPERATIONS:
        if getattr(operation.handler, "__name__", "") in changing:
            assert operation.method != "GET"
