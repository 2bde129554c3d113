"""Print neutral numbers of painted pictures beside those of their paintings and photographs.

    pip install ".[cpu]"
    python benchmarks/faults.py PHOTO PAINTING PICTURE PICTURE
    python benchmarks/faults.py --folder gallery --pair PHOTO PAINTING --pair PHOTO PAINTING

With a folder, results are found by their names; see `painted.py`. The photograph is resized to each
picture's size and the painting to its longest side, as a run does, and each has a row of its own. A
painting that is smaller than the picture is enlarged, which leaves it little fine power.
`measures.py` defines the numbers:

- specks, bright and dark, a megapixel;
- fine power: the share of power above 3/8 of a cycle a pixel;
- edges in smooth places that are horizontal and vertical, 1 where no direction is preferred, and
  the mean of both, the alignment with the axes;
- contours: the correlation of edges with those of the photograph;
- color: the largest difference of the mean colour from the painting's, in levels;
- the distance of style at layers that the default does not optimise; see `style_distances`.

For several groups of pictures a second table sums up each engine: means of the numbers, geometric
means of ratios to the painting's, and on how many pictures the alignment with the axes is within
10 % of the painting's.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import measures
import numpy as np
from evaluation import MODEL
from numpy.typing import NDArray
from painted import add_pair_options, find_results, read_pairs
from PIL import Image

from ortstyle import from_preset
from ortstyle.graph.loss_graph import style_model
from ortstyle.graph.network import Network
from ortstyle.graph.style_losses import style_loss
from ortstyle.pictures.grain import fine_power
from ortstyle.pictures.picture import resize_to_side, to_array
from ortstyle.pictures.read import read_rgb
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
_COLUMNS = ("bright specks/MP", "dark specks/MP", "fine power, %", "horizontal", "vertical",
            "axes", "contours", "color", *LAYERS)  # fmt: skip
_DASH = "–"

Statistics = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Numbers:
    """The numbers of a picture; NaN where one has no meaning."""

    bright_specks: float
    dark_specks: float
    fine_power: float
    horizontal: float
    vertical: float
    contours: float
    color: float
    style: tuple[float, ...]

    @property
    def axes(self) -> float:
        """The alignment of edges in smooth places with both axes."""
        return (self.horizontal + self.vertical) / 2

    def row(self, name: str) -> str:
        """Return a row of the Markdown table."""
        cells = [f"{self.bright_specks:.0f}", f"{self.dark_specks:.0f}"]
        cells += [f"{100 * self.fine_power:.2f}"]
        cells += [f"{value:.2f}" for value in (self.horizontal, self.vertical, self.axes)]
        cells += [f"{self.contours:.2f}", f"{self.color:.1f}"]
        cells += [f"{value:.3f}" for value in self.style]
        return f"| {' | '.join([name, *cells])} |".replace("nan", _DASH)


def measure(
    picture: Image.Image, photo: Image.Image, painting: Image.Image, style: Sequence[float]
) -> Numbers:
    """Return the numbers of a picture, which has the size of its photograph."""
    pixels = np.asarray(picture)
    luminance = measures.luminance(pixels)
    reference = measures.luminance(np.asarray(photo)) if photo.size == picture.size else None
    return Numbers(
        *measures.specks(luminance),
        fine_power(luminance),
        *measures.axis_alignment(pixels),
        np.nan if reference is None else measures.edge_correlation(luminance, reference),
        measures.color_distance(pixels, np.asarray(painting)),
        tuple(style),
    )


class StyleMeter:
    """Measures the distance of pictures from paintings at `LAYERS`.

    Pictures whose longest side exceeds `side` pixels are reduced to it, for the memory's sake.
    """

    def __init__(self, device: str, side: int) -> None:
        self.device, self.side = find_device(device), side
        layers = tuple((layer, 1.0) for layer in LAYERS)
        self.settings = from_preset("default", {"style_layers": layers, "style_loss": "moments"})
        self.network = Network.open(MODEL)
        self.targets = cache(self.statistics)

    def statistics(self, path: Path, side: int) -> Statistics:
        """Return the statistics of a picture's file at a size, `<layer>/<statistic>`."""
        return self._statistics(resized(read_rgb(path), side))

    def _statistics(self, picture: Image.Image) -> Statistics:
        pixels = to_array(picture)
        model = style_model(self.network, pixels.shape[2:], settings=self.settings)
        with Session(model, self.device) as session:
            found = session.run(image=pixels)
        complete = {}
        for layer in LAYERS:
            of_layer = {name: found[f"{layer}/{name}"] for name in ("gram", "mean")}
            for name, value in style_loss("moments").make_targets(of_layer).items():
                complete[f"{layer}/{name}"] = value
        return complete

    def distances(self, picture: Image.Image, painting: Path) -> list[float]:
        """Return the distance of a picture from a painting of that size at each layer."""
        side = min(max(picture.size), self.side)
        return style_distances(
            self._statistics(resized(picture, side)), self.targets(painting, side)
        )


def style_distances(found: Statistics, target: Statistics) -> list[float]:
    """Return the distance of statistics at each layer, 0 for the painting itself.

    It is the mean of three relative distances: ‖G − G'‖/‖G'‖ of Gram matrices, and ‖m − m'‖ and
    ‖s − s'‖ of channel means and standard deviations divided by √(‖m'‖² + ‖s'‖²), which stays
    above 0 for a flat painting.
    """
    distances = []
    for layer in LAYERS:
        norms = {name: np.linalg.norm(target[f"{layer}/{name}"]) for name in ("mean", "deviation")}
        size = np.hypot(norms["mean"], norms["deviation"])
        sizes = {"gram": np.linalg.norm(target[f"{layer}/gram"]), "mean": size, "deviation": size}
        terms = []
        for name, divisor in sizes.items():
            difference = found[f"{layer}/{name}"] - target[f"{layer}/{name}"]
            terms.append(np.linalg.norm(difference) / divisor)
        distances.append(float(np.mean(terms)))
    return distances


def resized(picture: Image.Image, side: int) -> Image.Image:
    """Return a picture whose longest side is `side` pixels, resized as a run does."""
    return picture if max(picture.size) == side else resize_to_side(picture, side)


def measure_group(
    photo: Path, painting: Path, results: Mapping[str, Path], meter: StyleMeter | None
) -> dict[str, Numbers]:
    """Return the numbers of photograph, painting and results of one size, by name."""
    opened = {name: read_rgb(path) for name, path in results.items()}
    size = next(iter(opened.values())).size
    pictures = {
        "photograph": read_rgb(photo).resize(size, Image.Resampling.BILINEAR),
        "painting": resized(read_rgb(painting), max(size)),
        **opened,
    }
    nothing = [np.nan] * len(LAYERS)
    numbers = {}
    for name, picture in pictures.items():
        style = meter.distances(picture, painting) if meter else nothing
        numbers[name] = measure(picture, pictures["photograph"], pictures["painting"], style)
    return numbers


def summary(groups: Sequence[Mapping[str, Numbers]]) -> list[str]:
    """Return rows of a Markdown table that sums up the results of each engine over all groups."""
    titles = ("engine", "pictures", "bright specks/MP", "dark specks/MP", "fine power ÷ painting",
              "axes ÷ painting", "within 10 %", "contours: mean, least",
              "color: mean, largest", "style")  # fmt: skip
    rows = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    engines = dict.fromkeys(name for group in groups for name in group)
    for engine in engines:
        both = [(group[engine], group["painting"]) for group in groups if engine in group]
        fine = [own.fine_power / of_painting.fine_power for own, of_painting in both]
        fine = [ratio for ratio in fine if ratio > 0]  # a picture of one colour has none
        axes = [own.axes / of_painting.axes for own, of_painting in both]
        axes = [ratio for ratio in axes if np.isfinite(ratio)]
        within = sum(abs(ratio - 1) <= 0.1 for ratio in axes)
        contours = [own.contours for own, _ in both]
        color = [own.color for own, _ in both]
        cells = [
            engine,
            str(len(both)),
            f"{np.mean([own.bright_specks for own, _ in both]):.0f}",
            f"{np.mean([own.dark_specks for own, _ in both]):.0f}",
            f"{np.exp(np.mean(np.log(fine))):.2f}" if fine else _DASH,
            f"{np.exp(np.mean(np.log(axes))):.2f}" if axes else _DASH,
            f"{within} of {len(axes)}",
            f"{np.mean(contours):.2f}, {min(contours):.2f}",
            f"{np.mean(color):.1f}, {max(color):.1f}",
            f"{np.mean([own.style for own, _ in both]):.3f}",
        ]
        rows.append(f"| {' | '.join(cells)} |".replace("nan", _DASH))
    return rows


def main() -> None:
    """Parse the arguments, measure every picture and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="PHOTO PAINTING PICTURE…")
    parser.add_argument("--folder", type=Path, help="folder of results")
    add_pair_options(parser)
    parser.add_argument("--engines", nargs="+", help="engines to measure (all in the folder)")
    parser.add_argument("--no-style", action="store_true", help="leave distances of style out")
    parser.add_argument("--style-side", type=int, default=1024, metavar="PIXELS")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    groups: dict[tuple[str, int], tuple[Path, Path, dict[str, Path]]] = {}
    if arguments.folder:
        pairs = read_pairs(arguments)
        for found in find_results(arguments.folder, pairs):
            if not arguments.engines or found.engine in arguments.engines:
                group = groups.setdefault((found.pair, found.size), (*pairs[found.pair], {}))
                group[2][found.engine] = found.path
    elif len(arguments.files) > 2:
        photo, painting, *pictures = arguments.files
        results = {path.stem: path for path in pictures}
        groups[f"{photo.stem}-{painting.stem}", 0] = (photo, painting, results)
    else:
        parser.error("give a photograph, a painting and pictures, or --folder")
    meter = None if arguments.no_style else StyleMeter(arguments.device, arguments.style_side)
    print(f"| {' | '.join(['picture', *_COLUMNS])} |")
    print("|---" * (1 + len(_COLUMNS)) + "|")
    measured = []
    for (pair, size), group in groups.items():
        numbers = measure_group(*group, meter)
        measured.append(numbers)
        for name, of_picture in numbers.items():
            title = f"{pair}, {size}, {name}" if size else f"{pair}, {name}"
            print(of_picture.row(title), flush=True)
    if len(measured) > 1:
        print("", *summary(measured), sep="\n")


if __name__ == "__main__":
    main()
