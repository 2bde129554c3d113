"""Put a photograph, a painting and what became of them side by side: by default the examples'.

ortstyle demo -o demo.png
python export/demo.py demo.png ortstyle/examples/demo.jpg
python export/demo.py out.png out.jpg --of photo.png painting.png --height 256
"""

import argparse
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "ortstyle" / "examples"
GAP = 6  # pixels between two pictures


def main() -> None:
    """Write the three pictures in a row, of one height."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("result", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument(
        "--of",
        nargs=2,
        type=Path,
        metavar=("PHOTO", "PAINTING"),
        default=[EXAMPLES / "photo.jpg", EXAMPLES / "painting.jpg"],
    )
    parser.add_argument("--height", type=int, help="pixels (that of the result)")
    arguments = parser.parse_args()
    row = [Image.open(path).convert("RGB") for path in (*arguments.of, arguments.result)]
    height = arguments.height or row[-1].height
    scaled = [
        p.resize((round(p.width * height / p.height), height), Image.Resampling.LANCZOS)
        for p in row
    ]
    sheet = Image.new("RGB", (sum(p.width + GAP for p in scaled) - GAP, height), "white")
    left = 0
    for picture in scaled:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.save(arguments.output, quality=84, subsampling="4:4:4")


if __name__ == "__main__":
    main()
