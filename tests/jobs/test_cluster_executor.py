"""Tiles on workers: loss and gradient are those of one process to the last bit."""

from math import prod

import numpy as np
import pytest
from networks import anchor, picture
from tile_crews import FakeCrew, FakeWorkers

from ortstyle import stylize
from ortstyle.errors import ClusterError, DeviceError
from ortstyle.graph.network import Network
from ortstyle.jobs import cluster_executor
from ortstyle.jobs.tile_worker import run_tile
from ortstyle.objective.objective import Style
from ortstyle.objective.tiled import TiledObjective
from ortstyle.objective.tiles import TileSizes
from ortstyle.runtime.device_lookup import find_device

SIZE = (53, 71)
ONE_SEGMENT = (TileSizes((37, 40), (37, 40)),)
TWO_SEGMENTS = (*ONE_SEGMENT, TileSizes((12, 12), (12, 12)))
TILES = 6  # of the first segment


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(cluster_executor, "_PAUSE", 0.0)
    monkeypatch.setattr(cluster_executor, "_LOOK_SECONDS", 0.0)


@pytest.fixture(scope="module")
def network(tiny):
    return Network.open(tiny)


@pytest.fixture
def evaluate(network, tiny_settings):
    """Return a function that evaluates two pictures in tiles, here or on workers."""

    def run(
        workers=None, *, tiles=ONE_SEGMENT, storage="memory", masked=False, held=None, **changes
    ):
        rng = np.random.default_rng(5)
        content, style = picture(*SIZE), picture(46, 77)[:, ::-1].copy()
        styles, regions = [style], [None]
        if masked:
            mask = np.tile(np.linspace(0, 1, SIZE[1], dtype=np.float32), (SIZE[0], 1))
            styles = [Style(pixels=style), Style(pixels=style[..., ::-1].copy(), region=1)]
            regions = [mask, 1 - mask]
        with TiledObjective(
            network,
            content,
            styles=styles,
            regions=regions,
            anchor=held,
            settings=tiny_settings(**changes),
            device=find_device("cpu"),
            tiles=tiles,
            storage=storage,
            workers=workers,
        ) as objective:
            images = rng.uniform(0, 255, (2, 1, 3, *SIZE)).astype(np.float32)
            return [objective(image) for image in images]

    return run


def assert_equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert dict(one.terms) == dict(other.terms)
        np.testing.assert_array_equal(one.gradient, other.gradient)


@pytest.mark.parametrize("workers", [("a",), ("a", "b")], ids=len)
@pytest.mark.parametrize("tiles", [ONE_SEGMENT, TWO_SEGMENTS], ids=["one segment", "two segments"])
def test_answers_in_another_order_give_the_same_bits(evaluate, workers, tiles):
    crew = FakeCrew(*workers)
    assert_equal(evaluate(FakeWorkers(crew), tiles=tiles), evaluate(tiles=tiles))
    assert {worker for worker, _ in crew.answered} == set(workers)


@pytest.mark.parametrize("storage", ["memory", "disk", "recomputed"])
def test_wherever_features_are_kept(evaluate, storage):
    found = evaluate(FakeWorkers(FakeCrew("a", "b")), storage=storage)
    assert_equal(found, evaluate(storage=storage))


@pytest.mark.parametrize("style_loss", ["moments", "wasserstein"])
def test_masks_and_other_losses(evaluate, style_loss):
    found = evaluate(FakeWorkers(FakeCrew("a", "b")), masked=True, style_loss=style_loss)
    assert_equal(found, evaluate(masked=True, style_loss=style_loss))


@pytest.mark.parametrize("tiles", [ONE_SEGMENT, TWO_SEGMENTS], ids=["one segment", "two segments"])
def test_an_anchor_is_sent_once(evaluate, tiles):
    crew = FakeCrew("a", "b")
    held = anchor(*SIZE)
    found = evaluate(FakeWorkers(crew), tiles=tiles, held=held)
    assert_equal(found, evaluate(tiles=tiles, held=held))
    assert all(each.terms["temporal"] > 0 for each in found)
    sent = [request for _, request in crew.answered if "anchor" in request.constants]
    assert len(sent) == len({request.tile for request in sent}) == (6 if len(tiles) == 1 else 4)
    assert {request.graph.computes for request in sent} == {"gradient"}


def test_each_worker_has_as_many_tiles_as_another_and_keeps_them(evaluate):
    crew = FakeCrew("a", "b")
    evaluate(FakeWorkers(crew))
    homes = {}
    for worker, request in crew.answered:
        if request.graph.computes in {"content", "statistics", "gradient"}:
            homes.setdefault(request.tile, set()).add(worker)
    assert len(homes) == TILES
    assert sorted(worker for (worker,) in homes.values()) == ["a"] * 3 + ["b"] * 3


def test_what_does_not_change_is_sent_once(evaluate):
    crew = FakeCrew("a", "b")
    evaluate(FakeWorkers(crew))
    sent = [
        (request.tile, name) for _, request in crew.answered for name in sorted(request.constants)
    ]
    assert len(sent) == len(set(sent))
    assert {name for _, name in sent} >= {"content.relu3", "core"}


def test_the_bytes_are_counted(evaluate):
    crew = FakeCrew("a")
    workers = FakeWorkers(crew)
    evaluate(workers)
    sent = sum(
        value.nbytes
        for _, request in crew.answered
        for arrays in (request.inputs, request.constants)
        for value in arrays.values()
    )
    assert workers.traffic.sent == sent
    assert workers.traffic.received > 3 * 4 * SIZE[0] * SIZE[1]


@pytest.mark.parametrize("at", range(0, 40, 8))
def test_a_worker_that_dies_is_replaced(evaluate, at):
    """Of what it has not answered, the other workers compute everything, with its constants."""

    def change(crew):
        if len(crew.answered) == at and "b" in crew.names:
            crew.names.remove("b")

    crew = FakeCrew("a", "b", change=change)
    assert_equal(evaluate(FakeWorkers(crew)), evaluate())
    assert "b" not in crew.names


def test_a_worker_that_comes_gets_its_share(evaluate):
    def change(crew):
        if len(crew.answered) == 20 and "b" not in crew.names:
            crew.names.append("b")

    crew = FakeCrew("a", change=change)
    assert_equal(evaluate(FakeWorkers(crew)), evaluate())
    last = crew.answered[-TILES:]
    assert [request.graph.computes for _, request in last] == ["gradient"] * TILES
    assert sorted(worker for worker, _ in last) == ["a"] * 3 + ["b"] * 3


def test_all_workers_may_be_replaced_meanwhile(evaluate):
    def change(crew):
        if len(crew.answered) % 10 == 5:
            crew.names = ["b"] if crew.names == ["a"] else ["a"]
            crew.answered.append(crew.answered[-1])

    crew = FakeCrew("a", change=change)
    assert_equal(evaluate(FakeWorkers(crew)), evaluate())


def test_a_worker_that_has_forgotten_its_constants_is_sent_them_again(evaluate):
    from ortstyle.jobs.tile_worker import forget_picture

    def change(crew):
        if len(crew.answered) in {22, 31}:
            forget_picture("picture at a")

    crew = FakeCrew("a", change=change)
    assert_equal(evaluate(FakeWorkers(crew)), evaluate())


def test_without_workers_the_run_fails_in_time(evaluate):
    with pytest.raises(ClusterError, match="no worker has been there"):
        evaluate(FakeWorkers(FakeCrew(), patience=0.05))


def test_a_tile_that_loses_every_worker_fails(evaluate):
    from ortstyle.jobs.tile_answers import LOST

    with pytest.raises(ClusterError, match="a tile has lost 4 workers"):
        evaluate(FakeWorkers(FakeCrew("a", "b", answer=lambda _: LOST)))


def test_an_error_of_a_worker_is_raised_here(evaluate):
    crew = FakeCrew("a", answer=lambda _: {"error": "it\nbroke", "kind": "DeviceError"})
    with pytest.raises(DeviceError, match=r"^worker a: it broke$"):
        evaluate(FakeWorkers(crew))


def test_outputs_of_another_shape_are_refused(evaluate):
    def answer(request):
        found = run_tile(request)
        if request.graph.computes == "gradient":
            found["outputs"]["gradient"] = found["outputs"]["gradient"][..., 1:]
        return found

    with pytest.raises(ClusterError, match=r"another shape for gradient"):
        evaluate(FakeWorkers(FakeCrew("a", answer=answer)))


def test_the_end_leaves_nothing_behind(evaluate):
    from ortstyle.jobs import tile_worker

    crew = FakeCrew("a", "b")
    evaluate(FakeWorkers(crew))
    assert crew.pending == []
    assert crew.forgotten == ["picture"]
    assert not tile_worker._pictures
    assert {computes for _, computes in crew.released} == {"style statistics", "content"}


def test_an_error_leaves_nothing_behind_either(evaluate):
    calls = []

    def answer(request):
        calls.append(request)
        return run_tile(request) if len(calls) < 9 else {"error": "no", "kind": ""}

    crew = FakeCrew("a", "b", answer=answer)
    with pytest.raises(ClusterError, match=r"no$"):
        evaluate(FakeWorkers(crew))
    assert crew.pending == []


def test_a_worker_without_memory_gets_smaller_tiles(tiny_settings):
    """The run goes on with half the tiles, as it does where this process is out of memory."""
    calls, sizes = [], set()

    def answer(request):
        calls.append(request)
        if len(calls) == 20:
            return {"error": "out of memory", "kind": "OutOfMemoryError"}
        sizes.add(request.graph.size)
        return run_tile(request)

    content = picture(64, 64)[0].transpose(1, 2, 0).astype(np.uint8)
    settings = tiny_settings(size=64, iterations=3)
    workers = FakeWorkers(FakeCrew("a", "b", answer=answer))
    iterates = list(stylize(content, content, settings, device="cpu", workers=workers))
    assert len(iterates) == 3
    assert "out of memory; continuing in tiles of" in " ".join(each.notice for each in iterates)
    assert min(prod(size) for size in sizes) < max(prod(size) for size in sizes)
