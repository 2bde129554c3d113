"""Runs that are disturbed at random moments, and what they leave."""

import os
import re
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from commands import ENVIRONMENT, PICTURES, RUN, count_evaluations
from PIL import Image

TRACE = Path("trace.jsonl")
SENTENCE = re.compile(r"(?:saved|is saved as|wrote) (\S+\.png)")


@dataclass
class Ended:
    """A command that has ended."""

    code: int
    out: str
    error: str

    @property
    def saved(self):
        """The pictures that the command has said to have saved, the last one last."""
        return [Path(name) for name in SENTENCE.findall(self.error + self.out)]


def arguments_of(network, output, *, trace=TRACE):
    long = ["--size", "48", "--iterations", "60", "--plot", "plot.svg", "--trace", str(trace)]
    return [*RUN, "render", *PICTURES, "-o", str(output), *network, *long]


@dataclass
class Moments:
    """Random moments of a run: three of four while it paints, the fourth before that.

    How long a run takes to begin depends on what else the computer does. That may be less than when
    the run was measured, so more moments are early ones.
    """

    rng: np.random.Generator
    beginning: float
    painting: float
    trace: Path
    turn: int = 0

    def wait(self, process):
        """Wait for a random moment, or until the process has ended."""
        self.turn += 1
        seconds = self.rng.uniform(0.1 * self.beginning, self.beginning)
        if self.turn % 4:
            while process.poll() is None and not count_evaluations(self.trace):
                time.sleep(0.01)
            seconds = self.painting * self.rng.uniform() ** 2
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)

    @classmethod
    def of(cls, arguments, seed):
        """Run a command undisturbed to see how long it takes."""
        began, trace = time.monotonic(), Path(arguments[arguments.index("--trace") + 1])
        with subprocess.Popen(arguments, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not count_evaluations(trace):
                time.sleep(0.01)
            beginning = time.monotonic() - began
        assert process.returncode == 0
        painting = time.monotonic() - began - beginning
        return cls(np.random.default_rng(seed), beginning, painting, trace)


def disturb(arguments, moments, act):
    """Run a command; at a random moment, if it has not ended by itself, `act(process)`."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, env=ENVIRONMENT, encoding="utf-8", **streams) as process:
        moments.wait(process)
        if process.poll() is None:
            act(process)
        out, error = process.communicate(timeout=600)
    return Ended(process.returncode, out, error)


def assert_picture(path):
    with Image.open(path) as picture:
        picture.load()
        assert picture.size == (48, 36)


def assert_nothing_is_left(folder):
    """Neither locks nor temporary files."""
    left = [path.name for path in folder.iterdir()]
    assert not [name for name in left if name.endswith(".lock") or ".ortstyle" in name], left


def start_again(folder):
    """Remove what other runs have left; a disk is emptied."""
    for path in folder.iterdir():
        if os.path.ismount(path):
            start_again(path)
        elif path.name not in PICTURES:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
