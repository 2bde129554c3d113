"""A film of two scenes on a Dask cluster of two worker processes, which are killed and stopped."""

import os
import signal
import warnings
from contextlib import ExitStack, closing
from fractions import Fraction

import pytest
from commands import needs_runtime
from films_at_work import shifting_frame

from ortstyle.errors import ClusterError
from ortstyle.jobs import cluster_crew
from ortstyle.jobs.cluster_film import ClusterScenes
from ortstyle.jobs.cluster_film_dispatch import FilmDispatch
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.threads import LIMIT
from ortstyle.settings.film import FilmSettings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.film_record import FilmRecord
from ortstyle.video.frames.identity import FileIdentity
from ortstyle.video.painting.passes import last_pass
from ortstyle.video.painting.scene_painter import PaintedFrame, Palette, paint_scene
from ortstyle.video.scene_workers import FilmWork, Notice, parts_of

distributed = pytest.importorskip("distributed")
pytest.importorskip("cv2")
pytestmark = needs_runtime

SIZE = (48, 32)
SCENES = 2
LENGTH = 4

_HERE = {}  # what this process has painted, by the settings of the film


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster with two worker processes of one thread each."""
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")  # of slow disks
        yield stack.enter_context(
            distributed.LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",
                resources={"GPU": 1},
                silence_logs=50,
            )
        )


@pytest.fixture(autouse=True)
def two_workers(cluster):
    """Begin each test with two workers, whatever became of them in the test before."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Use as many threads as the workers, and look at them often."""
    monkeypatch.setenv(LIMIT, "1")
    monkeypatch.setattr(cluster_crew, "_REFRESH_SECONDS", 0.05)


class FilmAtWork:
    """A film in a folder, painted by workers or here."""

    def __init__(self, path, settings, palette_at, **film):
        self.settings, self.palette_at = settings, palette_at
        self.film = FilmSettings(**({"frame_iterations": 3} | film))
        record = FilmRecord(
            source=FileIdentity("source", "clip.mkv", 1, "0" * 64),
            size=SIZE,
            settings=settings.to_dict(),
            film=self.film.to_dict(),
        )
        self.folder = FilmFolder.create(path, record)
        for index in range(SCENES * LENGTH):
            pixels = shifting_frame(index, size=SIZE)
            if index >= LENGTH:
                pixels = 255 - pixels
            time = Fraction(index, 25)
            self.folder.put_source(index, pixels, time, None, is_cut=index == LENGTH)
        self.folder.finish_sources()

    def paint(self, workers):
        work = FilmWork(
            folder=self.folder,
            palette_at=self.palette_at,
            settings=self.settings,
            film=self.film,
            memory=None,
            parts=parts_of(self.folder, self.film),
        )
        return workers.paint(work)

    def paint_here(self):
        for scene in self.folder.scenes:
            yield from paint_scene(
                self.folder,
                scene,
                palette_at=self.palette_at,
                settings=self.settings,
                film=self.film,
                device=find_device("cpu"),
                cache=Cache(),
            )

    @property
    def frames(self):
        """The bytes of all painted frames."""
        last = last_pass(self.film)
        return [self.folder.painted_file(k, pass_=last) for k in range(SCENES * LENGTH)]


@pytest.fixture
def make_film(tmp_path, tiny_settings, painting):
    made = []
    painting.save(tmp_path / "painting.png")

    def make(name, *, palette_at=None, iterations=4, **film):
        settings = tiny_settings(iterations=iterations)
        plain = Palette((tmp_path / "painting.png",))
        found = FilmAtWork(tmp_path / name, settings, palette_at or (lambda _: plain), **film)
        made.append(found)
        return found

    yield make
    for film in made:
        film.folder.close()


@pytest.fixture
def painted_here(make_film):
    """Return a function that paints a film in this process, and returns its bytes."""

    def paint(**changes):
        key = repr(changes)
        if key not in _HERE:
            film = make_film("here", **changes)
            _HERE[key] = list(film.paint_here()), film.frames
        return _HERE[key]

    return paint


def kill_workers(cluster):
    """Kill the processes of all workers; their nannies start others."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        for process in client.run(os.getpid).values():
            os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))


def frames_in(told):
    return [each for each in told if isinstance(each, PaintedFrame)]


@pytest.mark.parametrize("changes", [{}, {"passes": 2, "loop": True}])
def test_the_frames_are_those_of_one_process(cluster, make_film, painted_here, changes):
    film = make_film("film", **changes)
    with ClusterScenes(cluster.scheduler_address) as workers:
        assert workers.device == "cpu"
        assert workers.at_once == 1
        told = list(film.paint(workers))
    steps, frames = painted_here(**changes)
    assert [each for each in told if isinstance(each, Notice)] == []
    assert film.frames == frames
    by_step = {(step.index, step.pass_): step for step in steps}
    assert {(step.index, step.pass_) for step in told} == by_step.keys()
    for step in told:
        here = by_step[step.index, step.pass_]
        assert (step.evaluations, step.loss) == (here.evaluations, here.loss)
        assert step.is_first == here.is_first
    order = [step.index for step in told if step.pass_ == 1]
    assert sorted(order) != order or changes  # both scenes were painted at once


def test_a_worker_that_is_killed_costs_no_more_than_its_frame(cluster, make_film, painted_here):
    film = make_film("film")
    told = []
    with ClusterScenes(cluster.scheduler_address) as workers:
        for each in film.paint(workers):
            told.append(each)
            if isinstance(each, PaintedFrame) and len(frames_in(told)) == 3:  # once
                kill_workers(cluster)
    assert len(frames_in(told)) == SCENES * LENGTH  # each is painted once
    assert any("was lost" in each.text for each in told if isinstance(each, Notice))
    assert film.frames == painted_here()[1]


def test_a_film_that_was_stopped_goes_on_here(cluster, make_film, painted_here):
    film = make_film("film")
    with (
        ClusterScenes(cluster.scheduler_address) as workers,
        closing(film.paint(workers)) as steps,
    ):
        for _ in range(3):
            next(steps)
    rest = list(film.paint_here())
    assert len(rest) <= SCENES * LENGTH - 3
    assert film.frames == painted_here()[1]


def test_ctrl_c_ends_what_the_workers_do(cluster, make_film):
    film = make_film("film", iterations=100_000)
    with ClusterScenes(cluster.scheduler_address) as workers:
        steps = film.paint(workers)

        def interrupt(self):
            if self._running:
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FilmDispatch, "_receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                next(steps)
        assert list(make_film("other").paint(workers))  # the workers are free again


def test_frames_of_a_shared_folder_do_not_travel(cluster, make_film, painted_here, monkeypatch):
    film = make_film("film")
    monkeypatch.setattr(FilmFolder, "source_file", None)
    with ClusterScenes(cluster.scheduler_address, shared=film.folder.path.parent) as workers:
        told = list(film.paint(workers))
    assert len(frames_in(told)) == SCENES * LENGTH
    assert film.frames == painted_here()[1]


def test_what_is_wrong_is_told_before_the_work(cluster, tmp_path, monkeypatch):
    address = cluster.scheduler_address
    with pytest.raises(ClusterError, match="does not see the folder"):
        ClusterScenes(address, shared=tmp_path / "missing")
    with pytest.raises(ClusterError, match=r"no worker .* offers --resources TPU=1"):
        ClusterScenes(address, resources={"TPU": 1})
    with pytest.raises(ClusterError, match=r"worker .*none.* is unknown"):
        ClusterScenes(address, device="none")
    with pytest.raises(ClusterError, match="does not answer"):
        ClusterScenes("tcp://127.0.0.1:9", timeout=0.5)
    with ClusterScenes(address, resources={"GPU": 1}) as workers:
        assert workers.device == "cpu"
