"""Fixtures shared by the tests of settings."""

import pytest

from ortstyle.errors import OrtStyleError, SettingsError


@pytest.fixture
def refusal_of():
    """Return a function that returns the one-line error message for a refused value."""

    def refused(make, *args, **options):
        with pytest.raises(SettingsError) as caught:
            make(*args, **options)
        message = str(caught.value)
        assert "\n" not in message
        assert isinstance(caught.value, OrtStyleError)
        assert isinstance(caught.value, ValueError)
        return message

    return refused
