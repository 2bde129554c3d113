"""Runs that are killed and resumed: their results are the same to the byte."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, MOMENTS, PICTURES, RUN, needs_runtime


def kill_at_random(folder, network, seed, whole):
    """Run, kill at any time, resume; return whether there was a checkpoint to resume from.

    Three of four are killed after the first checkpoint, however long that takes, and more of them
    soon after it than later: the machine may be less busy than when `whole` was measured.
    """
    output, checkpoint = f"k{seed}.png", f"k{seed}.ck"
    start = [*arguments_of(network, output, checkpoint)]
    random = np.random.default_rng(seed).uniform()
    seconds = whole["first"] * random
    with subprocess.Popen([*RUN, *start], env=ENVIRONMENT) as process:
        if seed % 4:
            while process.poll() is None and not Path(checkpoint).exists():
                time.sleep(0.005)
            seconds = whole["kept"] * random**2
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
    again = Path(checkpoint).exists()
    if again or not Path(output).exists():
        command = ["resume", checkpoint, "--quiet"] if again else start
        subprocess.run([*RUN, *command], env=ENVIRONMENT, check=True)
    assert Path(output).read_bytes() == whole["bytes"]
    left = {path.name for path in folder.iterdir() if f"k{seed}." in path.name}
    assert left <= {output, f"{checkpoint}.lock"}  # killed after all was done
    return again


def arguments_of(network, output, checkpoint):
    options = ["--size", "48", "--scales", "2", "--iterations", "30,30", "--quiet"]
    kept = ["--checkpoint", checkpoint, "--checkpoint-every", "0"]
    return ["render", *PICTURES, "-o", output, *network, *options, *kept]


def run_undisturbed(network):
    """Run without a kill; return the bytes, and the seconds before and with a checkpoint."""
    began, first, kept = time.monotonic(), 0.0, 0.0
    command = [*RUN, *arguments_of(network, "whole.png", "whole.ck")]
    with subprocess.Popen(command, env=ENVIRONMENT) as process:
        while process.poll() is None:
            if Path("whole.ck").exists():
                kept = time.monotonic() - began - first
                if not first:
                    first, kept = kept, 0.0
            time.sleep(0.005)
    assert process.returncode == 0
    return {"first": first, "kept": kept, "bytes": Path("whole.png").read_bytes()}


@needs_runtime
def test_runs_that_are_killed_end_in_the_same_bytes(folder, network):
    whole = run_undisturbed(network)
    for seed in range(2):  # one before a checkpoint, one after it
        kill_at_random(folder, network, seed, whole)


@needs_runtime
@pytest.mark.slow
def test_many_runs_that_are_killed_end_in_the_same_bytes(folder, network):
    whole = run_undisturbed(network)
    resumed = [kill_at_random(folder, network, seed, whole) for seed in range(100, 100 + MOMENTS)]
    print(f"{sum(resumed)} of {len(resumed)} had a checkpoint")  # noqa: T201
    assert sum(resumed) >= MOMENTS // 5
