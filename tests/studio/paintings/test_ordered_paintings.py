"""Orders, their queues, and what can be done with paintings."""

from pathlib import Path

import pytest
from studio_at_work import LONG
from supervised import wait_until

from ortstyle.errors import JobError
from ortstyle.settings.presets import preset_names
from ortstyle.studio.faults import Conflict, NotFound, Refused
from ortstyle.studio.records import new_id


def test_what_is_ordered_is_painted(make):
    work = make()
    id_ = work.order()
    work.wait_for_result(id_)
    found = work.studio.painting(id_)
    assert found["state"] == "done"
    assert found["title"] == "photo · waves"
    assert (found["width"], found["height"], found["device"]) == (8, 6, "fake")
    assert found["seconds"] == 1.5
    assert work.folder.result(id_).is_file()


def test_a_draft_does_not_wait_for_a_painting(make):
    work = make(**LONG)
    painting = work.order()
    work.wait(painting, "running")
    draft = work.order(draft=True)
    work.wait(draft, "running")
    assert [each["id"] for each in work.studio.queue()] == [draft, painting]


def test_the_newest_draft_is_painted_first(make):
    work = make(**LONG)
    first = work.order(draft=True)
    work.wait(first, "running")
    second, third = (work.order(draft=True) for _ in range(2))
    assert [each["id"] for each in work.studio.queue()] == [first, third, second]


def test_a_picture_that_is_gone_is_named(make):
    work = make()
    with pytest.raises(NotFound, match="photograph is not there") as caught:
        work.order(photograph=new_id())
    assert caught.value.field == "photograph"
    with pytest.raises(NotFound, match="painting is not there"):
        work.order(paintings=[{"picture": new_id()}])


def test_a_device_that_the_studio_has_not_is_refused(make):
    work = make()
    with pytest.raises(Refused, match="unknown") as caught:
        work.order(device="cuda")
    assert caught.value.field == "device"
    assert work.studio.paintings(None, 10, None, None)["paintings"] == []


def test_four_variants_are_one_group(make):
    work = make(**LONG)
    found = work.studio.order(work.data(variants=True))
    assert len({each["group"] for each in found}) == 1
    assert found[0]["label"] == "as ordered"
    assert {each["kind"] for each in found} == {"draft"}


def test_a_label_of_a_page_is_not_kept(make):
    work = make()
    assert work.studio.painting(work.order(label="mine"))["label"] == ""


def test_drafts_of_presets_are_painted_once(make):
    work = make()
    first = [each["id"] for each in work.studio.order(work.data(presets=True))]
    assert len(first) == len(preset_names())
    for id_ in first:
        work.wait_for_result(id_)
    keys = {id_: work.studio.catalogue.painting(id_).key for id_ in first}
    again = work.studio.order(work.data(presets=True, settings={"size": 99}))
    assert [each["id"] for each in again] == first
    assert {each["state"] for each in again} == {"done"}
    work.studio.remove_painting(first[0])
    queue, key = work.studio._ordered.queues["draft"], keys[first[0]]
    wait_until(lambda: not queue.is_removing(key))
    again = work.studio.order(work.data(presets=True))
    assert [each["id"] for each in again] == first
    work.wait_for_result(first[0])


def test_a_draft_that_is_being_removed_is_ordered_again_later(make, monkeypatch):
    work = make()
    first = work.studio.order(work.data(presets=True))[0]["id"]
    work.wait_for_result(first)
    key = work.studio.catalogue.painting(first).key
    queue = work.studio._ordered.queues["draft"]
    work.studio.remove_painting(first)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "is_removing", lambda found: found == key)
        with pytest.raises(Conflict, match="try again"):
            work.studio.order(work.data(presets=True))
    wait_until(lambda: not queue.is_removing(key))
    work.studio.order(work.data(presets=True))
    work.wait_for_result(first)


def test_drafts_of_presets_that_failed_are_tried_again(make):
    work = make(fail="no")
    first = [each["id"] for each in work.studio.order(work.data(presets=True))]
    for id_ in first:
        work.wait(id_, "failed")
    again = work.studio.order(work.data(presets=True))
    assert not {each["state"] for each in again} & {"done", "stopped"}
    wait_until(lambda: not work.studio.queue())


def test_what_is_painted_can_be_paused_and_goes_on(make):
    work = make(**LONG)
    first, second = work.order(), work.order()
    work.wait(first, "running")
    work.studio.act(first, "pause")
    work.wait(second, "running")
    assert work.state(first) == "paused"
    work.studio.act(first, "proceed")
    assert work.state(first) == "waiting"
    work.studio.act(second, "stop")
    work.wait(first, "running")
    assert work.state(second) == "stopped"


def test_what_was_stopped_is_tried_again(make):
    work = make(**LONG)
    id_ = work.order()
    work.wait(id_, "running")
    assert work.studio.act(id_, "stop")["state"] == "stopped"
    assert work.studio.queue() == []
    assert work.studio.act(id_, "retry")["state"] in ("waiting", "running")
    work.wait(id_, "running")


def test_what_is_over_can_not_be_changed(make):
    work = make()
    id_ = work.order()
    work.wait_for_result(id_)
    for action in ("pause", "stop", "retry"):
        with pytest.raises(Conflict):
            work.studio.act(id_, action)
    with pytest.raises(Refused):
        work.studio.act(id_, "explode")
    with pytest.raises(NotFound):
        work.studio.act(new_id(), "pause")


def test_the_order_of_the_queue_can_be_changed(make):
    work = make(**LONG)
    first, second, third, fourth = (work.order() for _ in range(4))
    work.wait(first, "running")
    work.studio.act(fourth, "move", before=second)
    assert [each["id"] for each in work.studio.queue()] == [first, fourth, second, third]
    work.studio.act(second, "move", before=None)
    assert [each["id"] for each in work.studio.queue()] == [first, fourth, third, second]
    draft = work.order(draft=True)
    with pytest.raises(Conflict, match="queue of their own"):
        work.studio.act(second, "move", before=draft)


def test_a_painting_can_be_removed_while_it_is_painted(make):
    work = make(**LONG)
    first, second = work.order(), work.order()
    work.wait(first, "running")
    work.studio.remove_painting(first)
    with pytest.raises(NotFound):
        work.studio.painting(first)
    assert ("removed", {"id": first, "what": "painting"}) in work.events()
    work.wait(second, "running")
    names = [path.name for path in work.home.rglob("*") if path.is_file()]
    assert not [name for name in names if first in name]


def test_all_that_is_kept_of_a_painting_is_removed(make):
    work = make()
    id_ = work.order()
    work.wait_for_result(id_)
    assert work.folder.result(id_).is_file()
    assert work.folder.curve(id_).is_file()
    work.studio.remove_painting(id_)
    wait_until(lambda: not [path for path in work.home.rglob(f"*{id_}*") if path.is_file()])
    with pytest.raises(NotFound):
        work.studio.remove_painting(id_)


def test_an_order_that_no_queue_takes_is_forgotten(make, monkeypatch):
    work = make()

    def fail(*_, **__):
        raise JobError("the disk is full")

    for queue in work.studio._queues.values():
        monkeypatch.setattr(queue, "add", fail)
    with pytest.raises(JobError, match="full"):
        work.order()
    assert work.studio.paintings(None, 10, None, None)["paintings"] == []


def test_a_painting_knows_the_one_that_it_was_begun_from(make):
    work = make()
    first = work.order()
    work.wait_for_result(first)
    picture = work.studio.catalogue.picture(work.photograph)
    work.studio.catalogue.set_result(first, {"sha256": picture.sha256})
    assert work.studio.painting(work.order(start=work.photograph))["parent"] == first
    assert work.studio.painting(work.order(start=work.style))["parent"] is None
    second = work.order(start=work.style, parent=first)
    assert work.studio.painting(second)["parent"] == first
    assert work.studio.painting(work.order(parent=first))["parent"] is None


def test_a_retry_needs_the_pictures(make):
    work = make(fail="no")
    id_ = work.order()
    work.wait(id_, "failed")
    work.studio.remove_picture(work.photograph)
    with pytest.raises(NotFound, match="photograph is not there"):
        work.studio.act(id_, "retry")
    assert work.state(id_) == "failed"


def test_errors_name_pictures_not_paths(make):
    work = make()
    path = work.folder.picture(work.photograph, ".png")
    work.plan(fail=f"content {path} can't be read; give a smaller --size")
    work.close()
    work.open()
    id_ = work.order()
    work.wait(id_, "failed")
    error = work.studio.painting(id_)["error"]
    assert error == "Content photo.png can't be read; give a smaller size"
    assert str(Path(work.path)) not in str(work.events())
