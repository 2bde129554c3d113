"""Compare the predicted and the measured peak memory of a process that evaluates the objective.

    pip install ".[cpu,benchmark]"
    python benchmarks/memory.py
    python benchmarks/memory.py --engines predicted ortstyle --preset default --pooling avg

- "predicted" is the prediction of `ortstyle.memory.budget`;
- "ortstyle" is the peak of a process that evaluates ortstyle's objective;
- "own arenas" is the same with the defaults of ONNX Runtime, where each session has an arena;
- "torch" is eager PyTorch, always with the settings of the preset neural-style.

Each figure is measured in a process of its own after three evaluations.
"""

import argparse
import platform
import subprocess
import sys
from importlib.metadata import version
from typing import Any
from unittest.mock import patch

from evaluation import MODEL, noise_pictures, peak_memory, torch_objective

from ortstyle import Settings, from_preset
from ortstyle.settings.text import parse_layers

ENGINES = ("predicted", "ortstyle", "own arenas", "torch")


def predict(size: int, settings: Settings) -> float:
    """Return the predicted peak of a process, which also holds the two pictures, in GB."""
    from ortstyle.graph.network import Network
    from ortstyle.memory.graph_memory import PROCESS_BYTES, objective_bytes

    shape = (size, size)
    need = objective_bytes(Network.open(MODEL), shape, styles=[shape], settings=settings)
    return (PROCESS_BYTES + need + sum(picture.nbytes for picture in noise_pictures(size))) / 1e9


def ortstyle_objective(size: int, settings: Settings) -> Any:
    """Return ortstyle's objective, open."""
    from ortstyle.graph.network import Network
    from ortstyle.objective.whole import WholeObjective
    from ortstyle.runtime.device_lookup import find_device

    content, style = noise_pictures(size)
    network, device = Network.open(MODEL), find_device("cpu")
    return WholeObjective(network, content, styles=[style], settings=settings, device=device).open()


def print_peak(engine: str, size: int, settings: Settings) -> None:
    """Predict the peak memory or evaluate three times, and print the peak in GB."""
    if engine == "predicted":
        print(predict(size, settings))
        return
    if engine == "own arenas":
        from ortstyle.runtime import arena

        patch.object(arena, "set_memory_options", lambda _: None).start()
    if engine == "torch":
        evaluate = torch_objective(size, channels_last=False)
    else:
        evaluate = ortstyle_objective(size, settings)
    for _ in range(3):
        evaluate(noise_pictures(size)[0])
    print(peak_memory())


def measure(engine: str, size: int, options: list[str]) -> float:
    """Run one engine in a process of its own and return its peak memory in GB."""
    command = [sys.executable, __file__, *options, "--work", engine, "--sizes", str(size)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Return the settings that the arguments choose."""
    values = {
        "pooling": arguments.pooling,
        "style_loss": arguments.style_loss,
        "content_layers": arguments.content_layers and parse_layers(arguments.content_layers),
        "style_layers": arguments.style_layers and parse_layers(arguments.style_layers),
    }
    return from_preset(arguments.preset, {k: v for k, v in values.items() if v})


def main() -> None:
    """Parse the arguments and print the table."""
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
    settings = settings_of(arguments)
    if arguments.work:
        print_peak(arguments.work, arguments.sizes[0], settings)
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
