"""The modules of the page's engine, run in Node by scripts of tests/javascript."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import ortstyle

ENGINE = Path(ortstyle.__file__).parent / "web" / "page" / "engine"
SCRIPTS = Path(__file__).with_name("javascript")
_KINDS = ("float32", "float64", "uint8")


def pack(values, dtype="<f8"):
    """Return numbers as JSON can hold them all, with NaN, infinities and every bit."""
    array = np.asarray(values, dtype)
    return {array.dtype.name: base64.b64encode(array.tobytes()).decode()}


def run_engine(script, cases, folder, *, package=None):
    """Return what a script of tests/javascript finds for cases, which are values of JSON.

    The engine is copied to the folder, because only a package of its own makes it modules for Node.
    The script is given the address of the copied folder and the path of the cases. Arrays in the
    cases are packed as float32 and bytes as uint8; what was packed by `pack` here or in arrays.mjs
    is a flat array in what is found. The test is skipped where Node or the npm package that the
    script needs is not installed.
    """
    if shutil.which("node") is None:
        pytest.skip("needs Node")
    if package and not (SCRIPTS / "node_modules" / package).is_dir():
        pytest.skip(f"needs {package}: npm install --ignore-scripts in tests/javascript")
    shutil.copytree(ENGINE, folder / "engine", dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    written = folder / "cases.json"
    written.write_text(json.dumps(cases, allow_nan=False, default=_packed), "utf-8")
    command = ["node", SCRIPTS / script, (folder / "engine").as_uri() + "/", written]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, object_hook=_unpacked)


def call_engine(calls, folder):
    """Call functions of the engine and return what each returned.

    Parameters
    ----------
    calls
        Tuples of a module's file name, the name of a function, and its arguments. Arrays arrive
        as Float32Array, bytes as Uint8Array.
    folder
        Where the modules are copied to.

    Returns
    -------
    list
        Typed arrays as float32 arrays; what was thrown as a `RuntimeError`.
    """
    answers = run_engine("calls.mjs", calls, folder)
    return [RuntimeError(a["threw"]) if "threw" in a else a["is"] for a in answers]


def _packed(array):
    if isinstance(array, bytes):
        return pack(np.frombuffer(array, np.uint8), "u1")
    return pack(array, "<f4")


def _unpacked(found):
    kind = next(iter(found), None)
    if len(found) != 1 or kind not in _KINDS or not isinstance(text := found[kind], str):
        return found
    return np.frombuffer(base64.b64decode(text), np.dtype(kind).newbyteorder("<"))
