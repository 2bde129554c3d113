"""What tests of settings share."""

import pytest

from ortstyle.errors import OrtStyleError, SettingsError


@pytest.fixture
def refusal_of():
    """Give a function that returns the one line by which a value is refused."""

    def refused(make, *args, **options):
        with pytest.raises(SettingsError) as caught:
            make(*args, **options)
        message = str(caught.value)
        assert "\n" not in message
        assert isinstance(caught.value, OrtStyleError)
        assert isinstance(caught.value, ValueError)
        return message

    return refused
