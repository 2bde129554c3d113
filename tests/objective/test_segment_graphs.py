"""The graphs of tiles: each computes what its name says, of the segment that it names."""

import pytest

from ortstyle.errors import GraphError
from ortstyle.graph.loss_graph import Region
from ortstyle.graph.network import Network
from ortstyle.graph.values import shape_of
from ortstyle.objective.segment_graphs import SegmentGraphs, TileGraph
from ortstyle.objective.tiles import Tiling

SIZE = (37, 50)
LAYERS = (("relu1", 1.0), ("relu3", 1.0))


@pytest.fixture(scope="module")
def graphs(tiny, tiny_settings):
    """Return a function that gives the graphs of a picture in at most so many segments."""

    def make(most=9, **changes):
        regions = [Region("style1", masked=True), Region("style2", masked=True)]
        settings = tiny_settings(**changes)
        return SegmentGraphs(Network.open(tiny), settings, size=SIZE, most=most, regions=regions)

    return make


def outputs(model):
    return {str(value.name): shape_of(value) for value in model.graph.outputs}


def test_a_network_has_as_many_segments_as_are_allowed(graphs):
    assert len(graphs(1).segments) == len(graphs(1).sizes) == 1
    assert len(graphs(2).segments) == len(graphs(2).sizes) == 2
    assert graphs(2).sizes[0] == SIZE


def test_statistics_are_of_every_region_and_of_the_content(graphs):
    made = graphs(content_layers=LAYERS)
    found = outputs(made.build(TileGraph(0, "statistics", (20, 24))))
    assert {name.partition(".")[0] for name in found} == {"style1", "style2", "content", "boundary"}


def test_statistics_of_a_style_know_no_regions(graphs):
    found = outputs(graphs().build(TileGraph(0, "style statistics", (20, 24))))
    assert found
    assert not [name for name in found if name.startswith(("style", "content"))]


def test_features_of_the_content_are_those_of_the_tile(graphs):
    made = graphs(content_layers=LAYERS)
    found = outputs(made.build(TileGraph(0, "content", (20, 24))))
    assert found["content.relu1"][2:] == (20, 24)


def test_only_pixels_are_held_to_an_anchor(tiny, tiny_settings):
    made = SegmentGraphs(
        Network.open(tiny), tiny_settings(), size=SIZE, most=2, regions=[Region()], anchored=True
    )
    for each in (made, made.without_weights()):
        near, deep = (each.build(TileGraph(k, "gradient", (20, 24))) for k in (0, 1))
        inputs = {str(value.name): shape_of(value) for value in near.graph.inputs}
        assert inputs["anchor"] == (1, 3, 20, 24)
        assert inputs["anchor.weights"] == (1, 1, 20, 24)
        assert outputs(near)["temporal"] == (1,)
        assert not [v.name for v in deep.graph.inputs if str(v.name).startswith("anchor")]
        assert "temporal" not in outputs(deep)


def test_the_gradient_is_that_of_the_segments_input(graphs):
    made = graphs()
    near, deep = (made.build(TileGraph(k, "gradient", (20, 24))) for k in (0, 1))
    assert outputs(near)["gradient"] == (1, 3, 20, 24)
    assert outputs(deep)["gradient"] == (1, made.segments[1].network.channels, 20, 24)


def test_margins_are_cropped_where_a_tile_has_them(graphs):
    made = graphs(content_layers=LAYERS)
    whole, inner = (
        outputs(made.build(TileGraph(0, "content", (36, 36), sides)))["boundary"]
        for sides in ((False,) * 4, (True,) * 4)
    )
    assert inner[2] < whole[2]


def test_tiles_of_one_size_and_sides_have_one_graph(graphs):
    margins = graphs().segments[0].margins
    tiles = list(Tiling.of((96, 160), (40, 48), margins=margins))
    names = {TileGraph.of(0, "gradient", tile) for tile in tiles}
    assert 1 < len(names) <= 9 < len(tiles)


def test_a_picture_too_small_is_refused(graphs):
    with pytest.raises(GraphError):
        graphs().build(TileGraph(0, "gradient", (2, 2)))
