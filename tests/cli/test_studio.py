"""The options of `ortstyle studio`; what it does is tested with `studio_run`."""

from pathlib import Path

import pytest

from ortstyle.cli import studio_run
from ortstyle.cli.studio_run import StudioCommand


@pytest.fixture
def told(monkeypatch):
    """Return the list of commands that would be run."""
    found = []
    monkeypatch.setattr(studio_run, "run_studio", found.append)
    return found


def test_without_options_it_is_this_machine_s_own(call, told):
    assert call("studio")[0] == 0
    assert told == [StudioCommand()]
    assert told[0].host == "127.0.0.1"


def test_every_option_is_passed_on(call, told):
    network = ["--host", "0.0.0.0", "--port", "0", "--allow-host", "a", "--allow-host", "b:1"]  # noqa: S104
    painting = ["--device", "cuda:0,cpu", "--threads", "3", "--folder", "f", "--no-browser"]
    assert call("studio", *network, *painting, "--password-file", "p")[0] == 0
    assert told == [
        StudioCommand(
            folder=Path("f"),
            devices=("cuda:0", "cpu"),
            threads=3,
            open_browser=False,
            port=0,
            host="0.0.0.0",  # noqa: S104
            more_hosts=("a", "b:1"),
            password_file=Path("p"),
        )
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "-1"],
        ["--port", "65536"],
        ["--threads", "0"],
        ["--device", "cpu,"],
        ["--host", ""],
        ["--password", "secret-word"],
        ["folder"],
    ],
)
def test_wrong_use_is_told_in_a_line(call, told, arguments):
    code, _, error = call("studio", *arguments)
    assert (code, told) == (2, [])
    assert len(error.splitlines()) == 1
