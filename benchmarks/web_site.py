"""A site for the benchmark of the browser page, and a server that counts what it sends."""

import json
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from PIL import Image

from ortstyle.graph.network import Network
from ortstyle.packaged import packaged_path
from ortstyle.settings.settings import Settings
from ortstyle.web.graphs import packs

OWN = Path(__file__).parent
#: Headers by which a browser isolates a page from others, and gives its WebAssembly threads.
ISOLATING = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
_TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    "": "application/octet-stream",
}
_PARTS = {  # of a site, by how the paths of its files begin
    "vgg19.gz": "network",
    "runtime/": "ONNX Runtime",
    "graphs/": "graphs",
    "recorded": "numbers that a device is checked with",
}
_OF_PAGE = "page"
_OF_WEBGPU = (".webgpu.", ".asyncify.")  # in the names of ONNX Runtime's files


@dataclass
class Server:
    """A server that runs: its address, and the bytes that it has sent by path."""

    address: str
    sent: Counter[str]


@contextmanager
def serve(
    folder: Path, *, isolating: bool = True, without: Collection[str] = ()
) -> Iterator[Server]:
    """Serve a site, and this folder as `/benchmark/`, on a free port of this machine.

    Parameters
    ----------
    folder
        The site.
    isolating
        Whether the headers `ISOLATING` are sent.
    without
        Paths that are answered with 404.
    """
    sent: Counter[str] = Counter()

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = _TYPES

        def translate_path(self, path: str) -> str:
            path = path.partition("?")[0].lstrip("/")
            if path in without:
                return str(folder / "missing")
            if path.startswith("benchmark/"):
                return str(OWN / path.removeprefix("benchmark/"))
            return str(folder / path)

        def copyfile(self, source: Any, outputfile: Any) -> None:
            data = source.read()
            sent[self.path.partition("?")[0].lstrip("/")] += len(data)
            outputfile.write(data)

        def end_headers(self) -> None:
            for name, value in ISOLATING.items() if isolating else ():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Server(f"http://127.0.0.1:{server.server_port}", sent)
        finally:
            server.shutdown()


def add_evaluations(site: Path, folder: Path, sides: Sequence[int]) -> None:
    """Copy a site to a folder, with graphs and pictures for squares of other sides.

    The pictures, `pictures/content-N.bin` and `style-N.bin`, are those of `squares` as planes of
    float32. The copy's service worker is out of date.
    """
    shutil.copytree(site, folder)
    record = json.loads((folder / "site.json").read_text("utf-8"))
    settings = Settings()
    network = Network.open(packaged_path("models", "vgg19.onnx"))
    offered = {int(side) for side in record["kinds"]["loss"]["sides"]}
    for pack in packs(sorted(set(sides) - offered), settings=settings, network=network):
        taken = {f"{h}x{w}": count for (h, w), count in pack.evaluation_bytes.items()}
        (folder / pack.path).write_bytes(pack.data)
        record["kinds"][pack.kind]["sides"][str(pack.side)] = {
            "file": pack.path,
            "canvases": pack.canvases,
            "bytes": taken,
        }
        record["files"].pop(pack.path, None)  # a file without a hash is not checked
    (folder / "site.json").write_text(json.dumps(record), "utf-8")
    (folder / "pictures").mkdir()
    for side in sides:
        for name, picture in zip(("content", "style"), squares(side), strict=True):
            data = picture.astype("<f4").tobytes()
            (folder / "pictures" / f"{name}-{side}.bin").write_bytes(data)


def squares(side: int) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """Return the package's photograph and painting, stretched to (1, 3, side, side) float32."""
    found = []
    for name in ("photo.jpg", "painting.jpg"):
        with Image.open(packaged_path("examples", name)) as image:
            pixels = np.asarray(image.convert("RGB").resize((side, side)), np.float32)
        found.append(np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))
    return found


def part_of(path: str) -> str:
    """Return the part of a site that a file belongs to."""
    begins = next((each for each in _PARTS if path.startswith(each)), None)
    if begins == "runtime/" and not path.endswith("LICENSE"):
        kind = "WebGPU" if any(each in path for each in _OF_WEBGPU) else "WebAssembly"
        return f"ONNX Runtime for {kind}"
    return _PARTS[begins] if begins and begins != "runtime/" else _OF_PAGE


def wire_rows(files: Mapping[str, int], fetched: Collection[str]) -> list[str]:
    """Return rows of Markdown: what parts of a site weigh, and what is fetched before painting.

    Parameters
    ----------
    files
        Bytes of each file of the site by its path.
    fetched
        Paths that a visitor who paints with WebAssembly has fetched. With WebGPU it is the same but
        for ONNX Runtime's own files.
    """
    parts = sorted({part_of(path) for path in files}, key=lambda part: -_weight(files, part))
    rows, totals = [], [0, 0, 0]
    for part in parts:
        of_part = {path: count for path, count in files.items() if part_of(path) == part}
        whole = sum(of_part.values())
        early = sum(count for path, count in of_part.items() if path in fetched)
        cells = [whole, early, early]
        if part.startswith("ONNX"):
            cells[1:] = [whole if part.endswith(kind) else 0 for kind in ("WebGPU", "WebAssembly")]
        totals = [sum(pair) for pair in zip(totals, cells, strict=True)]
        rows.append(_row(part, len(of_part), cells))
    return [*rows, _row("**all**", len(files), totals)]


def _weight(files: Mapping[str, int], part: str) -> int:
    return sum(count for path, count in files.items() if part_of(path) == part)


def _row(part: str, count: int, cells: Sequence[int]) -> str:
    return f"| {part} | {count} | " + " | ".join(f"{cell / 1e6:.3f}" for cell in cells) + " |"
