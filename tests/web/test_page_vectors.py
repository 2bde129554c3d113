"""The page's vectors in ONNX Runtime's tensors compute what NumPy does, and free what they made."""

import numpy as np
import onnx_ir as ir
import optimised
import pytest
from page_engine import pack, run_engine

from ortstyle.graph.vector_graphs import advance_model, blocks, measure_model, norms_model
from ortstyle.optim.array_vectors import ArrayVectors
from ortstyle.optim.vectors import Direction

pytestmark = pytest.mark.javascript
SHAPE, ROWS, STEPS = (1, 3, 4, 6), 6, 15
SIZE = 72
SHAPES = [SHAPE, (1, 3, 33, 47), (1, 3, 7, 5000), (1, 3, 512, 384), (1, 3, 48, 32), (1, 3, 16, 1)]
PROBLEMS = {
    "quadratic": optimised.quadratic(SIZE, condition=100),
    "rosenbrock": optimised.rosenbrock(SIZE),
    "broken gradients": optimised.broken_gradients(SIZE),
    "kinks": optimised.kinks(SIZE),
    "barrier": optimised.barrier(SIZE),
}


@pytest.fixture(scope="module")
def steps():
    """Return points (x, gradient), and a direction and a length for each point but the first."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(STEPS + 1, 2, SIZE)).astype(np.float32)
    directions = [
        (Direction(*rng.normal(size=(2, ROWS)), of_gradient=-rng.random()), rng.random())
        for _ in range(STEPS)
    ]
    return points, directions


@pytest.fixture(scope="module")
def traces():
    """Return Python's traces, whose vectors are arrays."""
    with np.errstate(all="ignore"):
        return {
            name: optimised.trace_of(*problem, history=ROWS - 1, evaluations=30)
            for name, problem in PROBLEMS.items()
        }


@pytest.fixture(scope="module")
def found(steps, traces, tmp_path_factory):
    """Return what device-vectors.mjs found."""
    points, directions = steps
    models = {
        "norms": norms_model(SHAPE),
        "measure": measure_model(SHAPE, ROWS),
        "advance": advance_model(SHAPE, ROWS),
    }
    cases = {
        "shape": SHAPE,
        "rows": ROWS,
        "shapes": SHAPES,
        "models": {name: pack(as_bytes(model), "u1") for name, model in models.items()},
        "points": [[pack(vector, "<f4") for vector in point] for point in points],
        "directions": [
            {
                "ofS": pack(direction.of_s),
                "ofY": pack(direction.of_y),
                "ofGradient": direction.of_gradient,
                "length": length,
            }
            for direction, length in directions
        ],
        "traces": [optimised.told(trace) for trace in traces.values()],
    }
    folder = tmp_path_factory.mktemp("vectors")
    found = run_engine("device-vectors.mjs", cases, folder, package="onnxruntime-web")
    return {**found, "traces": dict(zip(traces, found["traces"], strict=True))}


def as_bytes(model):
    return np.frombuffer(ir.to_proto(model).SerializeToString(), np.uint8)


def test_blocks_are_those_of_the_graphs(found):
    assert found["blocks"] == [list(blocks(shape)) for shape in SHAPES]
    assert found["size"] == [SIZE, ROWS]


def test_products_and_steps(steps, found):
    points, directions = steps
    vectors = ArrayVectors(SIZE, ROWS)
    norms = found["norms"]["square"], found["norms"]["absolute"]
    assert norms == pytest.approx(vectors.norms(points[0][1]), rel=1e-6)
    for k, page in enumerate(found["steps"]):
        expected = vectors.store_pair(k % ROWS, points[k + 1], previous=points[k])
        assert page["square"] == pytest.approx(expected.square, rel=1e-6)
        for name, products in (("withS", expected.with_s), ("withY", expected.with_y)):
            near(page[name], products.ravel())
        direction, length = directions[k]
        trial, slope = vectors.advance(points[k + 1], direction, length=length)
        near(page["trial"], trial)
        assert page["slope"] == pytest.approx(slope, rel=1e-5, abs=1e-3)


def near(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * abs(expected).max())


def test_what_is_replaced_is_freed(found):
    # Two points of two vectors, the trial and the pairs.
    assert {step["live"] for step in found["steps"]} == {6}
    assert found["left"] == [0, 0, True]
    assert found["refused"] == 0
    count, length = blocks(SHAPE)
    assert found["zeros"] == [[count, 2 * ROWS, length]]


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_optimiser_follows_pythons(name, traces, found):
    python, page = traces[name], found["traces"][name]
    for each in ("iterations", "trials"):
        assert page[each] == python[each].tolist()
    assert page["stop"] == python["stop"]
    for each in ("x", "best"):
        expected = python[each].ravel()
        scale = np.nanmax(abs(expected))
        np.testing.assert_allclose(page[each], expected, rtol=1e-3, atol=1e-4 * scale)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_optimiser_frees_its_vectors(name, found):
    page = found["traces"][name]
    pairs = [live - alive for live, alive in zip(page["live"], page["alive"], strict=True)]
    assert pairs[0] == 0  # those made at first are no output
    assert pairs[-1] == 1
    assert set(pairs) == {0, 1}
    assert page["after"] == [0, 0]
