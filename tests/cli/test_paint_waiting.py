"""While a run is prepared, a terminal says so; pipes and quiet runs say nothing."""

from io import StringIO

import pytest
from rich.console import Console

from ortstyle.cli import paint


@pytest.mark.parametrize(("terminal", "quiet"), [(True, False), (True, True), (False, False)])
def test_a_terminal_is_told_at_once_that_the_run_is_prepared(terminal, quiet):
    console = Console(file=StringIO(), force_terminal=terminal, width=80)
    with paint._waiting(console, quiet=quiet):
        pass
    said = "reading the pictures and planning" in console.file.getvalue()
    assert said == (terminal and not quiet)
