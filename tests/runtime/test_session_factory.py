"""Session factories: what the sessions of an objective share."""

from dataclasses import replace

import numpy as np
import pytest
from small_models import SUM_INPUTS, sums

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.settings import Settings

pytest.importorskip("onnxruntime")


@pytest.fixture
def cpu():
    return find_device("cpu")


def convolution():
    """Make a model of one convolution, large enough to be rewritten."""
    rng = np.random.default_rng(0)
    graph = new_graph("convolution")
    ops = Ops(graph)
    kernel = ops.constant(rng.normal(size=(192, 192, 3, 3)).astype(np.float32), "kernel")
    image = add_input(graph, "image", (1, 192, 48, 48))
    add_output(graph, "y", ops.emit("Conv", [image, kernel], {"pads": [1, 1, 1, 1]})[0])
    return finish(graph)


def test_a_factory_tells_its_device_and_settings(cpu):
    settings = Settings()
    factory = SessionFactory(cpu, settings)
    assert factory.device is cpu
    assert factory.settings is settings
    with factory.make(sums()) as session:
        np.testing.assert_array_equal(session.run(**SUM_INPUTS)["sum"], [[4, 4]])


def test_two_sessions_share_one_transformed_kernel_until_the_factory_closes(cpu):
    image = np.random.default_rng(1).normal(size=(1, 192, 48, 48)).astype(np.float32)
    plain = SessionFactory(replace(cpu, winograd=False), Settings())
    with plain.make(convolution()) as session:
        expected = session.run(image=image)["y"]
        assert session.inputs == ["image"]
    factory = SessionFactory(cpu, Settings())
    first, second = factory.make(convolution()), factory.make(convolution())
    for session in (first, second):
        assert len(session.inputs) == 2, "the kernel is an input now, and bound"
        np.testing.assert_allclose(session.run(image=image)["y"], expected, atol=1e-2)
    assert len(factory._kernels) == 1
    factory.close()
    assert not factory._kernels
    for session in (first, second):
        session.close()


def test_the_training_engines_graphs_are_not_rewritten(cpu):
    factory = SessionFactory(cpu, Settings(engine="training"))
    with factory.make(convolution()) as session:
        assert session.inputs == ["image"]
