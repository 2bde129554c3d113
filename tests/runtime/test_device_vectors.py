"""Vectors in a device's memory: the results are those of vectors in NumPy arrays."""

from dataclasses import replace
from math import prod

import numpy as np
import pytest

from ortstyle.graph import vector_graphs
from ortstyle.optim.array_vectors import ArrayVectors
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.vectors import Direction
from ortstyle.runtime.device_lookup import find_device

SHAPE = (1, 3, 7, 10)
N = prod(SHAPE)


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (1, 3, 7, 10), (1, 3, 512, 384), (1, 3, 5, 9001)])
def test_blocks_are_whole_rows(shape):
    count, length = vector_graphs.blocks(shape)
    assert count * length == prod(shape)
    assert length % shape[-1] == 0
    assert length <= max(4096, shape[-1])


def noise(seed, n=N):
    return np.random.default_rng(seed).normal(size=n).astype(np.float32)


def along_gradient(factor):
    return Direction(np.zeros(4), np.zeros(4), factor)


@pytest.fixture
def resident():
    """Return `DeviceVectors` on the processor, with the graphs that other devices run."""
    pytest.importorskip("onnxruntime")
    from ortstyle.runtime.device_vectors import DeviceVectors

    return DeviceVectors(SHAPE, 4, device=replace(find_device("cpu"), memory="cpu"))


def assert_measured_alike(found, expected):
    np.testing.assert_allclose(found.with_s, expected.with_s, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.with_y, expected.with_y, rtol=1e-4, atol=1e-4)
    assert found.square == pytest.approx(expected.square, rel=1e-5)


def test_every_pass_gives_the_same_in_a_devices_memory(resident):
    arrays = ArrayVectors(N, 4)
    points = [(noise(2 * i), noise(2 * i + 1)) for i in range(7)]
    placed = [tuple(map(resident.put, point)) for point in points]
    assert resident.norms(placed[0][1]) == pytest.approx(arrays.norms(points[0][1]), rel=1e-5)
    for i in range(6):
        row = i % 4
        found = resident.store_pair(row, placed[i + 1], previous=placed[i])
        assert_measured_alike(found, arrays.store_pair(row, points[i + 1], previous=points[i]))
    of_s, of_y = noise(50, 4).astype(float), noise(51, 4).astype(float)
    direction = Direction(of_s, of_y, -0.3)
    expected = arrays.advance(points[0], direction, length=0.7)
    advanced = resident.advance(placed[0], direction, length=0.7)
    np.testing.assert_allclose(resident.get(advanced[0]), expected[0], rtol=1e-4, atol=1e-4)
    assert advanced[1] == pytest.approx(expected[1], rel=1e-4)
    kept = arrays.state()
    for name, rows in resident.state().items():
        np.testing.assert_allclose(rows, kept[name], rtol=1e-6, atol=1e-6)


def test_what_was_handed_out_is_not_written_to_again(resident):
    placed = resident.put(noise(0))
    first = resident.advance((placed, placed), along_gradient(-1.0), length=1.0)
    kept = resident.get(first[0]).copy()
    resident.advance((placed, placed), along_gradient(5.0), length=1.0)
    np.testing.assert_array_equal(resident.get(first[0]), kept)
    np.testing.assert_array_equal(resident.get(placed), noise(0))


@pytest.mark.parametrize("where", ["arrays", "device"])
def test_a_gradient_that_is_not_finite_is_not_kept(where, resident):
    found = resident if where == "device" else ArrayVectors(N, 4)
    x, good, bad = noise(0), noise(1), np.full(N, np.nan, np.float32)
    at = found.put(x), found.put(good)
    assert not np.isfinite(found.store_pair(0, (at[0], found.put(bad)), previous=at).square)
    trial, _ = found.advance(at, along_gradient(-1.0), length=1.0)
    np.testing.assert_array_equal(found.get(trial), x - good)


def bowl(x):
    scale = np.geomspace(1, 50, N).astype(np.float32)
    return 0.5 * float(scale @ x**2), scale * x


@pytest.mark.parametrize("step", ["line-search", "published"])
def test_the_optimiser_goes_the_same_way(resident, step):
    here = LBFGS(noise(9), history=3, step=step)
    there = LBFGS(noise(9), history=3, step=step, vectors=resident)
    for _ in range(12):
        for optimizer, vector in ((here, np.asarray), (there, resident.get)):
            loss, gradient = bowl(vector(optimizer.ask()))
            optimizer.tell(loss, gradient if optimizer is here else resident.put(gradient))
        np.testing.assert_allclose(resident.get(there.ask()), here.ask(), rtol=1e-3, atol=1e-3)
    assert (there.iterations, there.stop) == (here.iterations, here.stop)
    copy = LBFGS(noise(9), history=3, step=step)
    copy.load(there.state())
    np.testing.assert_allclose(copy.ask(), resident.get(there.ask()), rtol=1e-6)
    assert copy.iterations == there.iterations
