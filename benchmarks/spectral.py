"""Compare the loss by the exponent and the lowest frequency of the spectral variables.

    pip install ".[cpu]"
    python benchmarks/spectral.py                                     # the example pictures
    python benchmarks/spectral.py --pair PHOTO PAINTING --pair PHOTO PAINTING --sizes 256 512

The objective is that of the preset neural-style without total variation; the optimiser is L-BFGS
with line search and 20 curvature pairs. The table shows losses relative to those of the same run on
pixels.
"""

import argparse
import platform
from importlib.metadata import version
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np
from evaluation import EXAMPLES

from ortstyle import from_preset, stylize
from ortstyle.optim import spectral

CHANGES = {"tv_weight": 0.0, "step": "line-search", "history": 20}


def losses(
    pair: list[Path], size: int, init: str, evaluations: int, exponent: float, lowest: float
) -> list[float]:
    """Return, for each evaluation, the lowest loss up to it."""
    changes = {**CHANGES, "size": size, "init": init, "iterations": evaluations}
    settings = from_preset("neural-style", {**changes, "spectral": exponent})
    with patch.object(spectral, "LOWEST_FREQUENCY", lowest):
        found = [iterate.loss for iterate in stylize(*pair, settings, device="cpu")]
    return np.minimum.accumulate(found).tolist()


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", nargs=2, type=Path, action="append")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256])
    parser.add_argument("--inits", nargs="+", default=["content", "noise"])
    parser.add_argument("--evaluations", type=int, nargs="+", default=[30, 60, 120])
    parser.add_argument("--exponents", type=float, nargs="+", default=[0.25, 0.5, 0.75, 1.0])
    parser.add_argument("--lowest", type=float, nargs="+", default=[1 / 64])
    arguments = parser.parse_args()
    packages = ("ortstyle", "onnxruntime", "numpy")
    print(f"{platform.machine()}, {', '.join(f'{name} {version(name)}' for name in packages)}")
    marks = arguments.evaluations
    print("\n| pair | size | init | exponent | lowest |", *(f"{n} |" for n in marks))
    print("|---" * (5 + len(marks)) + "|")
    for pair, size, init in product(arguments.pair or [EXAMPLES], arguments.sizes, arguments.inits):
        run = (pair, size, init, max(marks))
        pixels = losses(*run, 0.0, 1 / 64)
        where = f"| {pair[0].stem} × {pair[1].stem} | {size} | {init} |"
        print(where, "pixels | |", *(f"{pixels[n - 1]:.4g} |" for n in marks), flush=True)
        for exponent, lowest in product(arguments.exponents, arguments.lowest):
            found = losses(*run, exponent, lowest)
            ratios = (f"{found[n - 1] / pixels[n - 1]:.3f} |" for n in marks)
            print(where, f"{exponent} | 1/{round(1 / lowest)} |", *ratios, flush=True)


if __name__ == "__main__":
    main()
