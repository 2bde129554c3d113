"""Frames are painted in the process of a worker as they are in any other."""

import threading

import pytest
from clustered import FakeWorker
from commands import needs_runtime
from film_requests import request_of, sender_of, work_of
from films_at_work import film_folder, shifting_frame

from ortstyle.errors import DeviceError
from ortstyle.jobs import cluster_film_worker
from ortstyle.jobs.cluster_film_answers import read_answer
from ortstyle.jobs.cluster_film_worker import (
    film_versions,
    film_worker_facts,
    forget_film,
    paint_frame,
)
from ortstyle.video.painting.scene_painter import Palette, paint_scene

COUNT = 3
SIZE = (48, 32)
pytestmark = needs_runtime


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """Stand in for the worker in whose process this one paints."""
    pytest.importorskip("cv2")
    (tmp_path / "scratch").mkdir()
    found = FakeWorker(tmp_path / "scratch")
    monkeypatch.setattr(cluster_film_worker, "ClusterWorker", lambda: found)
    yield found
    for name in list(cluster_film_worker._films):
        forget_film(name)
    assert not list(found.folder.iterdir())


@pytest.fixture
def work(tmp_path, tiny_settings, painting):
    painting.save(tmp_path / "painting.png")
    frames = [shifting_frame(index) for index in range(COUNT)]
    with film_folder(tmp_path / "film", frames) as folder:
        yield work_of(
            folder,
            settings=tiny_settings(iterations=3),
            palette_at=lambda _: Palette((tmp_path / "painting.png",)),
            frame_iterations=2,
        )


def paint_all(work, sender):
    for step in work.parts[0]:
        answer = paint_frame(request_of(sender, step, is_last=step is work.parts[0][-1]))
        found = read_answer(answer, size=SIZE, worker="a")
        work.folder.put_painted(step.index, found.pixels, pass_=step.pass_)
        yield found


def test_the_frames_are_those_that_are_painted_here(worker, work, tmp_path):
    painted = list(paint_all(work, sender_of(work)))
    assert worker.limits == [(0, {"a": 1})] * COUNT
    frames = [work.folder.source(index) for index in range(COUNT)]
    with film_folder(tmp_path / "here", frames) as here:
        steps = list(
            paint_scene(
                here,
                range(COUNT),
                palette_at=work.palette_at,
                settings=work.settings,
                film=work.film,
                device="cpu",
            )
        )
        for index in range(COUNT):
            assert here.painted_file(index) == work.folder.painted_file(index)
    told = [(each.evaluations, each.loss) for each in painted]
    assert told == [(step.evaluations, step.loss) for step in steps]
    film = cluster_film_worker._films["film"]
    assert not film._parts  # the last frame has freed the painter
    forget_film("film")
    assert not list(worker.folder.iterdir())


def test_what_is_missing_is_asked_for(worker, work):
    sender, step = sender_of(work), work.parts[0][0]
    text, files = request_of(sender, step)
    answer = paint_frame((text, {}))
    assert sorted(answer["missing"]) == sorted(files)
    damaged = files | {"source-0.png": files["source-0.png"][:-30]}
    assert paint_frame((text, damaged)) == {"missing": ["source-0.png"]}
    assert "frame" in paint_frame((text, {"source-0.png": files["source-0.png"]}))


def test_a_frame_that_nobody_waits_for_is_left(worker, work):
    worker.is_waited_for = False
    answer = paint_frame(request_of(sender_of(work), work.parts[0][0]))
    assert "nobody waits" in answer["error"]
    assert not cluster_film_worker._films


def test_a_client_that_goes_at_the_end_of_a_frame_leaves_nothing(worker, work, monkeypatch):
    real = cluster_film_worker.step_painter

    def step_painter(*arguments, **named):
        paint = real(*arguments, **named)

        def paint_and_go(step):
            painted = paint(step)
            worker.is_waited_for = False
            return painted

        return paint_and_go

    monkeypatch.setattr(cluster_film_worker, "step_painter", step_painter)
    answer = paint_frame(request_of(sender_of(work), work.parts[0][0]))
    assert "nobody waits" in answer["error"]
    assert not cluster_film_worker._films
    assert not list(worker.folder.iterdir())


@pytest.mark.parametrize(
    ("error", "kind"),
    [(DeviceError("gone"), "DeviceError"), (MemoryError(), "OutOfMemoryError"), (KeyError(), "")],
)
def test_failures_are_one_line(worker, work, monkeypatch, error, kind):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(cluster_film_worker, "step_painter", fail)
    answer = paint_frame(request_of(sender_of(work), work.parts[0][0]))
    assert answer["kind"] == kind
    assert "\n" not in answer["error"]
    assert "wrong form" in paint_frame(("{}", {}))["error"]


def test_films_beyond_the_last_ones_are_freed(worker, work):
    for name in ("a", "b", "c"):
        paint_frame(request_of(sender_of(work, film=name), work.parts[0][0]))
    assert list(cluster_film_worker._films) == ["b", "c"]
    assert len(list(worker.folder.iterdir())) == 2


def test_a_film_that_is_forgotten_while_it_is_painted_is_freed_afterwards(
    worker, work, monkeypatch
):
    begun, goes_on = threading.Event(), threading.Event()
    real = cluster_film_worker.step_painter

    def step_painter(*arguments, **named):
        begun.set()
        goes_on.wait(60)
        return real(*arguments, **named)

    monkeypatch.setattr(cluster_film_worker, "step_painter", step_painter)
    found = []
    request = request_of(sender_of(work), work.parts[0][0])
    thread = threading.Thread(target=lambda: found.append(paint_frame(request)))
    thread.start()
    begun.wait(60)
    forget_film("film")
    assert list(worker.folder.iterdir())
    goes_on.set()
    thread.join()
    assert "frame" in found[0]
    assert not list(worker.folder.iterdir())


def test_facts_tell_of_opencv(monkeypatch):
    pytest.importorskip("cv2")
    assert "lack" not in film_worker_facts(None)
    monkeypatch.setattr(cluster_film_worker, "find_spec", lambda _: None)
    assert 'pip install "ortstyle[video]"' in film_worker_facts(None)["lack"]


def test_versions_are_told_together(monkeypatch):
    monkeypatch.setattr(cluster_film_worker, "version", lambda _: "5.0")
    assert film_versions("1.30") == "1.30 with OpenCV 5.0"

    def missing(_):
        raise cluster_film_worker.PackageNotFoundError

    monkeypatch.setattr(cluster_film_worker, "version", missing)
    assert film_versions("1.30") == "1.30"
