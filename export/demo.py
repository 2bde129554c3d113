"""Put the example photograph, painting and what `ortstyle demo` made of them side by side.

ortstyle demo -o demo.png
python export/demo.py demo.png ortstyle/examples/demo.jpg
"""

import sys
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "ortstyle" / "examples"
GAP = 6


def main(result: str, output: str) -> None:
    """Write the three pictures, as high as the result."""
    last = Image.open(result).convert("RGB")
    pictures = [Image.open(EXAMPLES / name) for name in ("photo.jpg", "painting.jpg")]
    scaled = [p.resize((round(p.width * last.height / p.height), last.height)) for p in pictures]
    row = [*scaled, last]
    sheet = Image.new("RGB", (sum(p.width + GAP for p in row) - GAP, last.height), "white")
    left = 0
    for picture in row:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.save(output, quality=84, subsampling="4:4:4")


if __name__ == "__main__":
    main(*sys.argv[1:])
