"""Time one evaluation with 3×3 convolutions as they are and as Winograd's, by tile and threshold.

    pip install ".[cpu]"
    python benchmarks/winograd.py

`graph/winograd.py` takes its defaults from this table. The variants run in turn. The error
is the gradient's against that of direct convolutions, in relative norm: mostly single pixels at the
edge of a Relu or pool mask.
"""

import argparse
import platform
from importlib.metadata import version
from statistics import median
from time import perf_counter
from unittest.mock import patch

import numpy as np
from evaluation import MODEL, pictures

from ortstyle import from_preset
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites import winograd
from ortstyle.objective.whole import Objective
from ortstyle.runtime import devices

NEVER = 1 << 60
#: tile, least product of channels
VARIANTS = ((4, NEVER), (2, 128 * 256), (4, 64 * 128), (4, 128 * 128), (4, 128 * 256), (4, 256**2),
    (6, 128 * 256), (6, 256**2))  # fmt: skip


def build(size: int, tile: int, channels: int) -> Objective:
    """Open an objective whose convolutions are rewritten so."""
    content, style = pictures(size)
    rewrite = winograd.rewrite

    def chosen(model, known):  # noqa: ANN001, ANN202
        return rewrite(model, known, tile=tile, channels=channels)

    with patch.object(winograd, "rewrite", chosen):
        return Objective(
            Network.open(MODEL),
            content,
            styles=[style],
            settings=from_preset("neural-style", {"tv_weight": 0.0}),
            device=devices.find("cpu"),
        ).open()


def main() -> None:
    """Print the table."""
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
        image = pictures(size)[0]
        objectives = [build(size, *variant) for variant in VARIANTS]
        found = [objective(image) for objective in objectives]
        seconds: list[list[float]] = [[] for _ in objectives]
        for _ in range(arguments.runs):
            for objective, times in zip(objectives, seconds, strict=True):
                began = perf_counter()
                objective(image)
                times.append(perf_counter() - began)
        for variant, times, one in zip(VARIANTS, seconds, found, strict=True):
            tile, channels = variant
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
