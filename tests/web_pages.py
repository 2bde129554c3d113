"""The browser page, served as it is in a site, but for its engine: a worker that paints nothing."""

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from chromium import SCRIPTS, serve_files

import ortstyle
from ortstyle.settings.presets import from_preset

ORTSTYLE = Path(ortstyle.__file__).parent
STUDIO, PAGE = ORTSTYLE / "studio" / "page", ORTSTYLE / "web" / "page"

OFFLINE = """
export const isolateIfUseful = () => false;
export const registerOffline = ({ tell, after }) => after.then(() => tell({ state: "ready" }));
"""


@contextmanager
def serve_page(folder):
    """Serve the page and yield the address; what has to be written goes to the folder."""
    described = {"settings": asdict(from_preset()), "sizes": [128, 256, 512, 768, 1024]}
    (folder / "site.json").write_text(json.dumps(described, default=str), "utf-8")
    (folder / "blank.html").write_text(
        '<!doctype html><title>blank</title><link rel="icon" href="data:,">', "utf-8"
    )
    folders = page_folders(folder)
    folders |= {
        "/": folder,
        "/engine/worker.js": SCRIPTS / "fake-web-worker.mjs",
    }
    with serve_files(folders) as address:
        yield address


def page_folders(folder):
    """Return the folders and files of the page as `serve_files` takes them, with all of its engine.

    Its service worker, which would keep files for the next test, is replaced by a file in a folder.
    """
    (folder / "offline.js").write_text(OFFLINE, "utf-8")
    own = ("app/", "engine/", "text/", "index.html", "web.css")
    studio = ("components/", "js/", "icons.svg", "studio.css", "viewer.css")
    return {
        **{f"/{name}": PAGE / name for name in own},
        **{f"/{name}": STUDIO / name for name in studio},
        "/app/offline.js": folder / "offline.js",
        "/examples/": ORTSTYLE / "examples",
    }
