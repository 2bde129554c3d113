"""Compare the loss curve of the preset neural-style with PyTorch's own L-BFGS.

    pip install ".[cpu,benchmark]"
    python benchmarks/curve.py                           # the example pictures
    python benchmarks/curve.py PHOTO PAINTING --size 300

The published algorithm amplifies rounding errors, because its first step is shorter than the last
digit of a pixel in float32. With `--record` PyTorch therefore runs from eight starts that differ by
no more than that digit. Their curves on the example pictures are written to `tests/curve.json`, and
`tests/test_curve.py` compares ortstyle with them.
"""

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from evaluation import EXAMPLES, MODEL, ROOT
from reference import Reference

from ortstyle.pictures.picture import resize_to_side, to_array
from ortstyle.pictures.read import read_rgb
from ortstyle.run.stylize import stylize
from ortstyle.settings.presets import from_preset

RECORD = ROOT / "tests" / "curve.json"
SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 300)


def torch_losses(
    content: Path, style: Path, size: int, evaluations: int, *, seed: int | None = None
) -> list[float]:
    """Return the loss of `torch.optim.LBFGS` with 100 pairs and no line search at each evaluation.

    With a seed, noise of standard deviation 2e-5 is added to the start, which is about the last
    digit of a pixel in float32.
    """
    photograph, painting = (
        to_array(resize_to_side(read_rgb(path, name=path.name, max_pixels=10**9), size))
        for path in (content, style)
    )
    objective = Reference(MODEL, photograph, painting)
    start = photograph.copy()
    if seed is not None:
        start += np.random.default_rng(seed).normal(scale=2e-5, size=start.shape)
    image = torch.from_numpy(start).requires_grad_()
    optimizer = torch.optim.LBFGS(
        [image],
        lr=1,
        max_iter=evaluations,
        max_eval=evaluations,
        history_size=100,
        tolerance_change=-1,
        tolerance_grad=-1,
    )
    losses: list[float] = []

    def closure() -> Any:
        loss, _, gradient = objective(image.detach().numpy())
        image.grad = torch.from_numpy(gradient)
        losses.append(loss)
        return torch.tensor(loss)

    optimizer.step(closure)
    return losses


def ortstyle_losses(content: Path, style: Path, size: int, evaluations: int) -> list[float]:
    """Return ortstyle's loss at each evaluation, from the same start."""
    changes = {"size": size, "iterations": evaluations, "init": "content", "tv_weight": 0.0}
    settings = from_preset("neural-style", changes)
    return [iterate.loss for iterate in stylize(content, style, settings, device="cpu")]


def record(size: int, curves: list[list[float]]) -> None:
    """Write the losses of PyTorch for the tests, one row for each start."""
    document = {
        "made by": f"python benchmarks/curve.py --record --size {size}",
        "python": platform.python_version(),
        "torch": version("torch"),
        "size": size,
        "evaluations": SHOWN,
        "losses": [[float(f"{curve[n - 1]:.6g}") for n in SHOWN] for curve in curves],
    }
    RECORD.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Parse the arguments, and print the curves side by side or record PyTorch's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", type=Path, default=EXAMPLES)
    parser.add_argument("--size", type=int, default=101)
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    content, style = arguments.pictures
    run = (content, style, arguments.size, arguments.iterations)
    if arguments.record:
        run = (*EXAMPLES, arguments.size, SHOWN[-1])
        record(arguments.size, [torch_losses(*run, seed=seed) for seed in range(8)])
        return
    expected = torch_losses(*run)
    found = ortstyle_losses(*run)
    print(f"{content.name} × {style.name}, {arguments.size} px")
    print()
    print("| evaluation | PyTorch | ortstyle | ratio |")
    print("|---|---|---|---|")
    for n in SHOWN:
        if n <= min(len(expected), len(found)):
            a, b = expected[n - 1], found[n - 1]
            print(f"| {n} | {a:.5g} | {b:.5g} | {b / a:.4f} |")
    worst = np.max(np.abs(np.array(found) / expected - 1))
    print(f"\nlargest difference: {worst:.2%}")


if __name__ == "__main__":
    main()
