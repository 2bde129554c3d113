"""The studio as its page uses it, without HTTP; most of its workers paint nothing."""

import json
import subprocess
import sys
from threading import Thread, active_count

import pytest
from commands import needs_runtime
from PIL import Image
from studio_at_work import LONG, StudioAtWork
from supervised import wait_until

from ortstyle.studio.faults import Conflict, NoSpace, NotFound, Refused
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.orders.workspace import EMPTY
from ortstyle.studio.records import new_id
from ortstyle.studio.studio import Studio


def test_a_picture_is_kept_and_shown(make, tmp_path, photo):
    work = make()
    photo.save(tmp_path / "sea.jpg")
    found = work.send(tmp_path / "sea.jpg")
    assert (found["name"], found["width"], found["used"]) == ("sea.jpg", 48, False)
    assert ("picture", found) in work.events()
    assert found in work.studio.pictures("photograph")
    assert found not in work.studio.pictures("painting")
    path, media_type = work.studio.picture_file(found["id"], 100)
    assert media_type == "image/jpeg"
    with Image.open(path) as view:
        assert view.size == (48, 36)


def test_what_is_no_picture_is_refused(make, tmp_path):
    work = make()
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    with pytest.raises(Refused):
        work.send(tmp_path / "x.jpg")
    assert len(work.studio.pictures(None)) == 2


def test_a_picture_that_is_needed_stays(make):
    work = make(**LONG)
    id_ = work.order()
    work.wait(id_, "running")
    assert {each["used"] for each in work.studio.pictures(None)} == {True}
    for picture in (work.photograph, work.style):
        with pytest.raises(Conflict, match="still needed"):
            work.studio.remove_picture(picture)
    work.studio.act(id_, "stop")
    work.studio.remove_picture(work.photograph)
    assert ("removed", {"id": work.photograph, "what": "picture"}) in work.events()
    assert work.studio.painting(id_)["title"] == "photo · waves"


def test_removing_makes_room_first_so_that_it_can_be_done_on_a_full_disk(make, photo, monkeypatch):
    work = make()
    id_ = work.order()
    work.wait_for_result(id_)
    photo.save(work.folder.result(id_))  # the worker has painted nothing
    work.studio.image_file(id_, 100)
    work.studio.picture_file(work.photograph, 100)
    views = work.studio._views

    def only_with_room(record_id):
        assert not list(views._folder.glob(f"{record_id}-*"))
        raise NoSpace("full")

    for name in ("remove_painting", "remove_picture"):
        monkeypatch.setattr(work.studio.catalogue, name, only_with_room)
    assert list(views._folder.glob(f"{id_}-*"))
    with pytest.raises(NoSpace):
        work.studio.remove_painting(id_)
    with pytest.raises(NoSpace):
        work.studio.remove_picture(work.photograph)


def test_paintings_are_listed_in_pages_by_kind_and_state(make):
    work = make()
    ids = [work.order(draft=number % 2 == 0) for number in range(6)]
    for id_ in ids:
        work.wait_for_result(id_)
    newest = ids[::-1]

    def page(before=None, limit=10, kind=None, state=None):
        found = work.studio.paintings(before, limit, kind, state)
        return [each["id"] for each in found["paintings"]], found["more"]

    assert page() == (newest, False)
    assert page(limit=4) == (newest[:4], True)
    assert page(before=newest[3], limit=2) == (newest[4:], False)
    assert page(kind="draft") == (newest[1::2], False)
    assert page(state="failed") == ([], False)
    assert page(state="done", limit=1) == (newest[:1], True)
    with pytest.raises(NotFound):
        page(before=new_id())


def test_a_result_is_there_once_it_is_done(make, photo):
    work = make(**LONG)
    id_ = work.order()
    for ask in (
        lambda: work.studio.image_file(id_, None),
        lambda: work.studio.image_file(id_, 100),
        lambda: work.studio.download(id_, "none", "png"),
        lambda: work.studio.to_picture(id_, "photograph"),
    ):
        with pytest.raises(NotFound, match="no result yet"):
            ask()


def test_a_result_is_shown_kept_and_used(make, photo):
    work = make()
    id_ = work.order()
    work.wait_for_result(id_)
    photo.save(work.folder.result(id_))  # the worker has painted nothing
    assert work.studio.image_file(id_, None) == (work.folder.result(id_), "image/png")
    path, media_type = work.studio.image_file(id_, 100)
    assert (path.suffix, media_type) == (".jpg", "image/jpeg")
    path, name, media_type = work.studio.download(id_, "none", "jpeg")
    assert (name, media_type) == ("photo · waves.jpg", "image/jpeg")
    with Image.open(path) as picture:
        assert picture.size == (48, 36)
    found = work.studio.to_picture(id_, "photograph")
    assert found["name"] == "photo · waves.png"
    assert ("picture", found) in work.events()
    assert work.studio.to_picture(id_, "photograph")["id"] == found["id"]
    assert work.state(work.order(photograph=found["id"])) in ("waiting", "running", "done")


def test_a_preview_is_there_only_while_something_is_painted(make):
    work = make(**LONG)
    id_ = work.order()
    work.wait(id_, "running")
    assert work.studio.preview(id_, 256) is None  # the worker's previews are empty
    work.studio.act(id_, "stop")
    assert work.studio.preview(id_, 256) is None
    with pytest.raises(NotFound):
        work.studio.preview(new_id(), 256)


def test_an_order_can_be_looked_at_before_it_is_given(make):
    work = make()
    plan = work.studio.plan(work.data(draft=True))
    assert plan["seconds"] is None
    assert (plan["width"], plan["height"], plan["fits"]) == (256, 192, True)
    work.wait_for_result(work.order())
    four = work.studio.plan(work.data(variants=True))
    assert four["evaluations"] == 4 * plan["evaluations"]
    assert four["seconds"] > 0
    assert "photo.png waves.png" in work.studio.command(work.data())["render"]
    with pytest.raises(Refused) as caught:
        work.studio.plan(work.data(settings={"size": 1}))
    assert "photo.png" in str(caught.value)
    assert str(work.path) not in str(caught.value)
    for ask in (work.studio.plan, work.studio.command, work.studio.order):
        with pytest.raises(Refused):
            ask({"photograph": "../x"})


def test_what_is_composed_is_there_tomorrow(make):
    work = make()
    assert work.studio.workspace() == EMPTY
    work.studio.set_workspace({"order": {"photograph": None}, "current": None})
    work.close()
    work.open()
    assert work.studio.workspace()["order"] == {"photograph": None}


def test_the_studio_says_what_it_has(make):
    work = make()
    found = work.studio.about()
    assert [each["name"] for each in found["devices"]] == ["auto", "cpu"]
    assert work.studio.form()["presets"]
    assert work.studio.painting(work.order(device="cpu"))["device"] == "cpu"


@pytest.mark.parametrize(
    ("devices", "names"),
    [
        (["auto"], ["auto", "cpu"]),
        (["cuda"], ["auto", "cuda"]),
        (["auto", "cpu"], ["auto", "cpu"]),
        (["cuda:0", "cuda:1"], ["auto", "cuda:0", "cuda:1"]),
    ],
)
def test_an_order_may_name_each_device_or_none(make, devices, names):
    work = make()
    work.close()
    work.open(devices=devices, threads=2)
    assert [each["name"] for each in work.studio.about()["devices"]] == names
    for name in names:
        work.wait_for_result(work.order(device=name, draft=True))


def test_the_process_that_reads_pictures_starts_early(make, tmp_path, photo):
    work = make()
    work.close()
    work.open(starts_reader=True)
    photo.save(tmp_path / "sea.png")
    assert work.send(tmp_path / "sea.png")["width"] == 48


def test_a_studio_that_is_closed_leaves_checkpoints_and_no_threads(make):
    before = active_count()
    work = make(**LONG)
    id_ = work.order()
    wait_until(lambda: work.studio.painting(id_)["progress"])
    work.studio.close()
    work.close()
    wait_until(lambda: active_count() <= before)
    key = next((work.home / "queue" / "checkpoints").glob("*.checkpoint"))
    assert int(key.read_text("ascii")) > 0
    work.open()
    work.wait(id_, "running")


def test_a_studio_that_can_not_be_opened_leaves_nothing_behind(tmp_path):
    before = active_count()
    with StudioFolder(tmp_path / "studio") as folder:
        (folder.drafts / "jobs.sqlite").write_bytes(b"x" * 5000)
        with pytest.raises(Exception, match=r"jobs\.sqlite"):
            Studio(folder, threads=1)
        folder.queue.rename(tmp_path / "queue")
        (folder.drafts / "jobs.sqlite").unlink()
        folder.queue.write_bytes(b"no folder")
        with pytest.raises(Exception, match="queue"):
            Studio(folder, threads=1)
    wait_until(lambda: active_count() <= before)


def test_many_threads_may_ask_at_once(make):
    work = make()
    faults = []

    def use():
        try:
            for _ in range(3):
                id_ = work.order(draft=True)
                work.studio.paintings(None, 5, None, None)
                work.studio.queue()
                work.studio.painting(id_)
                work.studio.remove_painting(id_)
        except Exception as error:  # noqa: BLE001  looked at below
            faults.append(error)

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert work.studio.paintings(None, 5, None, None) == {"paintings": [], "more": False}


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = {path!r}
from studio_at_work import LONG, StudioAtWork
work = StudioAtWork(Path({folder!r}), steps=100_000, pause=0.01, saves=True)
ids = [work.order(), work.order(draft=True), work.order()]
for id_ in ids[:2]:
    while not work.studio.painting(id_)["progress"]:
        pass
print(*ids, flush=True)
os.kill(os.getpid(), 9) if os.name != "nt" else os._exit(9)
"""


def test_a_studio_that_is_killed_goes_on(tmp_path):
    code = KILLED.format(path=sys.path, folder=str(tmp_path))
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    ids = found.stdout.decode().split()
    assert len(ids) == 3, found.stderr
    work = object.__new__(StudioAtWork)
    work.path, work.home, work.studio = tmp_path, tmp_path / "studio", None
    work.plan(steps=5)
    work.open()
    try:
        for id_ in ids:
            work.wait_for_result(id_)
        assert work.studio.queue() == []
    finally:
        work.close()


@needs_runtime
def test_a_draft_is_painted_from_pictures_that_were_sent(tmp_path, photo):
    photo.save(tmp_path / "sea.jpg")
    photo.rotate(90).save(tmp_path / "waves.png")
    settings = {"size": 32, "iterations": 2}
    with StudioFolder(tmp_path / "studio") as folder:
        work = object.__new__(StudioAtWork)
        work.path, work.home, work.folder = tmp_path, tmp_path / "studio", folder
        with Studio(folder, threads=1) as work.studio:
            work.photograph = work.send(tmp_path / "sea.jpg")["id"]
            work.style = work.send(tmp_path / "waves.png", "painting")["id"]
            id_ = work.order(draft=True, settings=settings)
            wait_until(lambda: work.studio.catalogue.painting(id_).result, 120)
            found = work.studio.painting(id_)
            with Image.open(work.studio.image_file(id_, None)[0]) as result:
                assert result.size == (32, 24)
    assert found["device"]
    assert found["versions"]["ortstyle"]
    assert [point[0] for point in found["curve"]][-1] == 2
    assert found["settings"]["size"] == 32
    assert str(tmp_path) not in json.dumps(found)
