"""Films that are killed again and again: every frame is the same to the byte."""

import os
import subprocess
import time
from pathlib import Path

import films
import numpy as np
import pytest
from commands import ENVIRONMENT, MOMENTS, RUN, needs_runtime

from ortstyle.files import remove_abandoned

pytestmark = [needs_runtime, pytest.mark.slow]
FEW = max(2, MOMENTS // 12)
#: How often each is killed, and the options.
VARIANTS = {
    "plain": (max(2, MOMENTS // 5), []),
    "between": (FEW, ["--every", "3"]),
    "passes": (FEW, ["--passes", "2"]),
    "content": (FEW, ["--colors", "content"]),
}
COUNT = 4  # frames for each time


@pytest.fixture
def start(folder, network):
    """Return a function that starts to paint a film of so many frames, in its own process."""
    pytest.importorskip("av")
    pytest.importorskip("cv2")

    def run(frames, output, *more):
        if not (folder / "clip.mp4").exists():
            pictures = [films.frame(k // 2) for k in range(frames)]  # red tells 20 apart, no more
            films.write_film(folder / "clip.mp4", pictures=pictures, frames=frames, sound=True)
        options = [*network, "--size", "64", "--iterations", "6", "--frame-iterations", "3"]
        files = ["clip.mp4", "painting.png", "-o", output]
        fixed = ["--device", "cpu", "--threads", "1", "--keep-frames", "--quiet"]
        return subprocess.Popen(
            [*RUN, "video", *files, *options, *fixed, *more],
            env=ENVIRONMENT,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    return run


def frame_files(output):
    """Return the files of frames in the folder of a film, and those of their times."""
    folder = Path(f"{output}.frames")
    return [*folder.glob("*/*.png"), *folder.glob("*/*/*.png"), *folder.glob("frames.jsonl")]


def contents(output):
    """Return the bytes of each such file."""
    return {
        str(path.relative_to(f"{output}.frames")): path.read_bytes() for path in frame_files(output)
    }


def finish(process):
    """Wait for a process that must succeed."""
    _, error = process.communicate()
    assert process.returncode == 0, error


def kill_after(process, output, count, delay):
    """Kill a process a moment after it has kept so many files; return whether it had not ended."""
    while process.poll() is None and len(frame_files(output)) < count:
        time.sleep(0.002)
    time.sleep(delay)
    had_not_ended = process.poll() is None
    process.kill()
    process.communicate()
    return had_not_ended


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_film_that_is_killed_again_and_again_has_the_same_frames(start, variant):
    kills, more = VARIANTS[variant]
    frames = COUNT * kills
    finish(start(frames, "whole.mp4", *more))
    whole = contents("whole.mp4")
    assert len(whole) >= 2 * frames + 1
    generator = np.random.default_rng(len(variant))
    killed = 0
    # The last moment is after the last frame, while the film's file is written.
    for count in [*sorted(generator.integers(0, len(whole), kills - 1)), len(whole)]:
        delay = generator.uniform(0, 0.05)
        process = start(frames, "killed.mp4", *more)
        killed += kill_after(process, "killed.mp4", count, delay)
    assert killed >= kills - 1
    finish(start(frames, "killed.mp4", *more))
    found = contents("killed.mp4")
    assert found.keys() == whole.keys()
    assert [name for name in whole if found[name] != whole[name]] == []
    assert Path("killed.mp4").read_bytes() == Path("whole.mp4").read_bytes()
    # What was killed while it wrote the film's file has left the beginning of one, for an hour.
    for path in Path().glob(".ortstyle-*.mp4"):
        os.utime(path, (0, 0))
    remove_abandoned(Path())
    left = {path.name for path in Path().iterdir() if path.name.startswith((".", "killed"))}
    assert left == {"killed.mp4", "killed.mp4.frames"}
