"""The memory of whole pictures of any size is that of their graphs, which need not be built."""

from dataclasses import replace
from math import prod

import pytest
from networks import VGG19

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.memory import whole_footprint
from ortstyle.memory.graph_memory import objective_bytes
from ortstyle.memory.whole_footprint import WholeFootprint
from ortstyle.settings.settings import Settings

CASES = [
    ((170, 256), [(200, 256)]),
    ((241, 362), [(362, 300)]),
    ((341, 512), [(512, 512), (100, 200)]),
    ((2731, 4096), [(300, 4096)]),
    ((61, 1999), [(300, 300)]),
    ((170, 256), [(1000, 800)]),
]


@pytest.fixture(scope="module")
def vgg19():
    network = Network.open(VGG19).without_weights()
    return network, WholeFootprint(network, Settings())


@pytest.mark.parametrize(("size", "styles"), CASES, ids=str)
def test_vgg19_takes_what_its_graphs_take(vgg19, size, styles):
    network, footprint = vgg19
    expected = objective_bytes(network, size, styles=styles, settings=Settings())
    # The tiles of Winograd's convolutions reach beyond a low picture by more than beyond a square.
    rel = 0.01 if min(size) < 100 else 0.005
    assert footprint.objective_bytes(size, styles) == pytest.approx(expected, rel=rel)


@pytest.mark.parametrize("side", [16, 64, 128])
def test_at_small_sizes_convolutions_keep_their_plain_kernels(vgg19, side):
    network, footprint = vgg19
    size = side, side
    expected = objective_bytes(network, size, styles=[size], settings=Settings())
    assert footprint.objective_bytes(size, [size]) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    "changes",
    [{"content_weight": 0.0}, {"style_weight": 0.0}, {"tv_weight": 0.0, "padding": "reflect"}],
    ids=str,
)
def test_losses_that_are_left_out(tiny, tiny_settings, changes):
    network, settings = Network.open(tiny), tiny_settings(**changes)
    footprint = WholeFootprint(network, settings)
    for size in ((300, 200), (900, 1400)):
        expected = objective_bytes(network, size, styles=[(500, 400)], settings=settings)
        found = footprint.objective_bytes(size, [(500, 400)])
        assert found == pytest.approx(expected, rel=0.01)


def test_an_anchor_is_counted_as_its_graph_takes_it(tiny, tiny_settings):
    network, settings, size = Network.open(tiny), tiny_settings(), (900, 1400)
    expected = objective_bytes(network, size, styles=[size], settings=settings, anchored=True)
    found = WholeFootprint(network, settings, anchored=True).objective_bytes(size, [size])
    assert found == pytest.approx(expected, rel=0.01)
    free = WholeFootprint(network, settings).objective_bytes(size, [size])
    assert found - free >= 16 * prod(size)  # four channels in float32


def test_graphs_are_built_for_two_sizes_only(tiny, tiny_settings, monkeypatch):
    built = []
    build = whole_footprint.loss_model

    def count(network, size, **options):
        built.append(size)
        return build(network, size, **options)

    monkeypatch.setattr(whole_footprint, "loss_model", count)
    footprint = WholeFootprint(Network.open(tiny), tiny_settings())
    for side in (100, 10_000, 1_000_000):
        assert footprint.objective_bytes((side, side), [(side, side)]) > side**2
        assert footprint.content_bytes((side, side)) == pytest.approx(4 * 8 * side**2 / 16)
    assert len(built) == 2


def test_a_network_of_one_size_is_measured_at_that_size(tiny, tiny_settings, monkeypatch):
    network, settings = Network.open(tiny), tiny_settings()
    expected = objective_bytes(network, (64, 64), styles=[(64, 64)], settings=settings)
    content = WholeFootprint(network, settings).content_bytes((64, 64))

    def refuse(*_, **__):
        raise GraphError("takes pictures of 64×64")

    monkeypatch.setattr(whole_footprint, "loss_model", refuse)
    monkeypatch.setattr(whole_footprint.PictureRunMemory, "measured", refuse)
    footprint = WholeFootprint(network, settings)
    assert footprint.objective_bytes((64, 64), [(64, 64)]) == expected
    assert footprint.content_bytes((64, 64)) == content


def test_an_operator_without_a_derivative_is_told(tiny, tiny_settings):
    network, settings = Network.open(tiny), tiny_settings()
    next(node for node in network.graph if node.name == "relu2").op_type = "Hardmax"
    with pytest.raises(GraphError, match="Hardmax"):
        WholeFootprint(network, replace(settings)).objective_bytes((64, 64), [(64, 64)])
