"""The preset neural-style compared with PyTorch's loss curves from benchmarks/curve.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from ortstyle.packaged import packaged_path
from ortstyle.run.stylize import stylize
from ortstyle.settings.presets import from_preset

pytest.importorskip("onnxruntime")

RECORD = json.loads(Path(__file__).with_name("curve.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "evaluations",
    [pytest.param(50, id="50"), pytest.param(300, id="300", marks=pytest.mark.slow)],
)
def test_the_loss_follows_pytorchs(evaluations):
    changes = {"size": RECORD["size"], "iterations": evaluations, "init": "content", "tv_weight": 0}
    photo, painting = (packaged_path("examples", f"{name}.jpg") for name in ("photo", "painting"))
    run = stylize(photo, painting, from_preset("neural-style", changes), device="cpu")
    found = [iterate.loss for iterate in run]
    assert len(found) == evaluations
    for n, theirs in zip(RECORD["evaluations"], np.transpose(RECORD["losses"]), strict=True):
        if n <= evaluations:
            tolerance = 1e-4 if n <= 2 else 0.02 if n < 100 else 0.01
            assert (1 - tolerance) * theirs.min() <= found[n - 1] <= (1 + tolerance) * theirs.max()
