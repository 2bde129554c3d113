"""Tests that a film is the same, however often the process that paints it is killed."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from commands import MOMENTS
from film_writer import digest

WRITER = Path(__file__).parents[2] / "film_writer.py"
FRAMES = 16
ROOM = 4  # frames that may still come before the kill: then the writer waits, if this test is slow


def command(folder, *what):
    return [sys.executable, "-W", "error", str(WRITER), str(folder), *map(str, what)]


def environment():
    here = [str(WRITER.parent), str(WRITER.parents[1]), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, here))}


def undisturbed(folder):
    folder.mkdir()
    subprocess.run(command(folder, FRAMES), env=environment(), check=True)
    return digest(folder)


def files_in(folder):
    return sum(1 for path in folder.rglob("*.png"))


def kill_after(folder, files, seconds):
    """Begin or go on, and kill the process once there are some more files; tell whether it died."""
    wanted = files_in(folder) + files
    wait = command(folder, FRAMES, files + ROOM)
    with subprocess.Popen(wait, env=environment(), stdin=subprocess.PIPE) as process:
        while process.poll() is None and files_in(folder) < wanted:
            time.sleep(0.001)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
    assert process.returncode == 0 or files_in(folder) >= wanted
    return process.returncode != 0


def killed_again_and_again(tmp_path, times, seed):
    """Return the digest of a film that went on after each of a number of kills."""
    folder, rng, deaths = tmp_path / "killed", np.random.default_rng(seed), 0
    folder.mkdir()
    for _ in range(times):
        files = int(rng.integers(0, 3 * FRAMES // times + 1))
        deaths += kill_after(folder, files, rng.uniform(0, 0.003))
    assert deaths >= times // 3
    subprocess.run(command(folder, FRAMES), env=environment(), check=True)
    return digest(folder)


def test_a_film_that_was_killed_at_random_moments_is_the_same(tmp_path):
    assert killed_again_and_again(tmp_path, 5, seed=1) == undisturbed(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(max(1, MOMENTS // 5)))
def test_a_film_that_was_killed_twenty_times_is_the_same(tmp_path, seed):
    assert killed_again_and_again(tmp_path, 20, seed=seed) == undisturbed(tmp_path / "whole")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_film_whose_process_dies_at_any_operation_is_the_same(tmp_path):
    told = subprocess.run(
        command(tmp_path, "deaths"), env=environment(), check=True, stdout=subprocess.PIPE
    )
    lines = [line.split() for line in told.stdout.decode().splitlines()]
    *died, whole = [status for status, _, _ in lines]
    assert len(died) > 50
    assert set(died) == {"9"}
    assert whole == "0"
    assert {after for _, after, _ in lines} == {"0"}
    assert len({found for _, _, found in lines}) == 1
