"""A visitor of a whole site in Chromium: page, service worker, engine and WebAssembly."""

from itertools import pairwise

import numpy as np
import pytest
from chromium import SCRIPTS, drive
from engine_sites import SMALL, painting, photograph, small_network
from PIL import Image

from ortstyle.settings.presets import from_preset
from ortstyle.web.site import write_site

pytestmark = pytest.mark.javascript
RUNTIME = SCRIPTS / "node_modules" / "onnxruntime-web"


def visit(make, settings, *, iterations, extent):
    """Return what a visitor of a site of these settings finds, the faults and the PNG."""
    if not RUNTIME.is_dir():
        pytest.skip("needs onnxruntime-web: npm install --ignore-scripts in tests/javascript")
    folder = make("visit")
    write_site(folder / "site", sizes=[128], runtime=RUNTIME, settings=settings)
    given = folder / "tall tower.png", folder / "painting.png"
    photograph(60, 150).save(given[0])
    painting(96, 64).save(given[1])
    (folder / "downloads").mkdir()
    arguments = *given, folder / "downloads", str(iterations), extent
    found, faults = drive(
        "web-journey.mjs", "http://127.0.0.1", folder, folder / "site", *arguments, seconds=600
    )
    with Image.open(folder / "downloads" / found["file"]) as image:
        image.load()
    return found, faults, image


@pytest.fixture(scope="module")
def visited(tmp_path_factory):
    small = SMALL | {"size": 128, "model": small_network(tmp_path_factory.mktemp("network"))}
    settings = from_preset(overrides=small)
    return visit(tmp_path_factory.mktemp, settings, iterations=40, extent="all")


@pytest.fixture(scope="module")
def found(visited):
    return visited[0]


def check_device(looked):
    threads = min(looked["cores"], 8)
    assert looked["isolated"]
    assert looked["threads"] == threads
    assert ("graphs", "test") in pairwise(looked["loads"])  # not only while the test's file comes
    assert (f"with {threads} threads" if threads > 1 else "one thread") in looked["words"]


def check_painted(painted):
    size, time, memory = painted["plan"].split("\n")
    assert size == "51 × 128"
    assert time.startswith("about ")
    assert memory.endswith(" of memory")
    assert painted["state"].startswith("Painted in")
    assert painted["done"]["size"] == painted["shown"] == [51, 128]
    assert painted["line"]
    losses = np.array([loss for _, loss in painted["points"]])
    assert losses[-1] < losses[0]


def check_file(found, image):
    assert found["file"] == "tall tower-painted.png"
    assert (image.format, image.size, image.mode) == ("PNG", (51, 128), "RGBA")


def test_the_page_tells_no_errors_but_those_that_were_made(visited):
    found, faults, _ = visited
    assert [fault for fault in faults if "the worker is killed" not in fault] == []
    assert found["faultsOffline"] == []


def test_axe_finds_nothing(found):
    assert found["wrong"] == {"ready": [], "done": []}
    assert found["killed"]["wrong"] == {"recovering": [], "painting": []}
    assert found["full"]["wrong"] == []


def test_it_is_isolated_and_tells_its_threads(found):
    check_device(found["first"])


def test_a_photograph_is_painted(found):
    check_painted(found["painted"])


def test_the_picture_is_compared_and_downloaded(visited):
    assert visited[0]["compared"] == "99 % Photograph"
    check_file(visited[0], visited[2])


def test_the_picture_is_seen_as_it_grows(found):
    width, height = found["killed"]["shown"]
    assert abs(width - height * 60 / 150) <= 1


def test_after_its_worker_was_killed_it_goes_on_from_the_last_picture(found):
    killed = found["killed"]
    assert killed["kept"] >= killed["before"] > 0
    assert killed["next"] > killed["kept"]
    assert killed["state"].startswith(("Stopped.", "Painted in"))


def test_where_memory_is_full_it_is_told(found):
    assert found["full"]["told"].startswith("There is not enough memory")


def test_without_its_host_it_paints(found):
    check_device(found["offline"])
    check_painted(found["offline"]["painted"])
    assert found["other"]


@pytest.mark.slow
def test_the_whole_network_paints(tmp_path_factory):
    settings = from_preset(overrides={"size": 128})
    found, faults, image = visit(tmp_path_factory.mktemp, settings, iterations=6, extent="once")
    assert faults == []
    check_device(found["first"])
    check_painted(found["painted"])
    check_file(found, image)
    check_device(found["offline"])
