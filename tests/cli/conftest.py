"""Commands that run in the process of the tests, or in others that hear all signals."""

import os
import signal
import sys
from unittest.mock import patch

import pytest

from ortstyle.cli.main import main


@pytest.fixture(autouse=True, scope="session")
def every_signal_is_heard():
    """Let signals through that the tests' own parent ignores, as nohup and a shell's & do.

    A command would ignore them too, as it should.
    """
    ignored = [
        number
        for name in ("SIGHUP", "SIGINT", "SIGTERM")
        if (number := getattr(signal, name, None)) and signal.getsignal(number) == signal.SIG_IGN
    ]
    for number in ignored:
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, usual)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def call(monkeypatch, capfd):
    """Return a function that runs a command here and returns exit code, stdout and stderr."""

    def run(*arguments):
        capfd.readouterr()  # what an earlier command that crashed had printed
        monkeypatch.setattr(sys, "argv", ["ortstyle", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capfd.readouterr()

    with patch.dict(os.environ):  # which --threads changes
        yield run
