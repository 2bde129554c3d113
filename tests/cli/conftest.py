"""Commands that run in the process of the tests."""

import sys

import pytest

from ortstyle.cli.main import main


@pytest.fixture
def call(monkeypatch, capfd):
    """Return a function that runs a command here and returns exit code, stdout and stderr."""

    def run(*arguments):
        capfd.readouterr()  # what an earlier command that crashed had printed
        monkeypatch.setattr(sys, "argv", ["ortstyle", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capfd.readouterr()

    return run
