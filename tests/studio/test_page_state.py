"""What a tab of the page knows, and how it follows what the studio tells."""

from pathlib import Path

import pytest
from chromium import run_in_node

import ortstyle

STATE = Path(ortstyle.__file__).parent / "studio" / "page" / "js" / "state.js"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return what state.mjs found of the module, which a package of its own makes a module."""
    return run_in_node("state.mjs", STATE, tmp_path_factory.mktemp("state"))


def test_the_queue_has_what_is_not_over(found):
    assert found["queue"] == ["a", "b"]
    assert found["after"] == ["b"]
    assert found["again"] == ["b", "a"]


def test_a_change_of_progress_is_none_of_the_queue(found):
    both = ["paintings", "queue"]
    assert found["told"] == [both, both, ["paintings"], both, both]


def test_settings_are_what_differs_from_the_preset(found):
    assert found["settings"] == {}
    assert found["values"] == [512, 7]


def test_what_is_composed_loses_pictures_that_go(found):
    assert found["unmasked"] == [None, None]
    assert found["left"] == [["one"], None, "photograph"]
    assert found["photograph"] is None


def test_what_is_removed_is_shown_and_queued_no_more(found):
    keys, current, queue = found["removed"]
    assert keys == [["paintings", "queue", "current"]]
    assert current is None
    assert queue == ["a"]
    assert found["twice"] == []


def test_a_watcher_is_called_at_once_for_its_changes_and_not_after_its_end(found):
    assert found["calls"] == 2
