"""`--scheduler`: a picture whose tiles, and a film whose scenes, the workers of a cluster paint."""

import sys

import films
import pytest
from commands import crash, needs_runtime, pixels_of
from tile_crews import FakeCrew, FakeWorkers

from ortstyle.jobs import cluster_tiles

ADDRESS = "tcp://host:8786"
pytestmark = needs_runtime


@pytest.fixture
def cluster(monkeypatch):
    """Stand in for the cluster at any address; return (address, device) of each connection."""
    asked = []

    class FakeCluster(FakeWorkers):
        def __init__(self, address, *, device):
            asked.append((address, device))
            super().__init__(FakeCrew("a", "b"))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            asked.append("closed")

    monkeypatch.setattr(cluster_tiles, "ClusterTiles", FakeCluster)
    return asked


def render(call, network, *options):
    return call("render", "photo.png", "painting.png", "-o", "a.png", *network, *options)


def test_the_picture_is_painted_on_the_workers(folder, call, network, cluster):
    code, _, error = render(call, network, "--scheduler", ADDRESS)
    assert code == 0, error
    assert "painted in tiles of" in error
    assert cluster == [(ADDRESS, "auto"), "closed"]


def test_the_device_is_that_of_the_workers(folder, call, network, cluster):
    code, _, error = render(call, network, "--scheduler", ADDRESS, "--device", "cuda:1")
    assert code == 0, error
    assert cluster == [(ADDRESS, "cuda:1"), "closed"]


def test_a_run_is_resumed_on_the_workers(folder, call, network, cluster):
    assert render(call, network, "--scheduler", ADDRESS)[0] == 0
    crash(call, 3, *network, "-o", "b.png", "--scheduler", ADDRESS)
    code, _, error = call("resume", "a.ck", "--scheduler", ADDRESS)
    assert code == 0, error
    assert pixels_of("b.png") == pixels_of("a.png")


def test_a_run_on_workers_can_be_resumed_here(folder, call, network, cluster):
    assert render(call, network, "--scheduler", ADDRESS)[0] == 0
    crash(call, 3, *network, "-o", "b.png", "--scheduler", ADDRESS)
    cluster.clear()
    code, _, error = call("resume", "a.ck")
    assert code == 0, error
    assert not cluster
    assert pixels_of("b.png") == pixels_of("a.png")


def test_without_dask_the_command_to_install_it_is_told(folder, call, network, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, out, error = render(call, network, "--scheduler", ADDRESS)
    assert (code, out) == (1, "")
    assert error == (
        'ortstyle: a cluster needs Dask; install it with: pip install "ortstyle[cluster]"\n'
    )


@pytest.mark.parametrize("address", ["host", "http://host:80", "tcp://"])
def test_what_is_no_address_is_refused(folder, call, network, address):
    pytest.importorskip("distributed")
    code, _, error = render(call, network, "--scheduler", address)
    assert code == 1
    assert error.startswith(f"ortstyle: scheduler {address} is no address")
    assert error.count("\n") == 1


def test_settings_that_need_the_whole_picture_are_refused(folder, call, network, cluster):
    code, _, error = render(call, network, "--scheduler", ADDRESS, "--precision", "float16")
    assert code == 2
    assert "can't be painted in tiles" in error


class FakeScenes:
    """Stands in for a cluster that paints scenes; it paints them here."""

    at_once, device = 2, "cpu"

    def __init__(self, address, **options):
        self.asked = (address, options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def paint(self, work):
        from ortstyle.runtime.cache import Cache
        from ortstyle.video.painting.scene_painter import step_painter
        from ortstyle.video.scene_workers import Notice

        yield Notice(f"workers at {self.asked}")
        named = {"palette_at": work.palette_at, "settings": work.settings, "film": work.film}
        paint = step_painter(work.folder, device="cpu", memory=work.memory, cache=Cache(), **named)
        for part in work.parts:
            yield from map(paint, part)


@pytest.fixture
def film(call, folder, network):
    """Return a function that paints a film; it returns exit code, stdout and stderr."""
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    films.write_film(folder / "clip.mp4", frames=3)

    def run(*more):
        options = [*network, "--size", "32", "--frame-iterations", "2"]
        return call("video", "clip.mp4", "painting.png", "-o", "out.mp4", *options, *more)

    return run


def test_scenes_of_a_film_are_painted_on_the_workers(film, folder, monkeypatch):
    pytest.importorskip("ortstyle.jobs.cluster_film")
    monkeypatch.setattr("ortstyle.jobs.cluster_film.ClusterScenes", FakeScenes)
    options = ("--threads", "3", "--shared", "--resources", "GPU=1", "--device", "cuda")
    code, out, error = film("--scheduler", ADDRESS, *options)
    assert code == 0, error
    assert "wrote out.mp4 (32×24, 3 frames" in out
    given = {"device": "cuda", "threads": 3, "resources": {"GPU": 1.0}, "shared": folder}
    assert f"workers at {(ADDRESS, given)}" in " ".join(error.split())
    assert "painting: 3/3 frames" in error


@pytest.mark.parametrize("option", [["--shared"], ["--resources", "GPU=1"]])
def test_options_of_a_cluster_need_one(film, option):
    code, _, error = film(*option)
    assert code == 2
    assert "name its --scheduler" in error


def test_a_film_says_how_to_install_dask(film, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, error = film("--scheduler", ADDRESS)
    assert code == 1
    assert error.endswith('install it with: pip install "ortstyle[cluster]"\n')
