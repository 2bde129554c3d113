"""Events of the queues are kept and told, and no fault of keeping them ends a queue."""

import threading

import pytest
from studio_at_work import StudioAtWork
from supervised import wait_until

from ortstyle.jobs.events import Event
from ortstyle.studio.paintings.listener import Listener, is_unknown
from ortstyle.studio.records import new_id


@pytest.fixture
def work(tmp_path):
    found = StudioAtWork(tmp_path)
    yield found
    found.close()


def states_of(work, id_):
    return [
        data["state"] for kind, data in work.events() if (kind, data.get("id")) == ("painting", id_)
    ]


def test_the_last_event_of_a_painting_has_its_result(work):
    id_ = work.order()
    work.wait_for_result(id_)
    wait_until(lambda: states_of(work, id_)[-1:] == ["done"])
    told = [data for kind, data in work.events() if data.get("id") == id_][-1]
    assert told == {k: v for k, v in work.studio.painting(id_).items() if k in told}
    assert told["width"] == 8
    wait_until(lambda: ("queue", {"order": []}) in work.events())


def test_progress_is_told_and_the_losses_are_kept(work):
    work.close()
    work.plan(steps=100_000, pause=0.01)
    work.open()
    id_ = work.order()
    wait_until(lambda: (work.studio.painting(id_)["progress"] or {}).get("evaluations", 0) > 2)
    progress = work.studio.painting(id_)["progress"]
    assert progress["of"] == 100_000
    assert work.studio.painting(id_)["curve"]


def test_a_failure_is_told_with_its_reason(work):
    work.close()
    work.plan(fail="the picture is damaged")
    work.open()
    id_ = work.order()
    work.wait(id_, "failed")
    wait_until(lambda: states_of(work, id_)[-1:] == ["failed"])
    assert work.studio.painting(id_)["error"] == "The picture is damaged"
    assert len(work.studio._ordered.live) == 0


def test_notices_are_told_and_stay_with_the_result(work):
    work.close()
    work.plan(die=1, words="oops")
    work.open()
    id_ = work.order()
    work.wait_for_result(id_)
    (notice,) = work.studio.painting(id_)["notices"]
    assert "the worker died" in notice.lower()
    assert ("notice", {"text": notice, "painting": id_}) in work.events()


def test_nothing_is_kept_in_memory_of_what_is_over(work):
    ids = [work.order(draft=number % 2 == 0) for number in range(4)]
    for id_ in ids:
        work.wait_for_result(id_)
    wait_until(lambda: len(work.studio._ordered.live) == 0)


def test_notices_of_the_queue_are_told_to_all(work):
    work.studio._listener.tell(Event("notice", figures={"text": "the queue\nstopped"}))
    assert ("notice", {"text": "the queue stopped", "painting": None}) in work.events()


def test_a_fault_ends_no_queue(work, monkeypatch, caplog):
    def fail(*_):
        raise ZeroDivisionError

    first = work.order()
    work.wait_for_result(first)
    with monkeypatch.context() as patch:
        patch.setattr(work.studio._ordered.catalogue, "set_result", fail)
        second = work.order()
        work.wait(second)
        wait_until(lambda: "could not be kept" in caplog.text)
    third = work.order()
    work.wait_for_result(third)
    painting = work.studio.catalogue.painting(second)
    assert is_unknown(painting, work.studio._ordered.row_of(painting))
    assert work.studio.painting(second)["state"] == "done"


def test_events_of_no_painting_are_left_alone(work):
    before = len(work.events())
    for kind in ("progress", "done", "failed", "started"):
        work.studio._listener.tell(Event(kind, new_id()[:16]))
    assert len(work.events()) == before


def test_nothing_is_kept_of_a_painting_that_is_just_being_removed(work, monkeypatch):
    id_ = work.order()
    work.wait_for_result(id_)
    painting = work.studio.catalogue.painting(id_)
    work.studio.remove_painting(id_)
    monkeypatch.setattr(work.studio.catalogue, "painting_of", lambda _: painting)
    figures = {"evaluations": 1, "of": 2, "loss": 1.0}
    for kind in ("progress", "done"):
        work.studio._listener.tell(Event(kind, painting.key, figures))
    assert len(work.studio._ordered.live) == 0
    assert not work.folder.curve(id_).exists()


def test_events_wait_until_the_studio_is_there(work):
    listener, told = Listener(), []

    def tell():
        listener.tell(Event("notice", figures={"text": "early"}))
        told.append(True)

    thread = threading.Thread(target=tell)
    thread.start()
    assert not told
    listener.begin(work.studio._ordered)
    thread.join(30)
    assert told
    assert ("notice", {"text": "early", "painting": None}) in work.events()


def test_without_a_studio_events_are_left_alone():
    listener = Listener()
    listener.begin(None)
    listener.tell(Event("done", "a" * 16))
