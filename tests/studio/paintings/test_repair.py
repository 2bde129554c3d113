"""After a kill at any moment the catalogue, the queues and the files agree again."""

from dataclasses import replace

import pytest
from studio_at_work import StudioAtWork
from supervised import wait_until

from ortstyle.jobs.store import Store
from ortstyle.studio.faults import NotFound
from ortstyle.studio.records import new_id

LONG = {"steps": 100_000, "pause": 0.01}


@pytest.fixture
def work(tmp_path):
    found = StudioAtWork(tmp_path)
    yield found
    found.close()


def files(work, name):
    return sorted(path.name for path in (work.home / name).iterdir())


def forget_job(work, id_):
    """Remove the row of a painting's job, as if it had never been added."""
    painting = work.studio.catalogue.painting(id_)
    work.close()
    folder = "drafts" if painting.kind == "draft" else "queue"
    with Store(work.home / folder / "jobs.sqlite") as store, store.transaction():
        store.write("DELETE FROM jobs WHERE key = ?", painting.key)
    return painting


def test_an_order_that_was_not_queued_is_queued(work):
    work.close()
    work.plan(**LONG)
    work.open()
    ids = [work.order(draft=draft) for draft in (True, False)]
    for id_ in ids:
        forget_job(work, id_)
        work.open()
        work.wait(id_, "running")


def test_an_order_whose_picture_is_gone_has_failed(work):
    work.close()
    work.plan(**LONG)
    work.open()
    id_ = work.order()
    forget_job(work, id_)
    work.open()
    painting = forget_job(work, id_)
    photograph = work.folder.picture(painting.order["photograph"], ".png")
    photograph.unlink()
    work.open()
    found = work.studio.painting(id_)
    assert found["state"] == "failed"
    assert "order it again" in found["error"]
    with pytest.raises(NotFound, match="photograph is not there"):
        work.studio.act(id_, "retry")


def test_a_painting_that_was_being_removed_is_gone(work):
    work.close()
    work.plan(**LONG)
    work.open()
    id_ = work.order()
    work.wait(id_, "running")
    work.studio.catalogue.remove_painting(id_)  # and then the power failed
    work.close()
    work.open()
    assert work.studio.queue() == []
    wait_until(lambda: not any(path.name == f"{id_}.png" for path in work.home.rglob("*")))
    wait_until(lambda: work.studio._ordered.queues["painting"].rows() == [])


def test_a_result_that_was_not_noted_is_noted(work):
    id_ = work.order()
    work.wait_for_result(id_)
    known = work.studio.catalogue.painting(id_).result
    work.studio.catalogue.set_result(id_, {})
    work.close()
    work.open()
    found = work.studio.catalogue.painting(id_).result
    assert found["sha256"] == known["sha256"]
    assert found["seconds"] == 1.5
    assert work.state(id_) == "done"


def test_a_result_stays_when_its_queue_is_lost(work):
    id_ = work.order()
    work.wait_for_result(id_)
    forget_job(work, id_)
    work.open()
    assert work.state(id_) == "done"
    assert work.folder.result(id_).is_file()


def test_files_that_belong_to_nothing_are_removed_and_others_left_alone(work):
    id_ = work.order()
    work.wait_for_result(id_)
    pictures, results, curves = (files(work, name) for name in ("pictures", "results", "curves"))
    work.close()
    for name, suffix in (("pictures", ".jpg"), ("results", ".png"), ("curves", ".jsonl")):
        (work.home / name / f"{new_id()}{suffix}").write_bytes(b"x")
    (work.home / "results" / f".ortstyle-{new_id()[:16]}.png").write_bytes(b"x")
    (work.home / "results" / "mine.txt").write_bytes(b"x")
    (work.home / "uploads" / f"{new_id()}.part").write_bytes(b"x")
    work.open()
    assert files(work, "pictures") == pictures
    assert files(work, "curves") == curves
    assert files(work, "results") == sorted([*results, "mine.txt"])
    assert files(work, "uploads") == []


def test_a_picture_whose_file_is_gone_is_forgotten(work):
    picture = work.studio.catalogue.picture(work.style)
    work.folder.picture(picture.id, picture.suffix).unlink()
    work.close()
    work.open()
    assert [each["id"] for each in work.studio.pictures(None)] == [work.photograph]


def test_a_painting_that_this_version_would_paint_otherwise_has_failed(work):
    id_ = work.order()
    work.wait_for_result(id_)
    painting = work.studio.catalogue.painting(id_)
    work.studio.catalogue.remove_painting(id_)
    other = replace(painting, key="0" * 16, result={})
    work.studio.catalogue.add_paintings([other])
    work.close()
    work.open()
    assert work.state(id_) == "failed"


def test_times_are_learnt_again(work):
    id_ = work.order()
    work.wait_for_result(id_)
    seconds = work.studio._ordered.times.seconds("auto", 1000.0)
    assert seconds
    work.close()
    work.open()
    assert work.studio._ordered.times.seconds("auto", 1000.0) == seconds
