"""The memory of runs as a function of the size: lines through what graphs of two sizes take."""

from functools import partial
from math import prod

import numpy as np
import pytest

from ortstyle.graph.liveness import held_bytes, peak_bytes
from ortstyle.graph.loss_graph import content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.values import shape_of
from ortstyle.memory.graph_memory import arena_bytes, arena_bytes_of_each
from ortstyle.memory.run_memory import PictureRunMemory, RunMemory


def test_memory_is_a_line_through_two_measurements():
    measured = {(10, 10): (1000, 5000), (20, 20): (1600, 20000)}
    found = RunMemory.measured(measured.__getitem__, (10, 20))
    assert found.held == (800, 2)
    assert found.alive == (0, 50)
    for size, (held, alive) in measured.items():
        assert found(size) == held + arena_bytes(alive)
    assert found((5, 40)) == 800 + 2 * 200 + arena_bytes(50 * 200)


def test_many_numbers_of_pixels_at_once():
    found = RunMemory((800, 2), (7, 3000.5))
    pixels = np.array([1, 10, 10**4, 10**6, 10**7])
    assert found.of_each(pixels).tolist() == [found((1, int(n))) for n in pixels]


def test_the_arena_takes_more_than_is_alive():
    alive = np.array([0.0, 1e3, 1e9, 1.6e9, 5e9, 6e9, 1e11])
    each = arena_bytes_of_each(alive)
    assert (each[1:] >= 1.4 * alive[1:] - 1).all()
    assert (each <= 2.5 * alive).all()
    assert (np.diff(each) > 0).all()


@pytest.fixture(scope="module")
def builders(tiny, tiny_settings):
    """Return functions that build the graphs of the tiny network for a size."""
    network = Network.open(tiny).without_weights()
    return [
        partial(build, network, settings=tiny_settings())
        for build in (content_model, style_model, loss_model)
    ]


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("size", [(64, 64), (600, 800), (37, 2011), (1001, 999)], ids=str)
def test_graphs_of_other_sizes_take_what_was_predicted(builders, kind, size):
    build = builders[kind]
    memory = PictureRunMemory.measured(build, (256, 512))
    model = build(size)
    outputs = sum(4 * prod(shape_of(value)) for value in model.graph.outputs)
    assert memory.output_bytes(size) == pytest.approx(outputs, rel=0.06)
    expected = held_bytes(model) + arena_bytes(peak_bytes(model))
    assert memory.running_bytes(size) == pytest.approx(expected, rel=0.02)


def test_steps_that_differ_are_no_function_of_the_size(builders):
    content, style, _ = builders
    graphs = {(32, 32): content, (64, 64): style}
    assert PictureRunMemory.measured(lambda size: graphs[size](size), (32, 64)) is None
