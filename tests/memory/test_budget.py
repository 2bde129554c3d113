"""Amounts of memory as people write them, and what an objective takes of it."""

import subprocess
import sys
from dataclasses import replace

import pytest
from networks import VGG19

from ortstyle.errors import SettingsError
from ortstyle.graph.network import Network
from ortstyle.memory.budget import PROCESS, format_memory, objective_bytes, parse_memory
from ortstyle.settings.record import Settings


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500MB", 500_000_000),
        ("6GB", 6_000_000_000),
        ("6 gb", 6_000_000_000),
        ("6GiB", 6 * 2**30),
        ("1.5G", 1_500_000_000),
        (".5g", 500_000_000),
        ("800k", 800_000),
        ("1tib", 2**40),
    ],
)
def test_amounts_are_read(text, amount):
    assert parse_memory(text) == amount


@pytest.mark.parametrize(
    "text", ["", "6", "GB", "-1GB", "6 apples", "6GBs", "1,5G", "nan G", "٣GB"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(SettingsError, match=r"^--memory: .* is no amount of memory; write 500MB"):
        parse_memory(text, option="--memory")


def test_none_at_all_is_refused():
    with pytest.raises(SettingsError, match="no memory at all"):
        parse_memory("0GB")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (6_123_456_789, "6.1 GB"),
        (480_400_000, "480 MB"),
        (999_400_000, "999 MB"),
        (999_600_000, "1.0 GB"),
        (0, "0 MB"),
    ],
)
def test_amounts_are_written(amount, text):
    assert format_memory(amount) == text


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
from ortstyle.objective.whole import Objective
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.record import Settings

picture = np.random.default_rng(0).uniform(0, 255, (1, 3, 256, 256)).astype(np.float32)
with Objective(
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
    predicted = PROCESS + needed(network, 256) + 12 * 256**2
    assert predicted == pytest.approx(measured, rel=0.25)
