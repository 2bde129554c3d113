"""Preprocessings in a model's metadata."""

import pytest
from vgg19.preprocessing import CAFFE, TORCH, Preprocessing


@pytest.mark.parametrize("preprocessing", [CAFFE, TORCH])
def test_preprocessing_survives_json(preprocessing):
    assert Preprocessing.from_json(preprocessing.to_json()) == preprocessing


@pytest.mark.parametrize(
    "stored",
    [
        "BGR",
        "{}",
        "[1]",
        '{"order": "RGB", "scale": 1, "mean": [0, 0], "std": [1, 1, 1]}',
        '{"order": "RGB", "scale": 1, "mean": [0, 0, 0], "std": [1, 0, 1]}',
        '{"order": "RGB", "scale": NaN, "mean": [0, 0, 0], "std": [1, 1, 1]}',
        '{"order": "RGA", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}',
    ],
)
def test_preprocessing_that_makes_no_sense(stored):
    with pytest.raises(ValueError, match=r"must (be|name)|not a|Expecting|not enough values"):
        Preprocessing.from_json(stored)
