"""The graphs of the scaled cosine transform, compared with scipy's transform."""

import numpy as np
import scipy.fft
from networks import difference
from numeric import evaluator, run

from ortstyle.graph.spectral_graphs import coefficients_model, samples_model

SIZE = 6, 10
RNG = np.random.default_rng(2)
Z = RNG.normal(size=(1, 3, *SIZE)).astype(np.float32)
SCALE = RNG.uniform(0.5, 2, SIZE).astype(np.float32)
COLUMNS, ROWS = (scipy.fft.dct(np.eye(n), axis=0, norm="ortho").astype(np.float32) for n in SIZE)


def names(model):
    return [value.name for value in model.graph.inputs]


def test_samples_are_the_inverse_transform_of_scaled_coefficients():
    model = samples_model(SIZE)
    feeds = {
        "coefficients": Z,
        "spectral.scale": SCALE,
        "spectral.columns_t": COLUMNS.T,
        "spectral.rows": ROWS,
    }
    assert names(model) == list(feeds)
    found = run(evaluator(model), feeds)["image"]
    assert difference(found, scipy.fft.idctn(Z * SCALE, axes=(2, 3), norm="ortho")) < 1e-6


def test_coefficients_are_those_that_samples_are_made_from():
    model = coefficients_model(SIZE)
    feeds = {
        "image": scipy.fft.idctn(Z * SCALE, axes=(2, 3), norm="ortho"),
        "spectral.inverse_scale": 1 / SCALE,
        "spectral.columns": COLUMNS,
        "spectral.rows_t": ROWS.T,
    }
    assert names(model) == list(feeds)
    assert difference(run(evaluator(model), feeds)["coefficients"], Z) < 1e-6
