"""How the tabs of a browser share its few connections to the studio."""

from pathlib import Path

import pytest
from chromium import run_in_node

import ortstyle

EVENTS = Path(ortstyle.__file__).parent / "studio" / "page" / "js" / "events.js"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return how many streams nine tabs had open, as events.mjs found."""
    return run_in_node("events.mjs", EVENTS, tmp_path_factory.mktemp("events"))


@pytest.mark.parametrize(("where", "hidden"), [("local", 3), ("network", 0)])
def test_hidden_tabs_leave_connections_to_the_one_that_is_seen(found, where, hidden):
    assert found[where]["opened"] == hidden + 1
    assert found[where]["hidden"] == found[where]["first"] == hidden


@pytest.mark.parametrize(("where", "hidden"), [("local", 3), ("network", 0)])
def test_a_tab_that_is_seen_again_listens_and_fetches_what_it_has_missed(found, where, hidden):
    assert found[where]["seen"] == [hidden + 1, ["reload"]]


def test_a_tab_that_has_listened_all_the_time_fetches_nothing(found):
    assert found["local"]["again"] == [3, []]
    assert found["network"]["again"] == [0, ["reload"]]


def test_nothing_is_left_of_tabs_that_have_ended(found):
    assert found["local"]["left"] == found["network"]["left"] == 0
