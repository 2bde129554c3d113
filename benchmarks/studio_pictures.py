"""Take the pictures of the studio in docs/studio; needs Chromium and tests/javascript/node_modules.

    python benchmarks/studio_pictures.py docs/studio

A folder of a studio with the example's painting may follow; without one it is painted first.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

SCRIPTS = Path(__file__).parents[1] / "tests" / "javascript"
COLOURS = 192


def main(target: Path, home: Path | None = None) -> None:
    """Write the pictures, with fewer colours, into a folder."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium-browser"
    target.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        taken = Path(folder, "taken")
        taken.mkdir()
        command = ["node", SCRIPTS / "browser.mjs", browser, Path(folder, "profile")]
        command += [SCRIPTS / "studio-pictures.mjs", "http://127.0.0.1", sys.executable]
        subprocess.run([*command, home or Path(folder, "studio"), taken], check=True)
        for path in sorted(taken.iterdir()):
            with Image.open(path) as image:
                few = image.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
            few.save(target / path.name, optimize=True)
            print(path.name, few.size, (target / path.name).stat().st_size)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
