"""Each fault has the status of HTTP that a page expects."""

import errno

import pytest

from ortstyle.errors import OrtStyleError
from ortstyle.studio import faults


@pytest.mark.parametrize(
    ("name", "status"),
    [("Refused", 422), ("NotFound", 404), ("Conflict", 409), ("TooLarge", 413), ("NoSpace", 507)],
)
def test_a_fault_is_an_error_with_a_status(name, status):
    fault = getattr(faults, name)("a sentence")
    assert isinstance(fault, OrtStyleError)
    assert fault.status == status
    assert str(fault) == "a sentence"


def test_a_fault_says_which_field_is_unfit_where_that_is_known():
    assert faults.Refused("a sentence").field is None
    assert faults.Refused("a sentence", field="size").field == "size"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("size is too large", "Size is too large."),
        ("There is none.", "There is none."),
        ("no layer 'x'; did you mean 'y'?", "No layer 'x'; did you mean 'y'?"),
    ],
)
def test_the_line_of_an_error_is_told_as_a_sentence(line, told):
    assert faults.sentence(line) == told


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "no room"), True),
        (OSError(errno.EACCES, "not allowed"), False),
        (ValueError("no room"), False),
    ],
)
def test_a_full_disk_is_known_by_its_number(error, is_full):
    assert faults.is_full(error) is is_full
