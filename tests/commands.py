"""Helpers that run commands as a user does, and read the files that commands write."""

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from fakes import before_each_evaluation
from PIL import Image

from ortstyle.pictures.read import read_embedded_text

RUN = [sys.executable, "-W", "error", "-c", "from ortstyle.cli.main import main; main()"]
#: How many random moments the long tests try; CI tries fewer, because it tries them often.
MOMENTS = int(os.environ.get("ORTSTYLE_MOMENTS", "50"))
#: Settings and options of a run that no machine is slow enough to see done; L-BFGS would stop once
#: no step lowers the loss any more.
ENDLESS = {"iterations": 10**6, "optimizer": "adam"}
ENDLESSLY = ["--iterations", "1000000", "--optimizer", "adam"]
ENVIRONMENT = os.environ | {"COLUMNS": "200", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
PICTURES = ["photo.png", "painting.png"]
needs_runtime = pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs ONNX Runtime")


def start(*arguments, **changes):
    """Run a command in a process of its own, with changes to the environment."""
    return start_after("", *arguments, **changes)


def start_after(code, *arguments, **changes):
    """Run a command in a process that has run some code before."""
    return subprocess.run(
        [*RUN[:-1], code + RUN[-1], *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT | changes,
        check=False,
    )


def start_until(ready, *arguments, code=""):
    """Start a command in a process of its own; return the process once `ready()` is true.

    The process runs `code` first.
    """
    process = subprocess.Popen(
        [*RUN[:-1], code + RUN[-1], *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    )
    while not ready():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


def count_evaluations(trace):
    """Count the evaluations in a trace that may not have been begun.

    Windows has files of this name for a moment before, while the program tries to write there.
    """
    try:
        return max(trace.read_text("utf-8").count("\n") - 1, 0)
    except OSError:
        return 0


def crash(call, evaluations, *arguments):
    """Render until a crash after some evaluations; `a.ck` is a checkpoint of the last one."""

    def fail(number):
        if number > evaluations:
            raise ZeroDivisionError

    kept = ["--checkpoint", "a.ck", "--checkpoint-every", "0"]
    with before_each_evaluation(fail), pytest.raises(ZeroDivisionError):
        call("render", *PICTURES, *kept, *arguments)


def refusal_of(call, code, *arguments):
    """Run a command that must fail; return its one line on stderr. It must leave no new file."""
    before = names(Path.cwd())
    found, out, error = call(*arguments)
    assert found == code, error
    assert out == ""
    assert len(error.splitlines()) == 1, error
    assert error.startswith("ortstyle: ")
    assert "Traceback" not in error
    assert names(Path.cwd()) == before
    return error


def names(folder):
    """Return the sorted names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def pixels_of(path):
    """Return the size and pixels of a picture, without the embedded settings."""
    with Image.open(path) as picture:
        return picture.size, picture.convert("RGB").tobytes()


def embedded_run(path):
    """Return the description of the run that the file of a picture holds."""
    return json.loads(read_embedded_text(path))


def read_trace(path):
    """Return the description of the run in a trace, and the lines of its evaluations."""
    first, *rest = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    assert set(first) == {"run"}
    return first["run"], rest
