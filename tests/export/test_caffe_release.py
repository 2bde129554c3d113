"""The Caffe release: how its weights are recognised and what is said about them."""

import numpy as np
import pytest
from vgg19.caffe_release import as_caffe_release, is_caffe_release
from vgg19.preprocessing import CAFFE
from vgg19.weights import Weights

KERNEL = np.random.default_rng(2).normal(size=(64, 3, 3, 3)).astype(np.float32)


@pytest.mark.parametrize(("change", "same"), [(0.0, True), (0.04, True), (0.06, False)])
def test_five_percent_decide(change, same):
    weights = Weights({"conv1_1": (1 + change) * KERNEL}, {}, "state dict", "0")
    assert is_caffe_release(weights, KERNEL) is same


def test_what_the_release_says():
    weights = as_caffe_release(Weights({}, {}, "state dict", "0"), "a test")
    assert (weights.preprocessing, weights.preprocessing_from) == (CAFFE, "a test")
    assert (weights.source, weights.sha256) == ("state dict", "0")
    assert weights.license == "CC-BY-4.0"
    assert "Simonyan" in weights.attribution
