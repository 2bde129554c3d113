"""Loss and gradient as functions of cosine coefficients, compared with those of pixels."""

import numpy as np
import scipy.fft
from networks import difference
from numeric import DOUBLE, apart, evaluator, run

from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.cosine_coefficients import (
    take_coefficients_and_transform,
    take_cosine_coefficients,
)

SHAPE = 1, 3, 4, 6


def model_of_cubes():
    graph = new_graph("cubes")
    ops, image = Ops(graph), add_input(graph, "image", SHAPE, DOUBLE)
    loss = ops.reduce_sum(ops.mul(image, ops.mul(image, image)), keepdims=True)
    add_output(graph, "loss", loss)
    add_output(graph, "gradient", gradient(graph, loss, image))
    return finish(graph)


def test_loss_and_gradient_are_those_of_the_picture():
    scale = np.random.default_rng(5).uniform(0.5, 2, SHAPE[2:])
    matrices = [scipy.fft.dct(np.eye(n), axis=0, norm="ortho") for n in SHAPE[2:]]
    model = model_of_cubes()
    take_cosine_coefficients(model, scale, matrices)
    assert [value.name for value in model.graph.inputs] == ["coefficients"]
    assert [value.name for value in model.graph.outputs] == ["loss", "gradient"]
    z = apart(*SHAPE)
    found = run(evaluator(model), {"coefficients": z})
    image = scipy.fft.idctn(z * scale, axes=(2, 3), norm="ortho")
    np.testing.assert_allclose(found["loss"].item(), (image**3).sum())
    expected = scipy.fft.dctn(3 * image**2, axes=(2, 3), norm="ortho") * scale
    assert difference(found["gradient"], expected) < 1e-12


def test_scale_and_matrices_may_be_inputs():
    scale = np.random.default_rng(5).uniform(0.5, 2, SHAPE[2:])
    columns, rows = (scipy.fft.dct(np.eye(n), axis=0, norm="ortho") for n in SHAPE[2:])
    constants, inputs = model_of_cubes(), model_of_cubes()
    take_cosine_coefficients(constants, scale, [columns, rows])
    take_coefficients_and_transform(inputs)
    feeds = {
        "coefficients": apart(*SHAPE),
        "spectral.scale": scale,
        "spectral.columns": columns,
        "spectral.rows_t": rows.T,
        "spectral.columns_t": columns.T,
        "spectral.rows": rows,
    }
    assert [value.name for value in inputs.graph.inputs] == list(feeds)
    assert len(inputs.graph.initializers) < len(constants.graph.initializers)
    expected = run(evaluator(constants), {"coefficients": feeds["coefficients"]})
    found = run(evaluator(inputs), feeds)
    for name in ("loss", "gradient"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)
