"""Measure how much smaller the outputs of VGG-19's pools are with means than with maxima.

    pip install ".[cpu]"
    python benchmarks/pooling.py                                  # the example pictures
    python benchmarks/pooling.py --picture PHOTO --picture PAINTING

`graph.adapt.GAINS` holds the geometric means that this prints, rounded. Multiplied by them,
activations keep their size when maximum pooling is replaced.
"""

import argparse
from pathlib import Path

import numpy as np
from evaluation import EXAMPLES, MODEL

from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.pictures.read import read_picture
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session

LAYERS = ("relu1_2", "relu2_2", "relu3_4", "relu4_4")  # the inputs of the pools


def gains(path: Path, size: int) -> list[tuple[float, float]]:
    """Return for each pool the ratio of average maximum to average mean, and to average L2 norm."""
    pixels = read_picture(path, name="picture").resize_to_side(size).pixels
    graph = new_graph("pools")
    image = add_input(graph, "image", pixels.shape)
    features = Network.open(MODEL).append(Ops(graph), image, LAYERS)
    for name, value in features.items():
        add_output(graph, name, value)
    with Session(finish(graph), find_device("cpu")) as session:
        found = session.run(image=pixels)
    ratios = []
    for layer in LAYERS:
        x = found[layer]
        height, width = (n // 2 for n in x.shape[2:])
        x = x[:, :, : 2 * height, : 2 * width]
        windows = x.reshape(x.shape[1], height, 2, width, 2)
        most = windows.max((2, 4)).mean()
        norm = np.sqrt((windows**2).mean((2, 4))).mean()
        ratios.append((float(most / windows.mean()), float(most / norm)))
    return ratios


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, action="append")
    parser.add_argument("--size", type=int, default=384)
    arguments = parser.parse_args()
    print("| picture | pool | max / mean | max / L2 |\n|---|---|---|---|")
    rows = []
    for path in arguments.picture or EXAMPLES:
        for k, (mean, norm) in enumerate(gains(path, arguments.size), 1):
            print(f"| {path.stem} | {k} | {mean:.2f} | {norm:.2f} |")
            rows.append((mean, norm))
    mean, norm = np.exp(np.log(rows).mean(0))
    print(f"| geometric mean | | {mean:.2f} | {norm:.2f} |")


if __name__ == "__main__":
    main()
