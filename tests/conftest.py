"""A network and two pictures so small that a run takes milliseconds."""

import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, settings as hypothesis_settings
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from ortstyle.runtime.threads import LIMIT, limit_threads, thread_count
from ortstyle.settings.settings import Settings

TINY = {
    "size": 24,
    "scales": 1,
    "equalize": False,
    "style_loss": "gram",
    "tv": "sum",
    "tv_weight": 8e-2,
    "padding": "zero",
    "iterations": 5,
    "content_weight": 5e3,  # so that the loss is of a usual size
    "style_weight": 1e5,
    "content_layers": (("relu3", 1.0),),
    "style_layers": (("relu1", 1.0), ("relu2", 0.5)),
}

# A busy machine may take long over one example.
hypothesis_settings.register_profile(
    "patient",
    parent=hypothesis_settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Where pytest-xdist is installed, let one worker run all tests of a file, which share much.

    The workers share the cores, too: threads of several workers that wait for each other on the
    same core take longer than one thread each.
    """
    if config.getoption("dist", "no") == "load":
        config.option.dist = "loadfile"
        if LIMIT not in os.environ:
            workers = config.getoption("numprocesses") or 1
            cores = thread_count() or os.cpu_count() or 1
            limit_threads(max(1, cores // workers))


def tiny_network(channels=(4, 6, 8)):
    """Make a network of three convolutions with rectifiers and two pools; it needs 4×4 pixels."""
    rng = np.random.default_rng(3)
    nodes, weights, value = [], [], "input"
    for i, (before, after) in enumerate(pairwise((3, *channels)), 1):
        kernel = rng.normal(scale=np.sqrt(2 / (9 * before)), size=(after, before, 3, 3))
        arrays = {f"w{i}": kernel, f"b{i}": rng.uniform(0, 0.1, after)}
        weights += [numpy_helper.from_array(a.astype(np.float32), n) for n, a in arrays.items()]
        pads = {"pads": [1] * 4}
        nodes += [
            helper.make_node("Conv", [value, f"w{i}", f"b{i}"], [f"conv{i}"], f"conv{i}", **pads),
            helper.make_node("Relu", [f"conv{i}"], [f"relu{i}"], f"relu{i}"),
        ]
        value = f"pool{i}"
        if i < 3:
            window = {"kernel_shape": [2, 2], "strides": [2, 2]}
            nodes.append(helper.make_node("MaxPool", [f"relu{i}"], [value], value, **window))
    takes = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "height", "width"])
    gives = helper.make_tensor_value_info("relu3", TensorProto.FLOAT, [1, channels[-1], "h", "w"])
    graph = helper.make_graph(nodes, "tiny", [takes], [gives], weights)
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Return the path of the tiny network, whose layers are relu1, relu2 and relu3."""
    path = tmp_path_factory.mktemp("network") / "tiny.onnx"
    path.write_bytes(tiny_network().SerializeToString())
    return path


@pytest.fixture(scope="session")
def tiny_settings(tiny):
    """Return a function that makes settings for the tiny network."""

    def make(**changes):
        return Settings(**(TINY | {"model": str(tiny)} | changes))

    return make


@pytest.fixture(scope="session")
def photo():
    """Return a picture of smooth colours, 48×36."""
    y, x = np.mgrid[:36, :48]
    return Image.fromarray(np.stack([5 * x, 7 * y, 2 * x + 3 * y], -1).astype(np.uint8))


@pytest.fixture(scope="session")
def painting():
    """Return a picture of stripes, 40×40."""
    y, x = np.mgrid[:40, :40]
    stripes = np.stack([(x + y) % 8 > 3, x % 6 > 2, y % 10 > 4], -1)
    return Image.fromarray((stripes * 255).astype(np.uint8))


@pytest.fixture
def folder(tmp_path, monkeypatch, photo, painting):
    """Change to a folder with two pictures, and return the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    photo.save("photo.png")
    painting.save("painting.png")
    return tmp_path


@pytest.fixture
def network(tiny):
    """Return the options that make a run take milliseconds."""
    layers = ["--content-layers", "relu3", "--style-layers", "relu1,relu2:0.5"]
    weights = ["--content-weight", "5e3", "--style-weight", "1e5"]
    return ["--model", str(tiny), *layers, *weights, "--size", "24", "--iterations", "5"]


class Slot:
    """A value that ONNX Runtime's binding writes to again, as `get_outputs` gave it up to 1.29."""

    def __init__(self, slots, name):
        self._slots, self._name = slots, name

    def __getattr__(self, attribute):
        return getattr(self._slots[self._name], attribute)


@pytest.fixture
def overwriting(monkeypatch):
    """Let every session's next run overwrite the resident outputs of its last one."""
    pytest.importorskip("onnxruntime")
    from ortstyle.runtime.session import Session

    real = Session.run

    def run(self, **inputs):
        found = real(self, **inputs)
        slots = vars(self).setdefault("slots", {})
        slots.update(found)
        held = self._resident - self._output_buffers.keys()
        return {n: Slot(slots, n) if n in held else value for n, value in found.items()}

    monkeypatch.setattr(Session, "run", run)
