"""The memory of a whole objective, as predicted and as measured."""

import subprocess
import sys
from dataclasses import replace

import pytest
from networks import VGG19

from ortstyle.graph.network import Network
from ortstyle.memory.graph_memory import PROCESS_BYTES, objective_bytes
from ortstyle.settings.settings import Settings


@pytest.fixture(scope="module")
def network():
    return Network.open(VGG19)


SHORT = {"content_layers": (("relu2_1", 1.0),), "style_layers": (("relu1_1", 1.0),)}


def needed(network, side, style=None, **settings):
    styles = [(style or side,) * 2]
    return objective_bytes(
        network, (side, side), styles=styles, settings=replace(Settings(), **settings)
    )


def test_four_times_the_pixels_take_nearly_four_times_beyond_the_weights(network):
    sizes = [needed(network, side, **SHORT) for side in (256, 512, 1024)]
    assert (sizes[2] - sizes[1]) / (sizes[1] - sizes[0]) == pytest.approx(4, rel=0.02)


def test_fewer_layers_take_less(network):
    short = needed(network, 256, **SHORT)
    assert short < 0.6 * needed(network, 256)


def test_a_large_style_takes_more_than_the_picture(network):
    assert needed(network, 128, style=1024, **SHORT) > needed(network, 128, **SHORT) + 3e8


SCRIPT = """
import sys
import numpy as np
from evaluation import peak_memory
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

picture = np.random.default_rng(0).uniform(0, 255, (1, 3, 256, 256)).astype(np.float32)
with WholeObjective(
    Network.open(sys.argv[1]), picture, styles=[picture], settings=Settings(),
    device=find_device("cpu"),
) as objective:
    for _ in range(3):
        objective(picture)
print(peak_memory())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the constants are Linux's")
def test_a_process_takes_what_was_predicted(network):
    pytest.importorskip("onnxruntime")
    import os

    folders = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", SCRIPT, str(VGG19)]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": folders},
    )
    measured = float(run.stdout) * 1e9
    predicted = PROCESS_BYTES + needed(network, 256) + 12 * 256**2
    assert predicted == pytest.approx(measured, rel=0.25)
