"""Compare the loss by the length of L-BFGS's history, its storage and the initial Hessian.

    pip install ".[cpu]"
    python benchmarks/history.py                                      # the example pictures
    python benchmarks/history.py --pair PHOTO PAINTING --size 256

The objective is that of the preset neural-style without total variation. The variables are cosine
coefficients, and the optimiser uses a line search.
"""

import argparse
import platform
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import numpy as np
from evaluation import EXAMPLES
from spectral import CHANGES

from ortstyle import from_preset, stylize
from ortstyle.optim import lbfgs
from ortstyle.optim.storage import VectorStorage
from ortstyle.run import run
from ortstyle.run.descent import Descent


def losses(
    pair: list[Path],
    size: int,
    init: str,
    evaluations: int,
    *,
    history: int,
    initial: float,
    storage: VectorStorage = "float32",
) -> list[float]:
    """Return, for each evaluation, the lowest loss up to it."""
    changes = {**CHANGES, "size": size, "init": init, "iterations": evaluations, "spectral": 0.5}
    settings = from_preset("neural-style", {**changes, "history": history})

    def descent_with_storage(*args: Any, **options: Any) -> Descent:
        return Descent(*args, **{**options, "storage": storage})

    with (
        patch.object(lbfgs, "_INITIAL_SCALE", initial),
        patch.object(run, "Descent", descent_with_storage),
    ):
        found = [iterate.loss for iterate in stylize(*pair, settings, device="cpu")]
    return list(np.minimum.accumulate(found))


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", nargs=2, type=Path, action="append")
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--inits", nargs="+", default=["content", "noise"])
    parser.add_argument("--evaluations", type=int, nargs="+", default=[30, 60, 120])
    parser.add_argument("--histories", type=int, nargs="+", default=[10, 20, 40])
    parser.add_argument("--initials", type=float, nargs="+", default=[1.0, 2.0, 4.0])
    parser.add_argument(
        "--storages", nargs="+", choices=get_args(VectorStorage), default=["float32"]
    )
    arguments = parser.parse_args()
    packages = ("ortstyle", "onnxruntime", "numpy")
    print(f"{platform.machine()}, {', '.join(f'{name} {version(name)}' for name in packages)}")
    marks = arguments.evaluations
    print("\n| pair | size | init | pairs | storage | H₀ |", *(f"{n} |" for n in marks))
    print("|---" * (6 + len(marks)) + "|")
    for pair, init in product(arguments.pair or [EXAMPLES], arguments.inits):
        chosen = product(arguments.histories, arguments.storages, arguments.initials)
        for history, storage, initial in chosen:
            changes = {"history": history, "storage": storage, "initial": initial}
            found = losses(pair, arguments.size, init, max(marks), **changes)
            cells = (f"{found[n - 1]:.4g} |" for n in marks)
            where = f"| {pair[0].stem} × {pair[1].stem} | {arguments.size} | {init} |"
            print(where, f"{history} | {storage} | {initial:g} |", *cells, flush=True)


if __name__ == "__main__":
    main()
