"""What L-BFGS asks of vectors: implementations offer it, and agree on what it means."""

import inspect
from dataclasses import replace

import numpy as np
import pytest

from ortstyle.optim.array_vectors import ArrayVectors
from ortstyle.optim.vectors import Direction, PairProducts, Vectors
from ortstyle.runtime.device_vectors import DeviceVectors

N, ROWS = 3 * 4 * 5, 3
PASSES = [name for name, found in vars(Vectors).items() if inspect.isfunction(found)]
PASSES = [name for name in PASSES if not name.startswith("_")]


def noise(seed):
    return np.random.default_rng(seed).normal(size=N).astype(np.float32)


@pytest.fixture(params=["arrays", "float16", "disk", "device"])
def vectors(request, tmp_path):
    """Return vectors of each kind, with room for `ROWS` pairs."""
    if request.param == "device":
        pytest.importorskip("onnxruntime")
        from ortstyle.runtime.device_lookup import find_device

        return DeviceVectors((1, 3, 4, 5), ROWS, device=replace(find_device("cpu"), memory="cpu"))
    storage = "float32" if request.param == "arrays" else request.param
    return ArrayVectors(N, ROWS, storage=storage, folder=tmp_path)


def test_the_passes_are_found():
    expected = {"put", "keep", "get", "norms", "store_pair", "advance", "state", "load"}
    assert set(PASSES) == expected


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("kind", [ArrayVectors, DeviceVectors])
def test_implementations_take_what_the_protocol_does(kind, name):
    asked, offered = (inspect.signature(getattr(k, name)) for k in (Vectors, kind))

    def form(signature):
        return [(p.name, p.kind, p.default) for p in signature.parameters.values()]

    assert form(offered) == form(asked)


def test_vectors_know_their_size_and_their_room(vectors):
    assert (vectors.size, vectors.rows) == (N, ROWS)


def test_what_was_put_can_be_got(vectors):
    found = vectors.get(vectors.put(noise(0)))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, noise(0))


def points_of(vectors, count):
    return [(vectors.put(noise(2 * i)), vectors.put(noise(2 * i + 1))) for i in range(count)]


def test_pairs_are_differences_and_a_direction_combines_them(vectors):
    points = points_of(vectors, 3)
    for row in range(2):
        found = vectors.store_pair(row, points[row + 1], previous=points[row])
    assert isinstance(found, PairProducts)
    assert found.with_s.shape == found.with_y.shape == (ROWS, 3)
    assert found.with_s.dtype == found.with_y.dtype == np.float64
    x, g = noise(4).astype(float), noise(5).astype(float)
    s, y = x - noise(2), g - noise(3)  # the last pair
    expected = [s @ s, s @ y, s @ g], [y @ s, y @ y, y @ g]
    np.testing.assert_allclose((found.with_s[1], found.with_y[1]), expected, atol=0.2)
    assert found.square == pytest.approx(g @ g, rel=1e-5)

    direction = Direction(np.array([0, 2.0, 0]), np.array([0, -0.5, 0]), of_gradient=-1.0)
    trial, slope = vectors.advance(points[2], direction, length=0.25)
    d = 2 * s - 0.5 * y - g
    np.testing.assert_allclose(vectors.get(trial), x + 0.25 * d, atol=0.01)
    assert slope == pytest.approx(g @ d, abs=0.2)


def test_a_vector_that_was_returned_is_never_written_to_again(vectors):
    points = points_of(vectors, 3)
    steepest = Direction(np.zeros(ROWS), np.zeros(ROWS), of_gradient=-1.0)
    trials = []
    for point in points[1:]:
        vectors.store_pair(0, point, previous=points[0])
        trials.append(vectors.advance(point, steepest, length=1.0)[0])
    for i, trial in enumerate(trials, 1):
        np.testing.assert_allclose(
            vectors.get(trial), noise(2 * i) - noise(2 * i + 1), rtol=1e-6, atol=1e-6
        )
    for i, (x, gradient) in enumerate(points):
        np.testing.assert_array_equal(vectors.get(x), noise(2 * i))
        np.testing.assert_array_equal(vectors.get(gradient), noise(2 * i + 1))


def test_loaded_pairs_are_those_that_were_stored(vectors):
    points = points_of(vectors, 3)
    for row in range(2):
        vectors.store_pair(row, points[row + 1], previous=points[row])
    direction = Direction(np.array([0.5, -1, 0]), np.array([2.0, 0.25, 0]), of_gradient=-0.3)
    expected, slope = vectors.advance(points[2], direction, length=0.7)
    expected = vectors.get(expected).copy()
    state = vectors.state()
    vectors.store_pair(0, points[0], previous=points[2])
    assert vectors.advance(points[2], direction, length=0.7)[1] != slope
    vectors.load(state)
    found, again = vectors.advance(points[2], direction, length=0.7)
    np.testing.assert_array_equal(vectors.get(found), expected)
    assert again == slope


def test_a_pair_that_is_not_finite_is_not_stored(vectors):
    points = points_of(vectors, 2)
    before = vectors.store_pair(0, points[1], previous=points[0])
    endless = vectors.put(np.full(N, np.inf, np.float32))
    with np.errstate(invalid="ignore", over="ignore"):
        found = vectors.store_pair(0, (points[0][0], endless), previous=points[1])
    assert not np.isfinite(found.square)
    one = Direction(np.array([1.0, 0, 0]), np.zeros(ROWS), of_gradient=0.0)
    step = vectors.get(vectors.advance(points[1], one, length=1.0)[0])
    np.testing.assert_allclose(step, noise(2) + (noise(2) - noise(0)), atol=0.01)
    assert np.isfinite(before.with_s).all()
