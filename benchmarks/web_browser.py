"""Chromium for the benchmark of the browser page, driven as the tests drive it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

OWN = Path(__file__).parent
HARNESS = OWN.parent / "tests" / "javascript" / "browser.mjs"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PATIENCE = 1800  # seconds for a visit
_TRIES = 3
_COLLECTED = "Promise was collected"  # of a page, by Chromium while it is waited for, at times


def command(script: str, address: str, profile: Path, *arguments: object) -> list[str]:
    """Return the command that runs a script of this folder in Chromium.

    `profile` is the folder of Chromium's profile. The environment variable CHROMIUM may name the
    program.
    """
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None or shutil.which("node") is None:
        sys.exit("needs Chromium and Node")
    if not (HARNESS.parent / "node_modules" / "puppeteer-core").is_dir():
        sys.exit("needs puppeteer-core: npm install --ignore-scripts in tests/javascript")
    words = ["node", HARNESS, program, profile, OWN / script, address, *arguments]
    return [str(word) for word in words]


def visit(address: str, profile: Path, *arguments: object) -> dict[str, Any]:
    """Visit a page by web_visit.mjs, and return what it has found."""
    for _ in range(_TRIES):
        done = subprocess.run(
            command("web_visit.mjs", address, profile, *arguments),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            encoding="utf-8",
        )
        if _COLLECTED not in done.stderr:
            break
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)["found"]
    return found


class BrowserEvaluations:
    """Evaluations by the page's engine in a Chromium of its own; a context manager.

    Parameters
    ----------
    address
        The address of a site with pictures, of `web_site.add_evaluations`.
    backend
        "wasm" or "webgpu"; the latter is SwiftShader, a graphics processor of software.
    threads
        Of WebAssembly, where the page is isolated.
    """

    def __init__(self, address: str, *, backend: str, threads: int) -> None:
        self._profile = TemporaryDirectory(ignore_cleanup_errors=True)
        profile = Path(self._profile.name, "profile")
        self._process = subprocess.Popen(
            command("web_evaluations.mjs", address, profile, backend),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        #: What the device is.
        self.device = self._ask({"type": "start", "backend": backend, "threads": threads})

    def open(self, side: int) -> None:
        """Prepare square pictures of a side."""
        self._ask({"type": "open", "side": side})

    def evaluate(self) -> tuple[float, float]:
        """Evaluate once; return the seconds and the loss."""
        found = self._ask({"type": "evaluate"})
        return found["seconds"], found["loss"]

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"fault": "Chromium has ended"}
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the script ends with its input
        self._profile.cleanup()
