"""Results of several engines in one folder, with the photographs and paintings they come from.

A result is called `<pair>-<size>-<engine>.png`, as `gallery.py` names it. The name of a pair is
that of its photograph and its painting, `photo-painting`, unless a file of pairs names it: a JSON
object of names, each with the paths of a photograph and a painting, relative to that file.
"""

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Pairs = Mapping[str, tuple[Path, Path]]


@dataclass(frozen=True, order=True)
class Painted:
    """A picture that an engine painted: the name of its pair, its size, the engine, its file."""

    pair: str
    size: int
    engine: str
    path: Path


def find_results(folder: Path, pairs: Pairs) -> list[Painted]:
    """Return the results of the pairs in a folder, ordered by pair, size and engine."""
    found = []
    for path in folder.glob("*.png"):
        for pair in pairs:
            match = re.fullmatch(rf"{re.escape(pair)}-([0-9]+)-(.+)", path.stem)
            if match:
                found.append(Painted(pair, int(match[1]), match[2], path))
    return sorted(found)


def add_pair_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name pairs of a photograph and a painting."""
    parser.add_argument("--pair", nargs=2, type=Path, action="append", default=[])
    parser.add_argument("--pairs", type=Path, help="JSON file of pairs by name")


def read_pairs(arguments: argparse.Namespace) -> Pairs:
    """Return the pairs that the options name."""
    pairs = {
        f"{photo.stem}-{painting.stem}": (photo, painting) for photo, painting in arguments.pair
    }
    if arguments.pairs:
        listed = json.loads(arguments.pairs.read_text("utf-8"))
        folder = arguments.pairs.parent
        pairs |= {
            name: (folder / photo, folder / painting) for name, (photo, painting) in listed.items()
        }
    if not pairs:
        raise SystemExit("name the pairs with --pair PHOTO PAINTING or --pairs FILE")
    return pairs
