"""Print what loss a picture comes to by how many evaluations each of its scales gets.

    pip install ".[cpu]"
    python benchmarks/schedules.py [PHOTOGRAPH PAINTING]

Each schedule is painted once with the default preset at 256 pixels, at half of the sides that a
picture of 512 pixels has. The finest scale makes most evaluations and its loss is told after some
of them, with the cost of all so far, in evaluations at the finest scale. The loss does not tell how
large shapes are composed, for which the coarse scales are there; that has to be looked at.
"""

import argparse
import platform
from collections.abc import Sequence
from importlib.metadata import version
from unittest.mock import patch

from evaluation import EXAMPLES

from ortstyle import Settings, from_preset, stylize

#: (longest side, evaluations) of each scale.
SCHEDULES = (
    ((128, 36), (181, 25), (256, 60)),
    ((128, 20), (181, 15), (256, 60)),
    ((128, 12), (181, 9), (256, 60)),
    ((128, 36), (256, 60)),
    ((181, 36), (256, 60)),
    ((256, 60),),
)
TOLD = (20, 30, 40, 45, 50, 60)  # evaluations of the finest scale


def losses_of(schedule: Sequence[tuple[int, int]], pictures: Sequence[str]) -> list[float]:
    """Return the loss of each evaluation at the finest scale."""
    with patch.object(Settings, "schedule", lambda _: tuple(schedule)):
        settings = from_preset(overrides={"size": schedule[-1][0]})
        run = stylize(*pictures, settings, device="cpu")
        return [each.loss for each in run if each.scale[0] == len(schedule) - 1]


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", default=[str(path) for path in EXAMPLES])
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in ("ortstyle", "onnxruntime", "numpy")))
    print(f"\n| evaluations | {' | '.join(f'after {n}: cost, loss' for n in TOLD)} |")
    print("|---|" + "---|" * len(TOLD))
    for schedule in SCHEDULES:
        losses = losses_of(schedule, arguments.pictures)
        finest = schedule[-1][0]
        before = sum(count * (side / finest) ** 2 for side, count in schedule[:-1])
        cells = [f"{before + n:.0f}, {losses[n - 1]:.3f}" for n in TOLD]
        scales = ", ".join(f"{count} at {side}" for side, count in schedule)
        print(f"| {scales} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
