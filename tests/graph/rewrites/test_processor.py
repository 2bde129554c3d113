"""The graph of the losses as the processor runs it."""

import numpy as np
import pytest
from networks import VGG19, difference, picture, run_session
from numeric import operators

from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.processor import rewrite_for_processor
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings


def test_loss_and_gradient_stay_the_same():
    pytest.importorskip("onnxruntime")
    model = loss_model(Network.open(VGG19), (96, 96), settings=Settings())
    given = {str(value.name): shape_of(value) for value in model.graph.inputs}
    rng = np.random.default_rng(0)
    feeds = {name: rng.random(shape, np.float32) for name, shape in given.items()}
    feeds["image"] = picture(96, 96)
    expected = run_session(model, feeds)
    kernels = rewrite_for_processor(model)
    assert kernels
    assert operators(model)["ConvTranspose"] == 1
    found = run_session(model, feeds | kernels)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    assert difference(found["gradient"], expected["gradient"]) < 1e-3
