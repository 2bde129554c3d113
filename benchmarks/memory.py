"""Peak memory of a whole process that evaluates loss and gradient, as predicted and as measured.

    pip install ".[cpu,benchmark]"
    python benchmarks/memory.py
    python benchmarks/memory.py --engines predicted ortstyle --preset default --pooling avg

"predicted" is `ortstyle.memory.budget`'s, "ortstyle" what a process took in fact, "own arenas" the
same with the memory plan that ONNX Runtime makes when nothing is said, and "torch" eager PyTorch's,
always with the settings of the preset neural-style. Each figure is a process of its own after three
evaluations.
"""

import argparse
import platform
import subprocess
import sys
from importlib.metadata import version
from typing import Any

from evaluation import MODEL, peak_memory, pictures, theirs

from ortstyle import Settings, from_preset
from ortstyle.settings.text import parse_layers

ENGINES = ("predicted", "ortstyle", "own arenas", "torch")


def predict(size: int, settings: Settings) -> float:
    """Predict the peak of a process, with the two pictures that it holds, in GB."""
    from ortstyle.graph.network import Network
    from ortstyle.memory.budget import PROCESS, objective_bytes

    shape = (size, size)
    need = objective_bytes(Network.open(MODEL), shape, styles=[shape], settings=settings)
    return (PROCESS + need + sum(picture.nbytes for picture in pictures(size))) / 1e9


def ours(size: int, settings: Settings) -> Any:
    """Build ortstyle's objective."""
    from ortstyle.graph.network import Network
    from ortstyle.objective.whole import Objective
    from ortstyle.runtime import devices

    content, style = pictures(size)
    network, device = Network.open(MODEL), devices.find("cpu")
    return Objective(network, content, styles=[style], settings=settings, device=device).open()


def work(engine: str, size: int, settings: Settings) -> None:
    """Predict, or evaluate three times, and print the peak memory in GB."""
    if engine == "predicted":
        print(predict(size, settings))
        return
    if engine == "own arenas":
        from ortstyle.runtime import arena as memory

        memory.plan = lambda _: None
    run = theirs(size, channels_last=False) if engine == "torch" else ours(size, settings)
    for _ in range(3):
        run(pictures(size)[0])
    print(peak_memory())


def measure(engine: str, size: int, given: list[str]) -> float:
    """Run one engine in a process of its own; its peak memory in GB."""
    command = [sys.executable, __file__, *given, "--work", engine, "--sizes", str(size)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def chosen(arguments: argparse.Namespace) -> Settings:
    """Give the settings that the arguments say."""
    values = {
        "pooling": arguments.pooling,
        "style_loss": arguments.style_loss,
        "content_layers": arguments.content_layers and parse_layers(arguments.content_layers),
        "style_layers": arguments.style_layers and parse_layers(arguments.style_layers),
    }
    return from_preset(arguments.preset, {k: v for k, v in values.items() if v})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024, 2048])
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--preset", default="neural-style")
    parser.add_argument("--pooling")
    parser.add_argument("--style-loss")
    parser.add_argument("--content-layers")
    parser.add_argument("--style-layers")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    settings = chosen(arguments)
    if arguments.work:
        work(arguments.work, arguments.sizes[0], settings)
        return
    packages = ["ortstyle", "onnxruntime", "numpy"]
    packages += ["torch"] if "torch" in arguments.engines else []
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print("\nPeak memory, GB\n\n| size |", *(f"{engine} |" for engine in arguments.engines))
    print("|---" * (1 + len(arguments.engines)) + "|")
    for size in arguments.sizes:
        cells = (f"{measure(engine, size, sys.argv[1:]):.2f} |" for engine in arguments.engines)
        print(f"| {size} |", *cells, flush=True)


if __name__ == "__main__":
    main()
