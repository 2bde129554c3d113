"""Peak memory of a whole process that evaluates loss and gradient, ortstyle beside eager PyTorch.

    pip install ".[cpu,benchmark]"
    python benchmarks/memory.py

"own arenas" is ortstyle with the memory plan that ONNX Runtime makes when nothing is said. Each
figure is a process of its own after three evaluations.
"""

import argparse
import platform
import subprocess
import sys
from importlib.metadata import version

from evaluation import ours, peak_memory, pictures, theirs

ENGINES = ("ortstyle", "own arenas", "torch")


def work(engine: str, size: int) -> None:
    """Evaluate three times and print the peak memory in GB."""
    if engine == "own arenas":
        from ortstyle.runtime import memory

        memory.plan = lambda _: None
    run = theirs(size, channels_last=False) if engine == "torch" else ours(size)
    for _ in range(3):
        run(pictures(size)[0])
    print(peak_memory())


def measure(engine: str, size: int) -> float:
    """Run one engine in a process of its own; its peak memory in GB."""
    command = [sys.executable, __file__, "--work", engine, "--sizes", str(size)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024, 2048])
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.sizes[0])
        return
    packages = ("ortstyle", "onnxruntime", "torch", "numpy")
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print("\nPeak memory, GB\n\n| size |", *(f"{engine} |" for engine in arguments.engines))
    print("|---" * (1 + len(arguments.engines)) + "|")
    for size in arguments.sizes:
        cells = (f"{measure(engine, size):.2f} |" for engine in arguments.engines)
        print(f"| {size} |", *cells, flush=True)


if __name__ == "__main__":
    main()
