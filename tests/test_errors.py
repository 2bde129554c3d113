"""The tree of errors: what a caller catches by which class."""

import pytest

from ortstyle import errors
from ortstyle.errors import (
    DeviceError,
    MemoryBudgetError,
    OrtStyleError,
    OutOfMemoryError,
    SettingsError,
)

DETAILS = {MemoryBudgetError: {"needed": 2, "available": 1}}
ERRORS = [found for found in vars(errors).values() if isinstance(found, type)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_an_ortstyle_error_with_a_line_for_a_person(error):
    with pytest.raises(OrtStyleError) as caught:
        raise error("photo.png is missing; check the path", **DETAILS.get(error, {}))
    assert str(caught.value) == "photo.png is missing; check the path"
    assert error.__doc__


def test_the_tree_has_errors_in_it():
    assert len(ERRORS) > 5
    assert not any(issubclass(error, KeyboardInterrupt | SystemExit) for error in ERRORS)


def test_a_wrong_setting_is_a_wrong_value():
    assert issubclass(SettingsError, ValueError)
    others = [e for e in ERRORS if issubclass(e, ValueError) and not issubclass(e, SettingsError)]
    assert not others


def test_memory_that_does_not_suffice_is_the_device_s_fault():
    assert issubclass(OutOfMemoryError, DeviceError)
    assert not issubclass(OutOfMemoryError, MemoryError)
    assert not issubclass(DeviceError, OutOfMemoryError)
