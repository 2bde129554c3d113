"""Put the example photograph, the painting and the result of `ortstyle demo` side by side.

ortstyle demo -o demo.png
python export/demo.py demo.png ortstyle/examples/demo.jpg
"""

import sys
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "ortstyle" / "examples"
GAP = 6  # pixels between two pictures


def main(result: str, output: str) -> None:
    """Write the three pictures in a row, scaled to the height of the result."""
    painted = Image.open(result).convert("RGB")
    pictures = [Image.open(EXAMPLES / name) for name in ("photo.jpg", "painting.jpg")]
    scaled = [
        p.resize((round(p.width * painted.height / p.height), painted.height)) for p in pictures
    ]
    row = [*scaled, painted]
    sheet = Image.new("RGB", (sum(p.width + GAP for p in row) - GAP, painted.height), "white")
    left = 0
    for picture in row:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.save(output, quality=84, subsampling="4:4:4")


if __name__ == "__main__":
    main(*sys.argv[1:])
