"""Preprocessing, compared with NumPy, and refused descriptions of it."""

import json

import numpy as np
import pytest
from numeric import evaluator, run

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.preprocessing import Preprocessing

IMAGENET = {
    "order": "RGB",
    "scale": 1 / 255,
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
}
CAFFE = {"order": "BGR", "scale": 1, "mean": [103.939, 116.779, 123.68], "std": [1, 1, 1]}


@pytest.mark.parametrize("convention", [IMAGENET, CAFFE], ids=["imagenet", "caffe"])
def test_it_is_numpys(convention):
    image = np.random.default_rng(1).uniform(0, 255, (1, 3, 4, 5)).astype(np.float32)
    channels = ["RGB".index(c) for c in convention["order"]]
    mean, std = (np.reshape(convention[k], (3, 1, 1)) for k in ("mean", "std"))
    expected = (image[:, channels] * convention["scale"] - mean) / std
    graph = new_graph("preprocessing")
    x = add_input(graph, "image", image.shape)
    add_output(graph, "y", Preprocessing.parse(json.dumps(convention)).append(Ops(graph), x))
    found = run(evaluator(finish(graph)), {"image": image})["y"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


def test_the_default_is_imagenets():
    assert Preprocessing() == Preprocessing.parse(json.dumps(IMAGENET))


def test_the_mean_pixel_is_what_the_network_sees_as_zero():
    caffe = Preprocessing.parse(json.dumps(CAFFE))
    np.testing.assert_allclose(caffe.mean_pixel, [123.68, 116.779, 103.939])
    np.testing.assert_allclose(Preprocessing().mean_pixel, [123.675, 116.28, 103.53])


WRONG = {
    "no JSON": "nonsense",
    "a list": "[]",
    "null": "null",
    "nothing": "{}",
    "no permutation": json.dumps(CAFFE | {"order": "RGG"}),
    "two means": json.dumps(CAFFE | {"mean": [1, 2]}),
    "a number for means": json.dumps(CAFFE | {"mean": 5}),
    "text for means": json.dumps(CAFFE | {"mean": ["a", "b", "c"]}),
    "std of zero": json.dumps(CAFFE | {"std": [1, 0, 1]}),
    "scale of zero": json.dumps(CAFFE | {"scale": 0}),
    "scale of null": json.dumps(CAFFE | {"scale": None}),
    "NaN": json.dumps(CAFFE | {"scale": float("nan")}),
    "deeply nested": "[" * 100_000,
    "too large": json.dumps(CAFFE | {"scale": 10**400}),
    "too small": json.dumps(CAFFE | {"scale": 1e-320, "mean": [1, 1, 1]}),
    "too far apart": json.dumps(CAFFE | {"mean": [1e300] * 3, "std": [1e-300] * 3}),
    "beyond 32 bits": json.dumps(CAFFE | {"scale": 1e300}),
    "infinite": json.dumps(CAFFE | {"mean": [0, float("inf"), 0]}),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_wrong_description_is_refused(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        Preprocessing.parse(text)
