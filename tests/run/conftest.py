"""Runs on the tiny network."""

import pytest

from ortstyle.run.stylize import stylize


@pytest.fixture
def paint(photo, painting, tiny_settings):
    """Return a function that runs to the end and returns every iterate."""

    def run(**changes):
        return list(stylize(photo, painting, tiny_settings(**changes)))

    return run
