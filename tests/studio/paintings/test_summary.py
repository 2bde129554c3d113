"""A summary has everything that a page shows, and tells nothing about this machine's folders."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from studio_orders import PAINTING, PHOTOGRAPH, Places, order_data, picture, pictures_of

from ortstyle.jobs.row import Row, State
from ortstyle.settings.presets import from_preset
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order import Order
from ortstyle.studio.orders.ordered_jobs import plan_jobs
from ortstyle.studio.paintings.live import Live
from ortstyle.studio.paintings.summary import (
    for_page,
    is_over,
    names_of,
    order_of,
    settings_of,
    state_of,
    summarise,
)

FOLDER = Path("/home/somebody/studio")
PROGRESS = {"evaluations": 1, "of": 50, "loss": 1.0}


@pytest.fixture
def painting():
    order = Order.from_json(order_data(settings={"size": 700}))
    ((found, _),) = plan_jobs(order, pictures_of(order), Places(FOLDER))
    return found


def row(state, **changes):
    values = {
        "key": "a" * 16,
        "state": state,
        "attempts": 1,
        "error": None,
        "added": 1.0,
        "begun": 2.0,
        "ended": None,
        "seconds": None,
        "work": None,
        "sha256": None,
        "device": "auto",
        "owner": None,
        "data": "{}",
    }
    return Row(**(values | changes))


def summary(painting, row, live=None, **others):
    found = summarise(painting, row, live or Live(), folder=FOLDER, **others)
    assert json.loads(json.dumps(found)) == found
    return found


def test_a_painting_that_waits(painting):
    found = summary(painting, row(State.WAITING))
    assert found["state"] == "waiting"
    assert found["photograph"] == PHOTOGRAPH
    assert found["paintings"] == [PAINTING]
    assert found["size"] == 700
    assert found["progress"] is None
    assert found["preset"] == "default"
    assert found["device"] == "auto"


def test_a_painting_that_is_painted_says_how_far_it_is(painting):
    live = Live(progress=PROGRESS, width=64, height=48, notices=("a notice",))
    found = summary(painting, row(State.RUNNING), live, preview=3)
    assert found["progress"] == PROGRESS
    assert (found["width"], found["height"], found["preview"]) == (64, 48, 3)
    assert found["notices"] == ["A notice"]
    assert summary(painting, row(State.WAITING), live)["progress"] is None


def test_a_painting_that_is_done_says_what_it_took(painting):
    result = {"width": 700, "height": 525, "device": "cpu", "seconds": 9.0, "notices": ["so"]}
    done = replace(painting, result=result)
    found = summary(done, row(State.DONE, seconds=9.0, ended=11.0))
    assert (found["state"], found["width"], found["device"]) == ("done", 700, "cpu")
    assert (found["seconds"], found["ended"], found["notices"]) == (9.0, 11.0, ["So"])


@pytest.mark.parametrize(
    ("state", "name", "over"),
    [
        (State.WAITING, "waiting", False),
        (State.RUNNING, "running", False),
        (State.PAUSED, "paused", False),
        (State.DONE, "done", True),
        (State.FAILED, "failed", True),
        (State.CANCELLED, "stopped", True),
    ],
)
def test_states_have_names(painting, state, name, over):
    assert state_of(painting, row(state)) == name
    assert is_over(painting, row(state)) is over


def test_a_painting_that_no_queue_knows_is_done_or_lost(painting):
    assert summary(replace(painting, result={"seconds": 5.0}), None)["state"] == "done"
    lost = summary(painting, None)
    assert lost["state"] == "failed"
    assert "order it again" in lost["error"]


def test_messages_name_pictures_not_paths(painting):
    path = FOLDER / "pictures" / f"{PHOTOGRAPH}.jpg"
    error = f"content {path} can't be read; give a smaller --size"
    found = summary(painting, row(State.FAILED, error=error))
    assert found["error"] == "Content 111.jpg can't be read; give a smaller size"
    for text in (f"{FOLDER / 'results' / ('c' * 20)}.png is full", f"{FOLDER}: full"):
        assert str(FOLDER) not in for_page(text, FOLDER, {})


def test_the_names_of_pictures_stay_when_they_are_removed(painting):
    assert names_of(painting) == {PHOTOGRAPH: "111.jpg", PAINTING: "222.jpg"}
    assert names_of(replace(painting, order={**painting.order, "names": 5})) == {}


def test_a_draft_is_small():
    order = Order.from_json(order_data(draft=True))
    ((draft, _),) = plan_jobs(order, pictures_of(order), Places(FOLDER))
    found = summary(draft, None)
    assert (found["kind"], found["size"]) == ("draft", 256)
    assert found["full_size"] == from_preset().size


@pytest.mark.parametrize(("given", "factor"), [({}, None), (2.0, 2.0)])
def test_the_size_of_strokes_is_told_beside_that_of_the_preset(given, factor):
    settings = {"style_scale": given} if given else {}
    order = Order.from_json(order_data(settings=settings))
    ((painting, _),) = plan_jobs(order, pictures_of(order), Places(FOLDER))
    usual = from_preset().style_scale
    assert summary(painting, None)["strokes"] == (factor and round(factor / usual, 2))


def test_what_was_ordered_comes_back(painting):
    assert order_of(painting) == Order.from_json(order_data(settings={"size": 700}))
    with pytest.raises(Refused):
        order_of(replace(painting, order={**painting.order, "newer": 1}))


def test_settings_hold_names_of_files_alone():
    order = Order.from_json(order_data(start="5" * 20))
    pictures = pictures_of(order) | {"5" * 20: picture("5" * 20)}
    ((_, job),) = plan_jobs(order, pictures, Places(FOLDER))
    found = settings_of(row(State.DONE, data=json.dumps(job.to_dict())))
    assert found["init"] == f"{'5' * 20}.jpg"
    assert settings_of(row(State.DONE)) == {}
