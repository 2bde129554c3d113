"""Chromium as the tests drive it: scripts of tests/javascript, and a server of files for them."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

SCRIPTS = Path(__file__).with_name("javascript")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 300
_TRIES = 3
_COLLECTED = b"Promise was collected"  # of a page, by Chromium while it is waited for, at times
POLICY = (  # the studio's
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def browser_or_skip():
    """Return the path of Chromium; skip the test where it or what drives it is not installed."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.skip("needs Chromium")
    if shutil.which("node") is None:
        pytest.skip("needs Node")
    if not (SCRIPTS / "node_modules" / "puppeteer-core").is_dir():
        pytest.skip("needs puppeteer-core: npm install --ignore-scripts in tests/javascript")
    return found


def drive(script, address, folder, *arguments, seconds=SECONDS):
    """Run a script of tests/javascript in Chromium, with its profile in a folder.

    Returns what the script found and the errors that its pages told.
    """
    command = ["node", SCRIPTS / "browser.mjs", browser_or_skip(), folder / "profile"]
    command += [SCRIPTS / script, address, *arguments]
    for _ in range(_TRIES):
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        if _COLLECTED not in done.stderr:
            break
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    result = json.loads(done.stdout)
    return result["found"], result["faults"]


def run_in_node(script, module, folder):
    """Return what a script of tests/javascript finds of one of the page's modules, without a page.

    The module is copied to the folder, because only a package of its own makes it one for Node.
    """
    if shutil.which("node") is None:
        pytest.skip("needs Node")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    copied = folder / module.name
    copied.write_text(module.read_text("utf-8"), "utf-8")
    command = ["node", SCRIPTS / script, copied.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def serve_files(folders, *, policy=POLICY, headers=None, gunzipped=()):
    """Serve files under a policy, by default the studio's, and yield the address.

    `folders` are beginnings of paths, such as "/page/", and the folder that each stands for;
    `headers` are further headers; files that end in ".gz" under the paths `gunzipped` are sent so
    that the browser ungzips them.
    """

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = {  # noqa: RUF012  some systems' tables differ, and modules need theirs
            ".css": "text/css",
            ".html": "text/html; charset=utf-8",
            ".js": "text/javascript",
            ".json": "application/json",
            ".mjs": "text/javascript",
            ".svg": "image/svg+xml",
            "": "application/octet-stream",
        }

        def translate_path(self, path):
            path = path.partition("?")[0]
            begins = max((each for each in folders if path.startswith(each)), key=len)
            return str(Path(folders[begins], path.removeprefix(begins)))

        def end_headers(self):
            self.send_header("Content-Security-Policy", policy)
            if self.path.endswith(".gz") and self.path.startswith(tuple(gunzipped)):
                self.send_header("Content-Encoding", "gzip")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
