"""What a worker's process does with a request: it computes, stores, forgets, and never raises."""

import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
from commands import needs_runtime
from networks import picture

from ortstyle.graph.loss_graph import Region
from ortstyle.graph.network import Network
from ortstyle.jobs import tile_worker
from ortstyle.jobs.tile_worker import (
    RemotePicture,
    TileRequest,
    forget_picture,
    release_graphs,
    run_tile,
)
from ortstyle.objective.segment_graphs import SegmentGraphs, TileGraph
from ortstyle.objective.tiles import Tiling
from ortstyle.runtime.threads import LIMIT

pytestmark = needs_runtime
SIZE = (37, 50)


@pytest.fixture
def graphs(tiny, tiny_settings):
    regions = [Region("style1", masked=True, share=0.5), Region("style2", masked=True, share=0.5)]
    return SegmentGraphs(Network.open(tiny), tiny_settings(), size=SIZE, most=1, regions=regions)


@pytest.fixture
def request_of(graphs):
    """Return a function that makes the request for the features of the content, of one tile."""
    tile = next(iter(Tiling.of(SIZE, SIZE, margins=graphs.segments[0].margins)))

    def make(name="one", **changes):
        made = TileRequest(
            picture=RemotePicture.of(graphs, name=name, device="cpu"),
            graph=TileGraph.of(0, "content", tile),
            tile=tile,
            inputs={"image": picture(*SIZE)},
        )
        return replace(made, **changes)

    return make


@pytest.fixture(autouse=True)
def nothing_is_kept():
    yield
    for name in list(tile_worker._pictures):
        forget_picture(name)
    assert not tile_worker._pictures


def test_the_record_of_a_picture_is_plain_data(graphs):
    record = RemotePicture.of(graphs, name="one", device="cpu")
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301  our own
    assert record.settings["model"] is None
    assert {region.name for region in record.regions} == {"style1", "style2"}


def test_the_record_says_whether_a_picture_is_held_to_another(tiny, tiny_settings, request_of):
    made = {"size": SIZE, "most": 1, "regions": [Region()]}
    for anchored in (False, True):
        graphs = SegmentGraphs(Network.open(tiny), tiny_settings(), **made, anchored=anchored)
        record = RemotePicture.of(graphs, name=str(anchored), device="cpu")
        tile = request_of().tile
        name = TileGraph.of(0, "gradient", tile)
        assert record.anchored is anchored
        model = tile_worker._opened(record).sessions.of(name)
        assert ("anchor.weights" in model.inputs) is anchored


def test_a_tile_is_computed(request_of):
    outputs = run_tile(request_of())["outputs"]
    assert outputs["content.relu3"].shape == (1, 8, 9, 12)
    again = run_tile(request_of("two"))["outputs"]
    np.testing.assert_array_equal(outputs["content.relu3"], again["content.relu3"])


def test_constants_are_stored_by_tile_and_need_not_be_sent_again(request_of):
    image = picture(*SIZE)
    first = run_tile(request_of(inputs={}, constants={"image": image}))
    again = run_tile(request_of(inputs={}, stored=frozenset({"image"})))
    np.testing.assert_array_equal(
        first["outputs"]["content.relu3"], again["outputs"]["content.relu3"]
    )


def test_constants_are_copies(request_of):
    image = picture(*SIZE)
    first = run_tile(request_of(inputs={}, constants={"image": image}))
    image[:] = 0
    again = run_tile(request_of(inputs={}, stored=frozenset({"image"})))
    np.testing.assert_array_equal(
        first["outputs"]["content.relu3"], again["outputs"]["content.relu3"]
    )


def test_what_is_not_stored_is_named(request_of):
    request = request_of(inputs={}, stored=frozenset({"image", "core"}))
    assert run_tile(request) == {"missing": ["core", "image"]}


def test_only_a_few_pictures_are_open_at_once(request_of):
    for name in ("one", "two", "one", "three"):
        run_tile(request_of(name))
    assert list(tile_worker._pictures) == ["one", "three"]


def test_sessions_are_closed_when_asked(request_of):
    run_tile(request_of())
    sessions = tile_worker._pictures["one"].sessions._sessions
    assert len(sessions) == 1
    assert release_graphs("one", 0, "gradient") == []
    assert len(sessions) == 1
    assert release_graphs("one", 0, "content") == []
    assert not sessions
    assert release_graphs("another", 0, "content") == []


def test_a_change_asked_for_during_a_run_waits_for_the_next(request_of):
    run_tile(request_of())
    with tile_worker._lock:  # as while a tile is being run
        asking = threading.Thread(target=forget_picture, args=("one",))
        asking.start()
        asking.join(10)
        assert not asking.is_alive()
        assert "one" in tile_worker._pictures
    run_tile(request_of("two"))
    assert "one" not in tile_worker._pictures


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"model": "nowhere/vgg.onnx"}, "ModelError"),
        ({"model_sha256": "0" * 64}, "ModelError"),
        ({"device": "directml"}, "DeviceError"),
        ({"device": "nothing"}, "SettingsError"),
        ({"settings": {"style_weight": "x"}}, "SettingsError"),
        ({"settings": None}, ""),
        ({"most": None}, ""),
    ],
    ids=str,
)
def test_what_goes_wrong_comes_back_as_one_line(request_of, changes, kind):
    request = request_of()
    answer = run_tile(replace(request, picture=replace(request.picture, **changes)))
    assert answer["kind"] == kind
    assert answer["error"]
    assert "\n" not in answer["error"]


def test_wrong_inputs_come_back_as_one_line(request_of):
    answer = run_tile(request_of(inputs={"image": picture(8, 8)}))
    assert answer["kind"] == "DeviceError"
    assert "\n" not in answer["error"]


def test_memory_that_does_not_suffice_is_told_as_such(request_of, monkeypatch):
    def fail(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(tile_worker, "_opened", fail)
    assert run_tile(request_of()) == {
        "error": "out of memory (no room)",
        "kind": "OutOfMemoryError",
    }


@pytest.mark.parametrize(("given", "expected"), [("", "1"), ("3", "3")])
def test_threads_are_limited_unless_the_worker_was_told(request_of, monkeypatch, given, expected):
    for name in (LIMIT, "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, given or "7")
    monkeypatch.setattr(tile_worker, "_LIMIT_GIVEN", given)
    monkeypatch.setattr(
        tile_worker, "limit_threads", lambda count: monkeypatch.setenv(LIMIT, str(count))
    )
    request = request_of()
    run_tile(replace(request, picture=replace(request.picture, threads=1)))
    import os

    assert os.environ[LIMIT] == expected
