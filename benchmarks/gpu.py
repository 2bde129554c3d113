"""Check a GPU, then time whole runs on it: ortstyle in each precision, beside PyTorch.

    pip install ".[cuda,benchmark]"
    python benchmarks/gpu.py
    python benchmarks/gpu.py --device webgpu --sizes 32 --iterations 5 --engines ortstyle

First the gradient and the first losses on the device are compared with those on the processor. If
they differ, the fault is printed and nothing is timed. Then each engine makes the same number of
evaluations after a warm-up. The objective is that of the preset neural-style without total
variation, the start is the content picture, and the optimiser is L-BFGS with 20 curvature pairs.
"bus" is the size of the arrays that ortstyle passes to and from the device in an iteration.
"""

import argparse
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any
from unittest import mock

import numpy as np
from evaluation import EXAMPLES, MODEL

from ortstyle import from_preset
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.pictures.picture import resize_to_side, to_array
from ortstyle.pictures.read import read_rgb
from ortstyle.run.descent import Descent, resident
from ortstyle.run.probe import check_device
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session

CHANGES = {"tv_weight": 0.0, "init": "content", "step": "line-search", "history": 20}
PRECISIONS = ("float32", "tf32", "float16")
ENGINES = ("ortstyle", "torch", "torch compiled")
WARM_UP = 5  # evaluations


@dataclass(frozen=True)
class Run:
    """Seconds that a run took, its lowest loss, and the bytes on the bus in an iteration."""

    seconds: float
    loss: float
    bus: float = float("nan")


def read_examples(size: int) -> Any:
    """Read the example pictures as arrays."""
    opened = (read_rgb(path, name=path.name, max_pixels=10**9) for path in EXAMPLES)
    return [to_array(resize_to_side(picture, size)) for picture in opened]


def start_descent(device: str, size: int, **changes: Any) -> tuple[WholeObjective, Descent]:
    """Open an objective, and return it with a descent that starts from the content."""
    content, style = read_examples(size)
    settings = from_preset("neural-style", {**CHANGES, "spectral": 0.5, **changes})
    found = find_device(device)
    objective = WholeObjective(
        Network.open(MODEL),
        content,
        styles=[style],
        settings=settings,
        device=found,
        resident=resident(found, settings),
    ).open()
    return objective, Descent(objective, content, settings)


def find_faults(device: str, size: int) -> list[str]:
    """Return what is wrong with the results of a device, one line a fault."""
    faults = [str(fault) for fault in [check_device(find_device(device))["fault"]] if fault]
    runs = {}
    for name in (device, "cpu"):
        objective, descent = start_descent(name, size, precision="float32")
        runs[name] = [descent.evaluate().loss for _ in range(5)]
        objective.close()
    if not np.allclose(runs[device], runs["cpu"], rtol=1e-2):
        faults.append(f"its loop goes {runs[device]}, NumPy's {runs['cpu']}")
    return faults


def time_ortstyle(device: str, size: int, precision: str, iterations: int) -> Run:
    """Time a run of ortstyle."""
    transferred = 0  # bytes

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: Any, **inputs: Any) -> Any:
            nonlocal transferred
            found = real(self, **inputs)
            arrays = [v for v in (*inputs.values(), *found.values()) if isinstance(v, np.ndarray)]
            transferred += sum(array.nbytes for array in arrays)
            return found

        return run

    objective, descent = start_descent(device, size, precision=precision)
    for _ in range(WARM_UP):
        descent.evaluate()
    began = perf_counter()
    with (
        mock.patch.object(Session, "run", counted(Session.run)),
        mock.patch.object(CudaGraphSession, "run", counted(CudaGraphSession.run)),
    ):
        losses = [descent.evaluate().loss for _ in range(iterations)]
    seconds = perf_counter() - began
    descent.picture()()
    objective.close()
    return Run(seconds, min(losses), transferred / iterations)


def time_torch(size: int, *, compiled: bool, tf32: bool, iterations: int) -> Run:
    """Time a run of PyTorch: torch.optim.LBFGS with 20 curvature pairs, all on the GPU."""
    import torch
    from reference import Reference

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    content, style = read_examples(size)
    objective = Reference(MODEL, content, style, device="cuda", compiled=compiled)
    image = torch.from_numpy(content).cuda().requires_grad_()
    losses = []

    def closure() -> Any:
        image.grad = None
        loss = objective.loss(image)
        loss.backward()
        losses.append(loss.detach())
        return loss

    def descend(evaluations: int) -> None:
        optimizer.param_groups[0].update(max_iter=evaluations, max_eval=evaluations)
        optimizer.step(closure)
        torch.cuda.synchronize()

    optimizer = torch.optim.LBFGS(
        [image], lr=1, history_size=20, tolerance_change=-1, tolerance_grad=-1
    )
    descend(WARM_UP)
    began = perf_counter()
    descend(iterations)
    return Run(perf_counter() - began, min(float(loss) for loss in losses))


def row(size: int, name: str, precision: str, run: Callable[[], Run], iterations: int) -> str:
    """Run and return a row of the table, which holds the error if the run fails."""
    try:
        found = run()
    except Exception as error:  # noqa: BLE001  the other rows are still useful
        return f"| {size} | {name} | {precision} | {' '.join(str(error).split())[:80]} | | | |"
    bus = "" if np.isnan(found.bus) else f"{found.bus / 1e3:.1f}"
    each = found.seconds / iterations * 1e3
    return (
        f"| {size} | {name} | {precision} | {found.seconds:.2f} | {each:.2f} | {bus} "
        f"| {found.loss:.5g} |"
    )


def main() -> None:
    """Parse the arguments, check the device and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024])
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    arguments = parser.parse_args()
    print(f"{arguments.device}, {platform.machine()}, {platform.system()}")
    for name in ("ortstyle", "onnxruntime-gpu", "onnxruntime", "torch", "numpy"):
        try:
            print(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    faults = find_faults(arguments.device, min(64, *arguments.sizes))
    if faults:
        sys.exit(f"not timed: {'; '.join(faults)}")
    print(f"\n{arguments.iterations} evaluations\n")
    print("| size | engine | precision | seconds | ms each | bus, kB each | lowest loss |")
    print("|---|---|---|---|---|---|---|")
    count = arguments.iterations
    for size in arguments.sizes:
        for precision in arguments.precisions if "ortstyle" in arguments.engines else ():
            run = lambda p=precision, s=size: time_ortstyle(arguments.device, s, p, count)
            print(row(size, "ortstyle", precision, run, count), flush=True)
        for engine in [name for name in arguments.engines if name != "ortstyle"]:
            for precision in [name for name in arguments.precisions if name != "float16"]:
                run = lambda e=engine, p=precision, s=size: time_torch(
                    s, compiled="compiled" in e, tf32=p == "tf32", iterations=count
                )
                print(row(size, engine, precision, run, count), flush=True)


if __name__ == "__main__":
    main()
