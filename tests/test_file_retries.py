import pytest

from ortstyle import file_retries
from ortstyle.file_retries import retry_while_open


class WindowsError(PermissionError):
    """An error as Windows raises it, on any system."""

    def __init__(self, number):
        super().__init__(13, "Permission denied")
        self.winerror = number


class Change:
    """A change of a file that fails a number of times."""

    def __init__(self, error, failures):
        self.error, self.failures, self.calls = error, failures, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "done"


@pytest.mark.parametrize("number", [5, 32, 33])
def test_a_file_that_is_open_for_a_moment_is_changed_afterwards(number):
    change = Change(WindowsError(number), 3)
    assert retry_while_open(change) == "done"
    assert change.calls == 4


def test_a_file_that_stays_open_is_refused(monkeypatch):
    monkeypatch.setattr(file_retries, "_SECONDS", 0.1)
    error = WindowsError(32)
    change = Change(error, 10**9)
    with pytest.raises(PermissionError) as raised:
        retry_while_open(change)
    assert raised.value is error
    assert change.calls > 1


@pytest.mark.parametrize(
    "error", [WindowsError(3), PermissionError(13, "Permission denied"), OSError("other")]
)
def test_other_errors_are_raised_at_once(error):
    change = Change(error, 1)
    with pytest.raises(type(error)) as raised:
        retry_while_open(change)
    assert raised.value is error
    assert change.calls == 1
