"""A run that a script leaves behind when it ends: nothing is printed, and nothing hangs."""

import json
import subprocess
import sys

import pytest
from commands import ENDLESS, ENVIRONMENT, needs_runtime

SCRIPT = """
import json, sys, threading
from ortstyle.run.stylize import stylize
from ortstyle.settings.serialization import from_dict

settings = from_dict(json.loads(sys.argv[1]))
run = stylize("photo.png", "painting.png", settings, device="cpu")
iterate = next(run)
"""
ENDINGS = {
    "the script ends": "",
    "in a cycle of references": "class Cycle: pass\ncycle = Cycle()\ncycle.all = run, cycle",
    "kept by another module": "json.run = run",
    "a thread goes on": "threading.Thread(target=lambda: list(run), daemon=True).start()",
}


def end(settings, ending):
    """Run the script; return its exit code and what it printed in Python's development mode."""
    found = subprocess.run(
        [sys.executable, "-X", "dev", "-c", SCRIPT + ending, json.dumps(settings.to_dict())],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        timeout=120,
        check=False,
    )
    return found.returncode, found.stdout, found.stderr


@needs_runtime
@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_an_abandoned_run_is_silent(folder, tiny_settings, ending):
    # Large enough for the thread to be inside ONNX Runtime when the script ends.
    assert end(tiny_settings(size=256, **ENDLESS), ending) == (0, "", "")


@needs_runtime
def test_an_abandoned_run_adds_nothing_to_a_traceback(folder, tiny_settings):
    code, out, error = end(tiny_settings(), "raise KeyboardInterrupt")
    assert code != 0
    assert out == ""
    assert error.splitlines()[-1] == "KeyboardInterrupt"
