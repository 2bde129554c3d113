"""Time one evaluation with direct 3×3 convolutions and with Winograd's algorithm.

    pip install ".[cpu]"
    python benchmarks/winograd.py

The variants differ in the tile's side and in the least product of input and output channels from
which a convolution is rewritten; benchmarks/convolutions.py has the costs of single convolutions.
The variants run in turn. The error is the relative norm of the difference between the gradient and
that of direct convolutions. Most of it comes from single pixels, where rounding turns a Relu on or
off or changes the maximum of a pool.
"""

import argparse
import platform
from importlib.metadata import version
from statistics import median
from time import perf_counter
from unittest.mock import patch

import numpy as np
from evaluation import MODEL, noise_pictures

from ortstyle import from_preset
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites import winograd
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime.device_lookup import find_device

NEVER = 1 << 60
#: Side of the tile, and least product of input and output channels.
VARIANTS = ((4, NEVER), (2, 128 * 256), (4, 64 * 128), (4, 128 * 128), (4, 128 * 256), (4, 256**2),
    (6, 128 * 256), (6, 256**2))  # fmt: skip


def build(size: int, tile: int, channels: int) -> WholeObjective:
    """Open an objective whose convolutions of enough channels are rewritten with this tile."""
    content, style = noise_pictures(size)
    rewrite = winograd.rewrite

    def variant(model, kernels):  # noqa: ANN001, ANN202
        return rewrite(
            model,
            kernels,
            tile=tile,
            faster=lambda inputs, outputs, tiles: inputs * outputs >= channels and tiles >= 32,
        )

    with patch.object(winograd, "rewrite", variant):
        return WholeObjective(
            Network.open(MODEL),
            content,
            styles=[style],
            settings=from_preset("neural-style", {"tv_weight": 0.0}),
            device=find_device("cpu"),
        ).open()


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    packages = ("ortstyle", "onnxruntime", "numpy")
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print(
        "\n| size | tile | channels in × out | seconds | ratio | error |\n|---|---|---|---|---|---|"
    )
    for size in arguments.sizes:
        image = noise_pictures(size)[0]
        objectives = [build(size, *variant) for variant in VARIANTS]
        found = [objective(image) for objective in objectives]
        seconds: list[list[float]] = [[] for _ in objectives]
        for _ in range(arguments.runs):
            for objective, times in zip(objectives, seconds, strict=True):
                began = perf_counter()
                objective(image)
                times.append(perf_counter() - began)
        for (tile, channels), times, one in zip(VARIANTS, seconds, found, strict=True):
            ratio = median(a / b for a, b in zip(times, seconds[0], strict=True))
            error = np.linalg.norm(one.gradient - found[0].gradient)
            error /= np.linalg.norm(found[0].gradient)
            what = "– | –" if channels == NEVER else f"{tile} | ≥ {channels}"
            row = f"| {size} | {what} | {median(times):.3f} | {ratio:.2f} | {error:.1e} |"
            print(row, flush=True)
        for objective in objectives:
            objective.close()


if __name__ == "__main__":
    main()
