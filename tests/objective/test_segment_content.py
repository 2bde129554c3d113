"""The content of a segment, tile by tile: its features are those of the whole picture."""

import numpy as np
import pytest
from networks import difference, picture, run_session

from ortstyle.graph.network import Network
from ortstyle.graph.tile_graphs import content_features_model
from ortstyle.objective.segment_content import SegmentContent
from ortstyle.objective.segment_graphs import SegmentGraphs
from ortstyle.objective.tile_executor import LocalExecutor
from ortstyle.objective.tiles import Tiling
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session_factory import SessionFactory

pytest.importorskip("onnxruntime")
SIZE = (37, 50)
LAYERS = (("relu1", 1.0), ("relu3", 2.0))
TILES = 6  # of 24×28 pixels, each of another shape


@pytest.fixture(scope="module")
def graphs(tiny, tiny_settings):
    """Return a function that gives the graphs of a network in segments."""

    def make(most=9, **changes):
        settings = tiny_settings(**{"content_layers": LAYERS} | changes)
        return SegmentGraphs(Network.open(tiny), settings, size=SIZE, most=most, regions=())

    return make


def content_of(graphs, tile=(24, 28), storage="memory"):
    """Return the content of the first segment in tiles of a size."""
    segment = graphs.segments[0]
    return SegmentContent(
        0,
        graphs,
        tiling=Tiling.of(SIZE, tile, margins=segment.margins),
        shapes=segment.shapes(SIZE, graphs.settings),
        executor=LocalExecutor(graphs, SessionFactory(find_device("cpu"), graphs.settings)),
        storage=storage,
    )


def whole_features(graphs):
    """Return the features of the picture in one piece, by the name of the output."""
    model = content_features_model(graphs.segments[0], SIZE, settings=graphs.settings)
    return run_session(model, {"image": picture(*SIZE)})


def inputs_of_tiles(graphs, content, tile=(24, 28)):
    """Give for each tile: it, the grid of relu1, and what the content has for it."""
    segment = graphs.segments[0]
    grid = segment.margins.grids["relu1"]
    for one in Tiling.of(SIZE, tile, margins=segment.margins):
        # relu1 has the tile's size, without the margin that only deeper layers need.
        before, after, left, right = (
            (segment.margins.margin - grid.margin) * side for side in one.sides
        )
        size = one.shape[0] - before - after, one.shape[1] - left - right
        shapes = {
            "content.relu1": (1, 4, *size),
            "content.relu1.root_weights": (1, 1, *size),
            "content.relu1.scale": (1,),
        }
        yield one, grid, content.inputs(one, shapes)


@pytest.mark.parametrize("storage", ["memory", "disk", "recomputed"])
def test_the_next_segment_gets_what_the_whole_picture_gives(graphs, storage):
    made = graphs()
    content = content_of(made, storage=storage)
    passed = content.compute(picture(*SIZE))
    expected = whole_features(made)["boundary"]
    assert passed.shape == expected.shape
    assert difference(passed, expected) < 1e-6
    content.close()


@pytest.mark.parametrize("tile", [(24, 28), (28, 50)], ids=["same tiles", "other tiles"])
@pytest.mark.parametrize("storage", ["memory", "disk", "recomputed"])
def test_the_cores_of_tiles_are_the_features_of_the_whole(graphs, storage, tile):
    made = graphs()
    content = content_of(made, storage=storage)
    content.compute(picture(*SIZE))
    expected, found = whole_features(made)["content.relu1"], np.full((1, 4, *SIZE), np.nan)
    for one, grid, inputs in inputs_of_tiles(made, content, tile):
        features = inputs["content.relu1"]
        in_tile, in_whole = one.core(grid, features.shape)
        found[in_whole] = features[in_tile]
    assert difference(found, expected) < 1e-6
    content.close()


def test_spatial_weights_are_a_mean_over_the_picture_and_0_outside_cores(graphs):
    made = graphs()
    content = content_of(made)
    content.compute(picture(*SIZE))
    total = 0.0
    for tile, grid, inputs in inputs_of_tiles(made, content):
        root = inputs["content.relu1.root_weights"]
        in_core = np.zeros(root.shape, bool)
        in_core[tile.core(grid, root.shape)[0]] = True
        assert (root[in_core] > 0).all()
        assert not root[~in_core].any()
        total += float(np.sum(root * root, dtype=np.float64))
    assert total == pytest.approx(1, rel=1e-5)
    content.close()


@pytest.mark.parametrize("relative", [False, True])
def test_the_scale_is_that_of_the_whole_picture_in_every_tile(graphs, relative):
    made = graphs(equalize=relative)
    content = content_of(made)
    content.compute(picture(*SIZE))
    square = np.mean(whole_features(made)["content.relu1"].astype(np.float64) ** 2)
    expected = 1 / square if relative else 1.0
    scales = [i["content.relu1.scale"] for *_, i in inputs_of_tiles(made, content)]
    assert {scale.dtype for scale in scales} == {np.dtype(np.float32)}
    np.testing.assert_allclose(np.concatenate(scales), expected, rtol=1e-4)
    content.close()


def test_a_segment_without_content_layers_only_passes_features_on(graphs):
    made = graphs(content_layers=(("relu3", 1.0),))
    content = content_of(made)
    assert difference(content.compute(picture(*SIZE)), whole_features(made)["boundary"]) < 1e-6
    assert [inputs for *_, inputs in inputs_of_tiles(made, content)] == [{}] * TILES
    content.close()


def test_the_last_segment_passes_nothing_on(graphs):
    content = content_of(graphs(most=1, content_layers=(("relu1", 1.0),)), tile=(28, 40))
    assert content.compute(picture(*SIZE)) is None
    content.close()


@pytest.mark.parametrize(("storage", "opened"), [("memory", 0), ("recomputed", TILES)])
def test_sessions_are_open_only_while_they_are_needed(graphs, monkeypatch, storage, opened):
    from ortstyle.runtime.session import Session

    closed, real = [], Session.close
    monkeypatch.setattr(Session, "close", lambda self: (closed.append(self), real(self)))
    content = content_of(graphs(), storage=storage)
    content.compute(picture(*SIZE))
    assert len(closed) == TILES - opened
    content.close()
    assert len(closed) == TILES


def test_it_can_be_closed_before_anything_is_computed_and_twice(graphs):
    content = content_of(graphs())
    content.close()
    content.close()
