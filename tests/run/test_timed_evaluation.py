"""Evaluations of noise, and their time."""

import numpy as np
import pytest

from ortstyle.graph.network import Network
from ortstyle.run import timed_evaluation
from ortstyle.run.timed_evaluation import evaluate_noise, noise, working_seconds
from ortstyle.runtime.device_lookup import find_device

pytest.importorskip("onnxruntime")


def test_an_evaluation_of_noise_is_the_same_each_time(tiny, tiny_settings):
    network, cpu = Network.open(tiny), find_device("cpu")
    one, other = (
        evaluate_noise(network, tiny_settings(style_blend=(1.0, 2.0)), shape=(12, 10), device=cpu)
        for _ in range(2)
    )
    assert one[0].loss == other[0].loss
    assert one[0].gradient.shape == (1, 3, 12, 10)
    assert one[1] > 0
    assert noise((4, 5), 0).dtype == np.float32


@pytest.mark.parametrize(("seconds", "evaluations"), [(0.0, 4), (1.6, 3), (10.0, 2)])
def test_what_takes_long_is_evaluated_less_often(
    monkeypatch, tiny, tiny_settings, seconds, evaluations
):
    clock, shapes = [0.0], []
    real = timed_evaluation.WholeObjective.__call__

    def evaluate(self, image):
        clock[0] += seconds
        shapes.append(image.shape[2:])
        return real(self, image)

    monkeypatch.setattr(timed_evaluation, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(timed_evaluation.WholeObjective, "__call__", evaluate)
    network, cpu = Network.open(tiny), find_device("cpu")
    assert working_seconds(network, tiny_settings(), device=cpu) == pytest.approx(seconds)
    assert shapes == [(256, 256)] * evaluations
