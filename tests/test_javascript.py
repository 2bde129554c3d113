"""The exported graph in JavaScript: Node and a browser find Python's loss and gradient."""

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import numpy as np
import pytest
from networks import VGG19, difference, picture

from ortstyle.export import export_graph
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

SCRIPTS = Path(__file__).with_name("javascript")
DOCUMENT = Path(__file__).parents[1] / "export" / "javascript.md"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHAPE = (33, 40)  # odd rows all the way down: 33, 16, 8, 4, 2
PICTURES = {name: picture(*SHAPE, seed) for seed, name in enumerate(("content", "style", "image"))}
TOLERANCE = 1e-4
SECONDS = 120


def objective_of(content, style):
    network, device = Network.open(VGG19), find_device("cpu")
    return WholeObjective(network, content, styles=[style], settings=Settings(), device=device)


@pytest.fixture(scope="module")
def objective():
    """Return Python's objective, whose graphs are not the exported one."""
    pytest.importorskip("onnxruntime")
    with objective_of(PICTURES["content"], PICTURES["style"]) as objective:
        yield objective


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a folder with the exported graph, its description and the pictures."""
    folder = tmp_path_factory.mktemp("exported")
    height, width = SHAPE
    export_graph(folder / "out.onnx", width=width, height=height, settings=Settings())
    for name, pixels in PICTURES.items():
        (folder / name).write_bytes(pixels.astype("<f4").tobytes())
    return folder


@pytest.fixture(scope="module", params=["node", "chromium"])
def found(request):
    """Return the results of Node and of the browser."""
    package, programs = {
        "node": ("onnxruntime-node", ("node",)),
        "chromium": ("onnxruntime-web", BROWSERS),
    }[request.param]
    program = next(filter(None, map(shutil.which, programs)), None)
    if program is None:
        pytest.skip(f"needs {request.param}")
    if not (SCRIPTS / "node_modules" / package).is_dir():
        pytest.skip(f"needs {package}: npm install --ignore-scripts in tests/javascript")
    folder = request.getfixturevalue("exported")
    run = run_node if request.param == "node" else run_browser
    result = json.loads(run(program, folder))
    assert "error" not in result
    shape = (1, 3, *SHAPE)
    arrays = {k: np.reshape(result[k], shape).astype(np.float32) for k in ("gradient", "painted")}
    return result | arrays


def run_node(program, folder):
    files = [folder / name for name in ("out.onnx", "out.json", *PICTURES)]
    command = [program, SCRIPTS / "node.mjs", *files]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def run_browser(program, folder):
    with serve(folder) as (address, results):
        profile = f"--user-data-dir={folder / 'profile'}"
        command = [program, *FLAGS, profile, f"{address}/page.html"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, **silent) as process:
            try:
                return results.get(timeout=SECONDS)
            except Empty:
                pytest.fail(f"no result from {program} after {SECONDS} s")
            finally:
                process.terminate()


@contextmanager
def serve(folder):
    """Serve the page with a folder's files beside it; yield its address and what it posts."""
    results = Queue()

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = {  # noqa: RUF012  some systems' tables differ, and modules need theirs
            ".html": "text/html",
            ".mjs": "text/javascript",
            ".wasm": "application/wasm",
            "": "application/octet-stream",
        }

        def translate_path(self, path):
            made = folder / path.lstrip("/")
            return str(made) if made.is_file() else super().translate_path(path)

        def do_POST(self):
            results.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    def handler(*arguments):
        return Handler(*arguments, directory=SCRIPTS)

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", results
        finally:
            server.shutdown()


@pytest.mark.javascript
def test_loss_and_gradient_are_pythons(found, objective):
    expected = objective(PICTURES["image"])
    assert found["loss"] == pytest.approx(expected.loss, rel=TOLERANCE)
    assert difference(found["gradient"], expected.gradient) < TOLERANCE


@pytest.mark.javascript
def test_gradient_descent_lowers_the_loss_as_python_sees_it(found, objective):
    assert found["after"] < 0.9 * found["loss"]
    assert objective(found["painted"]).loss == pytest.approx(found["after"], rel=TOLERANCE)


@pytest.mark.javascript
def test_other_pictures_have_another_loss_and_gradient(objective):
    expected = objective(PICTURES["image"])
    with objective_of(PICTURES["style"], PICTURES["content"]) as swapped:
        others = [objective(PICTURES["style"]), swapped(PICTURES["image"])]
    for other in others:
        assert abs(other.loss / expected.loss - 1) > 10 * TOLERANCE
        assert difference(other.gradient, expected.gradient) > 10 * TOLERANCE


def test_the_documented_code_is_what_runs_here():
    document = DOCUMENT.read_text("utf-8")
    blocks = re.findall(r"^```(?:js|html)\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    files = {path.name: path.read_text("utf-8") for path in SCRIPTS.glob("*.*") if path.is_file()}
    for block in blocks:
        assert any(block in text for text in files.values()), block
    assert {files[f"{name}.mjs"] for name in ("evaluate", "node", "page")} <= set(blocks)
