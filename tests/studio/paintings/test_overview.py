"""What is known of paintings, and what is told of them."""

import pytest
from studio_at_work import LONG
from supervised import wait_until

from ortstyle.studio.faults import NotFound
from ortstyle.studio.records import new_id


def test_nothing_is_told_of_a_painting_that_was_removed(make):
    work = make()
    id_ = work.order()
    work.wait_for_result(id_)
    painting = work.studio.catalogue.painting(id_)
    assert work.studio._ordered.tell_painting(painting)
    work.studio.remove_painting(id_)
    assert not work.studio._ordered.tell_painting(painting)
    about_it = [kind for kind, data in work.events() if data.get("id") == id_]
    assert about_it[-1] == "removed"


def test_all_paintings_are_found_page_by_page(make, monkeypatch):
    monkeypatch.setattr("ortstyle.studio.paintings.overview._PAGE", 2)
    work = make(**LONG)
    ids = [work.order(draft=True) for _ in range(5)][::-1]
    ordered = work.studio._ordered
    assert [each.id for each, _ in ordered.each_painting()] == ids
    found = []
    for each, row in ordered.each_painting():
        assert row.key == each.key
        found.append(each.id)
        if len(found) == 2:
            work.studio.remove_painting(each.id)
    assert found == ids


def test_paintings_are_found_by_state(make):
    work = make(fail="no")
    failed = work.order()
    work.wait(failed, "failed")
    overview = work.studio._ordered
    for state, ids in (("failed", [failed]), ("done", []), (None, [failed])):
        assert [each["id"] for each in overview.found(None, kind=None, state=state)] == ids
    with pytest.raises(NotFound):
        list(overview.found(new_id(), kind=None, state=None))


def test_summaries_are_those_of_each_painting(make):
    work = make()
    ids = [work.order(draft=draft) for draft in (True, False)]
    for id_ in ids:
        work.wait_for_result(id_)
    wait_until(lambda: len(work.studio._ordered.live) == 0)
    overview = work.studio._ordered
    paintings = [work.studio.catalogue.painting(id_) for id_ in ids]
    assert overview.summaries(paintings) == [overview.summary(each) for each in paintings]
    assert [overview.state(each) for each in paintings] == ["done", "done"]
    assert overview.queued() == []


def test_a_picture_is_needed_while_a_painting_is_not_over(make):
    work = make(**LONG)
    overview = work.studio._ordered
    assert not overview.is_needed(work.photograph)
    id_ = work.order()
    assert overview.is_needed(work.photograph)
    work.studio.act(id_, "pause")
    assert overview.is_needed(work.style)
    work.studio.act(id_, "stop")
    assert not overview.is_needed(work.photograph)


def test_the_order_of_the_queue_is_told(make):
    work = make(**LONG)
    ids = [work.order() for _ in range(2)]
    wait_until(lambda: ("queue", {"order": ids}) in work.events())
    work.studio.remove_painting(ids[1])
    wait_until(lambda: ("queue", {"order": ids[:1]}) in work.events())
