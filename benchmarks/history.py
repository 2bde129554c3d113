"""Compare L-BFGS's histories and first Hessians: the loss that so many evaluations reach.

    pip install ".[cpu]"
    python benchmarks/history.py                                      # the example pictures
    python benchmarks/history.py --pair PHOTO PAINTING --size 256

The objective is neural-style's without total variation, on cosine coefficients, with line search.
"""

import argparse
import platform
from importlib.metadata import version
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np
from evaluation import EXAMPLES
from spectral import CHANGES

from ortstyle import from_preset, stylize
from ortstyle.optim import lbfgs


def losses(
    pair: list[Path], size: int, init: str, evaluations: int, *, history: int, initial: float
) -> list[float]:
    """Give the lowest loss so far at each evaluation."""
    changes = {**CHANGES, "size": size, "init": init, "iterations": evaluations, "spectral": 0.5}
    settings = from_preset("neural-style", {**changes, "history": history})
    with patch.object(lbfgs, "_INITIAL", initial):
        found = [iterate.loss for iterate in stylize(*pair, settings, device="cpu")]
    return list(np.minimum.accumulate(found))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", nargs=2, type=Path, action="append")
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--inits", nargs="+", default=["content", "noise"])
    parser.add_argument("--evaluations", type=int, nargs="+", default=[30, 60, 120])
    parser.add_argument("--histories", type=int, nargs="+", default=[10, 20, 40])
    parser.add_argument("--initials", type=float, nargs="+", default=[1.0, 2.0, 4.0])
    arguments = parser.parse_args()
    packages = ("ortstyle", "onnxruntime", "numpy")
    print(f"{platform.machine()}, {', '.join(f'{name} {version(name)}' for name in packages)}")
    marks = arguments.evaluations
    print("\n| pair | size | init | pairs | H₀ |", *(f"{n} |" for n in marks))
    print("|---" * (5 + len(marks)) + "|")
    for pair, init in product(arguments.pair or [EXAMPLES], arguments.inits):
        for history, initial in product(arguments.histories, arguments.initials):
            found = losses(pair, arguments.size, init, max(marks), history=history, initial=initial)
            cells = (f"{found[n - 1]:.4g} |" for n in marks)
            where = f"| {pair[0].stem} × {pair[1].stem} | {arguments.size} | {init} |"
            print(where, f"{history} | {initial:g} |", *cells, flush=True)


if __name__ == "__main__":
    main()
