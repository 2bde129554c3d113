"""Evaluations of seeded noise, and the time that they take on a device."""

from dataclasses import replace
from statistics import median
from time import perf_counter

import numpy as np

from ortstyle.graph.network import Network
from ortstyle.objective.objective import Evaluation, Pixels
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime.devices import Device
from ortstyle.settings.settings import Settings

_TIMED_EVALUATIONS = 3
_WORKING_SHAPE = (256, 256)  # at which kernels run for longer than it takes to launch them
_LIMIT = 3.0  # seconds after which no further evaluation is timed


def evaluate_noise(
    network: Network, settings: Settings, *, shape: tuple[int, int], device: Device
) -> tuple[Evaluation, float]:
    """Return an evaluation of seeded noise and the median of the seconds that it takes.

    Raises
    ------
    DeviceError
        The device can't run the graph.
    """
    content, style, image = (noise(shape, seed) for seed in range(3))
    settings = replace(settings, style_blend=None)
    with WholeObjective(
        network, content, styles=[style], settings=settings, device=device
    ) as objective:
        found, seconds = objective(image), list[float]()  # the first evaluation compiles
        while len(seconds) < _TIMED_EVALUATIONS and sum(seconds) < _LIMIT:
            began = perf_counter()
            found = objective(image)
            seconds.append(perf_counter() - began)
    return found, median(seconds)


def working_seconds(network: Network, settings: Settings, *, device: Device) -> float:
    """Return the seconds of an evaluation at a size at which work counts, not launches.

    Raises
    ------
    DeviceError
        The device can't run the graph.
    """
    return evaluate_noise(network, settings, shape=_WORKING_SHAPE, device=device)[1]


def noise(shape: tuple[int, int], seed: int) -> Pixels:
    """Return a picture of noise, (1, 3, H, W) float32, 0–255."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (1, 3, *shape)).astype(np.float32)
