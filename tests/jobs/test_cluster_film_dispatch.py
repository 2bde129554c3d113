"""The parts of a film go to the workers of a cluster that stands in for one of Dask's."""

import threading
from contextlib import closing
from io import BytesIO

import film_folders
import numpy as np
import pytest
from clustered import FakeConnection
from film_requests import sender_of, work_of

from ortstyle.errors import ClusterError, DeviceError, SettingsError
from ortstyle.jobs import cluster_crew
from ortstyle.jobs.cluster_crew import Crew
from ortstyle.jobs.cluster_film_dispatch import FilmDispatch
from ortstyle.jobs.cluster_film_request import FilmRequest
from ortstyle.video.frames.frame_file import read_frame, write_frame
from ortstyle.video.painting.scene_painter import PaintedFrame
from ortstyle.video.scene_workers import Notice

A, B = "tcp://a:1", "tcp://b:1"
SIZE = film_folders.SIZE
COUNT = 7


@pytest.fixture
def folder(tmp_path):
    with film_folders.film_in(tmp_path) as found:
        film_folders.put_sources(found, COUNT, cuts=(4,))
        found.finish_sources()
        yield found


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(cluster_crew, "_REFRESH_SECONDS", 0.01)


class FilmCluster(FakeConnection):
    """Workers that paint each frame as its source, one level brighter in each pass.

    `asked` is called with (worker, request) before each answer, and may return another one, raise
    an error, or change the workers.
    """

    def __init__(self, asked=lambda *_: None, **roster):
        super().__init__(self._paint, **({"slots": {A: 1, B: 1}} | roster))
        self._asked, self._stores, self.painted = asked, {}, []
        self._lock = threading.Lock()

    def submit(self, _function, data, *, key, workers):
        self.submitted.append((data, key, list(workers)))
        return self._pool.submit(self.answer, (workers[0], data))

    def _paint(self, sent):
        worker, (text, files) = sent
        request = FilmRequest.from_json(text)
        with self._lock:
            store = self._stores.setdefault(worker, {})
            store |= files
            self.painted.append((worker, request.part, request.step.index, request.step.pass_))
            if (other := self._asked(worker, request)) is not None:
                return other
            if missing := [name for name in request.needs if name not in store]:
                return {"missing": missing}
        levels = read_frame(BytesIO(store[f"source-{request.step.index}.png"]), SIZE)
        file = BytesIO()
        write_frame(file, levels.astype(np.uint16) + request.step.pass_)
        painted = f"painted-{request.step.pass_}-{request.step.index}.png"
        store[painted] = file.getvalue()
        return {"frame": file.getvalue(), "evaluations": 5, "loss": 1.0, "seconds": 0.5}


@pytest.fixture
def make(folder):
    """Return a function that makes a dispatch on a cluster."""
    made = []

    def run(cluster, *, patience=0.2, **film):
        made.append(cluster)
        notices = []
        work = work_of(folder, **film)
        return FilmDispatch(
            work.parts,
            name="film",
            folder=folder,
            sender=sender_of(work),
            connection=cluster,
            crew=Crew(cluster, notify=notices.append, patience=patience),
            notices=notices,
        )

    yield run
    for cluster in made:
        cluster.close()


def frames_in(told):
    return [each for each in told if isinstance(each, PaintedFrame)]


def texts_in(told):
    return [each.text for each in told if isinstance(each, Notice)]


def check_painted(folder, *, pass_=1):
    for index in range(COUNT):
        expected = folder.source(index).astype(np.uint16) + pass_
        np.testing.assert_array_equal(folder.painted_levels(index, pass_=pass_), expected)


def test_each_scene_is_painted_by_one_worker_in_its_order(make, folder):
    cluster = FilmCluster()
    told = list(make(cluster).run())
    check_painted(folder)
    assert sorted(frame.index for frame in told) == list(range(COUNT))
    assert {frame.index for frame in told if frame.is_first} == {0, 4}
    for part, order in (("0", [0, 1, 2, 3]), ("1", [4, 5, 6])):
        of_part = [each for each in cluster.painted if each[1] == part]
        assert [index for _, _, index, _ in of_part] == order
        assert len({worker for worker, *_ in of_part}) == 1
    assert len({worker for worker, *_ in cluster.painted}) == 2
    sent = [name for data, *_ in cluster.submitted for name in data[1] if "source" in name]
    assert sorted(sent) == [f"source-{index}.png" for index in range(COUNT)]  # once each


def test_a_frame_is_in_the_folder_before_it_is_told(make, folder):
    for frame in make(FilmCluster()).run():
        assert folder.is_painted(frame.index)


def test_what_is_as_in_the_pass_before_is_copied_here(make, folder):
    cluster = FilmCluster()
    told = list(make(cluster, passes=2).run())
    assert len(told) == 2 * COUNT
    assert sorted(f.index for f in told if not f.evaluations) == [3, 6]
    assert len(cluster.painted) == 2 * COUNT - 2
    levels = folder.painted_levels(3, pass_=2)
    np.testing.assert_array_equal(levels, folder.source(3).astype(np.uint16) + 1)


def test_frames_by_themselves_go_to_whoever_is_free(make, folder):
    told = list(make(FilmCluster(), consistency="none").run())
    assert [frame.is_first for frame in told] == [True] * COUNT
    check_painted(folder)


def test_the_frame_of_a_lost_worker_is_painted_by_another(make, folder):
    def asked(worker, request):
        if worker == A and request.step.index in {1, 5}:
            cluster.now = cluster_crew.Roster({B: 1})
            raise OSError("gone")

    cluster = FilmCluster(asked)
    told = list(make(cluster).run())
    check_painted(folder)
    assert len(frames_in(told)) == COUNT
    assert any(f"worker {A} was lost" in text for text in texts_in(told))


def test_a_worker_that_has_forgotten_files_gets_them_again(make, folder):
    forgotten = []

    def asked(worker, request):
        if request.step.index == 2 and not forgotten:
            forgotten.append(worker)
            cluster._stores[worker].clear()

    cluster = FilmCluster(asked)
    assert len(list(make(cluster).run())) == COUNT
    check_painted(folder)


def test_files_that_never_come_end_the_film(make):
    cluster = FilmCluster(lambda *_: {"missing": ["source-0.png"]}, slots={A: 1})
    with pytest.raises(ClusterError, match="frame 0 has lost 4"):
        list(make(cluster).run())


def test_a_frame_that_loses_worker_after_worker_ends_the_film(make):
    def asked(*_):
        raise OSError("killed")

    with pytest.raises(ClusterError, match=r"has lost 4 workers.*memory"):
        list(make(FilmCluster(asked)).run())


def test_a_worker_without_the_device_paints_no_more(make, folder):
    def asked(worker, _request):
        return {"error": "no card", "kind": "DeviceError"} if worker == A else None

    told = list(make(FilmCluster(asked)).run())
    check_painted(folder)
    assert texts_in(told) == [f"worker {A}: no card; it paints no more of this film"]


def test_no_worker_with_the_device_ends_the_film(make):
    cluster = FilmCluster(lambda *_: {"error": "no card", "kind": "DeviceError"})
    with pytest.raises(DeviceError, match="no card"):
        list(make(cluster).run())


def test_an_error_of_the_film_ends_it(make):
    cluster = FilmCluster(lambda *_: {"error": "no such layer", "kind": "SettingsError"})
    with pytest.raises(SettingsError, match="no such layer"):
        list(make(cluster).run())


def test_no_worker_ends_the_film_after_a_while(make):
    with pytest.raises(ClusterError, match="no worker has come"):
        list(make(FilmCluster(slots={})).run())


def test_workers_that_come_later_take_part(make, folder):
    dispatch = make(FilmCluster(slots={}), patience=60)
    cluster = dispatch._connection
    threading.Timer(0.1, lambda: setattr(cluster, "now", cluster_crew.Roster({B: 1}))).start()
    told = list(dispatch.run())
    check_painted(folder)
    assert "has no worker that can paint now" in texts_in(told)[0]


def test_closing_gives_up_what_is_painted(make, folder):
    dispatch = make(FilmCluster())
    with closing(dispatch.run()) as steps:
        next(steps)
        assert 1 <= dispatch.at_once <= 2
    assert dispatch.at_once == 0
    assert 1 <= COUNT - len(folder.remaining(range(COUNT))) < COUNT


def test_a_scene_that_all_would_wait_for_begins_first(make, folder):
    dispatch = make(FilmCluster())
    dispatch._crew.update()
    first, last = dispatch._waiting
    assert dispatch._next_part() is first
    last.steps = last.steps * 3
    assert dispatch._next_part() is last
