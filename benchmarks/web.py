"""What the browser page weighs, how soon it shows a first draft, and how fast it evaluates.

    pip install ".[cpu]"
    npm install --ignore-scripts --prefix tests/javascript
    python benchmarks/web.py --runtime tests/javascript/node_modules/onnxruntime-web
    python benchmarks/web.py --only pictures --pictures FOLDER --runtime …

It writes a site as `ortstyle web` does, and opens it in Chromium as the tests do (the environment
variable CHROMIUM may name the program), from this machine, so that no time is spent on a network.
It prints Markdown:

- `wire`: bytes of the site, as a host that compresses nothing sends them, and what of them is
  fetched before a picture of 128 pixels is painted; the rest is fetched afterwards, so that the
  page works without a network.
- `draft`: seconds from the navigation until the page can paint, and until the first preview of a
  painting of 128 pixels is seen. A first visit has an empty profile of Chromium, a later one the
  profile of a first one, which has kept all files. The pictures are chosen as soon as the page can
  paint; the page shows no preview in the first second of painting.
- `evaluations`: evaluations of loss and gradient a second by the page's engine, beside Python's in
  the same run and on as many threads, one after another; of squares, with one evaluation that is
  not counted. WebAssembly has vectors of 128 bits. WebGPU runs on SwiftShader, which computes on
  the processor: its time says nothing of a graphics processor. `--no-webgpu` leaves it out.
- `pictures`, with `--pictures FOLDER`: what the page and `ortstyle render` paint of the example at
  128 and 256 pixels by default settings: PSNR and the last losses. The pictures are written there.

A quiet machine is needed but for `wire` and `pictures`.
"""

import argparse
import base64
import io
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image
from web_browser import visit
from web_evaluations import HEAD, WEBGPU_SIDE, measure
from web_site import add_evaluations, serve, wire_rows

from ortstyle.packaged import packaged_path
from ortstyle.web.runtime import VERSION
from ortstyle.web.site import write_site

PARTS = ("wire", "draft", "evaluations", "pictures")
DRAFT = 128  # pixels
_WIDTHS = {"avx512f": 512, "avx2": 256}  # bits of vectors by the flags of Linux
_EXAMPLES = [packaged_path("examples", name) for name in ("photo.jpg", "painting.jpg")]


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--site", type=Path, help="an earlier site (a new one is written)")
    parser.add_argument("--runtime", type=Path, help="the npm package onnxruntime-web (from npm)")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where pictures go")
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256], help="of pictures")
    parser.add_argument("--iterations", type=int, help="evaluations of a picture (the default's)")
    parser.add_argument("--sides", type=int, nargs="*", default=[64, 128, 256])
    parser.add_argument("--runs", type=int, default=7, help="evaluations (%(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="visits (%(default)s)")
    parser.add_argument("--no-webgpu", action="store_true", help="SwiftShader takes minutes")
    options = parser.parse_args()
    print(about(), flush=True)
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        site = options.site or Path(name, "site")
        if not options.site:
            write_site(site, runtime=options.runtime)
        if "wire" in options.only:
            print_wire(site, Path(name))
        if "draft" in options.only:
            print_draft(site, Path(name), options.repeat)
        if "evaluations" in options.only:
            print("\n## Evaluations\n")
            print(HEAD, flush=True)
            timed = Path(name, "timed")
            add_evaluations(site, timed, sorted({*options.sides, WEBGPU_SIDE}))
            webgpu = not options.no_webgpu
            for row in measure(timed, options.sides, runs=options.runs, webgpu=webgpu):
                print(row, flush=True)
        if "pictures" in options.only and options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            print_pictures(site, options, Path(name))


def about() -> str:
    """Return what the figures depend on: date, processor and versions."""
    today = date.today()  # noqa: DTZ011  the reader's own day
    packages = ", ".join(f"{name} {version(name)}" for name in ("ortstyle", "onnxruntime"))
    system = f"{platform.system()}, Python {platform.python_version()}"
    return (
        f"{today}: {os.cpu_count()} cores of {processor()}, {system}, {packages}, "
        f"onnxruntime-web {VERSION}, load {load()}"
    )


def load() -> str:
    """Return the load of the last minute, where the system tells it."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def processor(path: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of the processor and the width of its vectors, where Linux tells them."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = told.get("model name") or platform.machine()
    if "cpu family" in told:
        name += f" (family {told['cpu family']}, model {told['model']})"
    flags = told.get("flags", "").split()
    width = next((bits for flag, bits in _WIDTHS.items() if flag in flags), 128)
    return f"{name} with vectors of {width} bits"


def print_wire(site: Path, folder: Path) -> None:
    """Print what the parts of a site weigh."""
    files = {
        path.relative_to(site).as_posix(): path.stat().st_size
        for path in site.rglob("*")
        if path.is_file()
    }
    with serve(site, without=("sw.js",)) as server:  # which fetches the rest
        visit(server.address, folder / "wire", *_EXAMPLES, DRAFT, "draft")
        fetched = {path for path in server.sent if path in files}
    print("\n## On the wire, MB\n")
    print(f"| part | files | whole | before a {DRAFT} px draft, WebGPU | the same, WebAssembly |")
    print("|---|---|---|---|---|")
    print("\n".join(wire_rows(files, fetched)), flush=True)


def print_draft(site: Path, folder: Path, repeat: int) -> None:
    """Print how soon the page can paint and shows a first preview, in first and later visits."""
    first: list[dict[str, Any]] = []
    reloaded: list[dict[str, Any]] = []
    later: list[dict[str, Any]] = []
    kinds = {
        "first visit, isolated by its host": first,
        "first visit, isolated by its service worker": reloaded,
        "later visit": later,
    }
    sent: list[tuple[int, int]] = []
    for run in range(repeat):
        profile = folder / f"profile-{run}"
        with serve(site) as server:
            first.append(visit(server.address, profile, *_EXAMPLES, DRAFT, "kept"))
            before = server.sent.total()
            later.append(visit(server.address, profile, *_EXAMPLES, DRAFT, "draft"))
            sent.append((before, server.sent.total() - before))
        with serve(site, isolating=False) as server:
            other = folder / f"other-{run}"
            reloaded.append(visit(server.address, other, *_EXAMPLES, DRAFT, "draft"))
    print(f"\n## Until the first draft, s ({first[0]['browser']}, WebAssembly)\n")
    print("\n".join(draft_rows(kinds)))
    whole, again = (median(each) / 1e6 for each in zip(*sent, strict=True))
    print(f"\nSent in a first visit until all is kept: {whole:.1f} MB; in a later one {again:.1f}.")


def draft_rows(kinds: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return a table in Markdown of visits by their kinds."""
    rows = ["| visit | can paint, median | first preview, median | least | most |"]
    rows.append("|---|---|---|---|---|")
    for kind, visits in kinds.items():
        ready, previews = ([each[name] for each in visits] for name in ("ready", "preview"))
        cells = median(ready), median(previews), min(previews), max(previews)
        rows.append(f"| {kind} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    return rows


def print_pictures(site: Path, options: argparse.Namespace, folder: Path) -> None:
    """Paint the example with the page and with Python, and print how the pictures differ."""
    print("\n## Pictures\n")
    print("| size | PSNR, dB | evaluations | last loss, page | Python | the page's loss more by |")
    print("|---|---|---|---|---|---|")
    out, count = options.pictures, options.iterations
    for size in options.sizes:
        with serve(site) as server:
            profile = folder / f"picture-{size}"
            more = [] if count is None else [count]
            found = visit(server.address, profile, *_EXAMPLES, size, "picture", *more)
        page = Image.open(io.BytesIO(base64.b64decode(found["png"]))).convert("RGB")
        page.save(out / f"page-{size}.png")
        picture, trace = out / f"python-{size}.png", out / f"python-{size}.jsonl"
        render = [sys.executable, "-m", "ortstyle", "render", *_EXAMPLES, "-o", picture, "--quiet"]
        render += ["--size", size, "--device", "cpu", "--trace", trace, "--overwrite"]
        render += [] if count is None else ["--iterations", count]
        subprocess.run([str(word) for word in render], check=True)
        last = json.loads(trace.read_text("utf-8").splitlines()[-1])["loss"]
        with Image.open(picture) as image:
            apart = psnr(page, image.convert("RGB"))
        evaluations, loss = found["losses"][-1]
        print(
            f"| {size} | {apart:.1f} | {evaluations} | {loss:.5g} | {last:.5g} "
            f"| {100 * (loss / last - 1):+.1f} % |",
            flush=True,
        )


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio of two pictures of one size, in decibels."""
    difference = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return float(10 * np.log10(255**2 / np.maximum(np.mean(difference**2), 1e-9)))


if __name__ == "__main__":
    main()
