"""Sites with a page of a few lines and files of a few bytes, but the real service worker."""

import gzip
from importlib.resources import files

from ortstyle.web.site_folder import write_folder
from ortstyle.web.site_record import assemble_site

_INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; \
connect-src 'self'; worker-src 'self'">
<title>A small site</title>
<h1>HEADING</h1>
<script type="module" src="app/main.js"></script>
"""
_MAIN = """import { isolateIfUseful, registerOffline } from "./offline.js";

const loads = Number(sessionStorage.getItem("loads") ?? 0) + 1;
sessionStorage.setItem("loads", loads);
const isWanted = location.search === "?isolate";
if (!(isWanted && (await isolateIfUseful(true, 120_000)))) {
  window.told = [];
  registerOffline({ tell: (what) => window.told.push(what) });
}
"""


def write_small_site(folder, *, heading="A small site", graph=b"a graph"):
    """Write a site to a folder, and return the folder."""
    page = files("ortstyle.web") / "page"
    content = {
        "index.html": _INDEX.replace("HEADING", heading).encode(),
        "sw.js": (page / "sw.js").read_bytes(),
        "app/main.js": _MAIN.encode(),
        "app/offline.js": (page / "app" / "offline.js").read_bytes(),
        "app/thread.js": b"postMessage(self.crossOriginIsolated);",
        "graphs/loss-48.json.gz": gzip.compress(graph, mtime=0),
        "runtime/ort.wasm.min.mjs": b"export default 1;",
        "vgg19.gz": gzip.compress(bytes(range(256)) * 400, mtime=0),
    }
    written, record = assemble_site(content, {})
    write_folder(folder, written, record)
    return folder
