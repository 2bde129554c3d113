"""Time 3×3 convolutions as direct sums and after Winograd, and fit a model of their costs.

    pip install ".[cpu]"
    python benchmarks/convolutions.py

`ortstyle/graph/rewrites/convolution_cost.py` chooses by such a model. Each convolution runs by
itself on one thread, the two forms in turn, and the time is that of the thread alone, so that other
work on the machine disturbs little. Costs are in multiplications of the direct sum. With 32 tiles
and more the fit is the least squares of the relative errors of

    (m + 2)² · tiles · (product · inputs · outputs + transform · (inputs + outputs))
"""

import argparse
import os
import platform
from importlib.metadata import version
from math import ceil
from statistics import median
from time import thread_time

import numpy as np

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites import winograd
from ortstyle.graph.rewrites.convolution_cost import costs_here
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session
from ortstyle.runtime.threads import LIMIT

#: Input channels, output channels and side of the convolutions of VGG-19 at 256 and 512 pixels.
SHAPES = ((64, 64, 256), (64, 128, 128), (128, 64, 128), (128, 128, 128), (128, 256, 64),
    (256, 256, 64), (256, 512, 32), (512, 512, 32), (512, 512, 16), (64, 128, 256),
    (128, 128, 256), (256, 256, 128), (512, 512, 64))  # fmt: skip


def session_of(inputs: int, outputs: int, side: int, *, fewer: bool) -> Session:
    """Return a session of one convolution, with fewer multiplications or direct."""
    graph = new_graph("convolution")
    ops = Ops(graph)
    weight = np.random.default_rng(0).normal(size=(outputs, inputs, 3, 3)).astype(np.float32)
    x = add_input(graph, "x", (1, inputs, side, side))
    add_output(graph, "y", ops.conv(x, ops.constant(weight, "weight"), pads=[1] * 4))
    model = finish(graph)
    kernels = winograd.rewrite(model, faster=lambda *_: fewer)
    session = Session(model, find_device("cpu"))
    session.bind_constants(kernels)
    session.bind("x", np.random.default_rng(1).random((1, inputs, side, side), np.float32))
    return session


def seconds_of(inputs: int, outputs: int, side: int, *, runs: int) -> tuple[float, float]:
    """Return the median seconds of the direct and the rewritten convolution."""
    times: tuple[list[float], list[float]] = [], []
    sessions = [session_of(inputs, outputs, side, fewer=fewer) for fewer in (False, True)]
    for run in range(runs + 1):
        for session, taken in zip(sessions, times, strict=True):
            began = thread_time()
            session.run()
            if run:
                taken.append(thread_time() - began)
    for session in sessions:
        session.close()
    return median(times[0]), median(times[1])


def main() -> None:
    """Parse the arguments and print the table and the fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    os.environ[LIMIT] = "1"
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in ("ortstyle", "onnxruntime", "numpy")))
    print(
        "\n| channels | side | direct, ms | fewer, ms | ratio | chosen |\n|---|---|---|---|---|---|"
    )
    rows, costs = [], []
    for inputs, outputs, side in SHAPES:
        direct, fewer = seconds_of(inputs, outputs, side, runs=arguments.runs)
        tiles = ceil(side / winograd.TILE) ** 2
        chosen = "fewer" if costs_here().is_faster(inputs, outputs, tiles) else "direct"
        print(
            f"| {inputs} → {outputs} | {side} | {direct * 1e3:.2f} | {fewer * 1e3:.2f} "
            f"| {fewer / direct:.2f} | {chosen} |",
            flush=True,
        )
        if tiles >= 32:
            values = (winograd.TILE + 2) ** 2 * tiles
            cost = fewer * 9 * side**2 * inputs * outputs / direct
            rows.append([values * inputs * outputs / cost, values * (inputs + outputs) / cost])
            costs.append(1.0)
    product, transform = np.linalg.lstsq(np.array(rows), np.array(costs))[0]
    print(f"\nproduct {product:.2f}, transform {transform:.0f} multiplications")


if __name__ == "__main__":
    main()
