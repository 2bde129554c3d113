"""How soon a studio is there and shows a first draft, and whether it stays the same for hours.

    pip install ".[cpu,studio,benchmark]"
    python benchmarks/studio.py start [--repeat 5] [--threads 2]
    python benchmarks/studio.py soak [--jobs 3000] [--minutes 480] [--size 64] [--iterations 3]

Both start a studio of their own, on a temporary folder.

`start` prints the seconds from the command until the page with its scripts has been answered; and,
ten seconds later, those from the end of the second upload until the first preview of a draft, and
the draft itself, were answered. The pictures are the example of the package. A quiet machine is
needed.

`soak` has thousands of tiny paintings painted, while one tab looks on and another one comes and
goes, and pictures are sent, paused and removed; it prints the memory, descriptors and threads of
the server, the memory of the processes that it has started, and the size of its folder.
"""

import argparse
import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from studio_client import Client, StudioProcess
from studio_samples import HEAD, after_warm_up, growth, row
from studio_soak import Soak

from ortstyle.packaged import packaged_path
from ortstyle.studio.http.page_files import page_files

_SETTLED = 10.0  # seconds for which the page has been open before pictures are dropped
_LOOKS = 0.05  # seconds between two looks for a preview
_SIDE = 512  # pixels of a preview
_PACKAGES = ("onnxruntime", "starlette", "uvicorn")


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    start = kinds.add_parser("start", help="how soon the page and a draft are there")
    start.add_argument("--repeat", type=int, default=5, help="studios (%(default)s)")
    start.add_argument("--threads", type=int, default=0, help="processor threads (all)")
    soak = kinds.add_parser("soak", help="whether memory and descriptors stay")
    soak.add_argument("--jobs", type=int, default=3000, help="paintings, at least (%(default)s)")
    soak.add_argument("--minutes", type=float, default=480, help="at most (%(default)s)")
    soak.add_argument("--size", type=int, default=64, help="longest side, pixels (%(default)s)")
    soak.add_argument("--iterations", type=int, default=3, help="of a painting (%(default)s)")
    soak.add_argument("--every", type=float, default=30, help="seconds of a row (%(default)s)")
    soak.add_argument("--warm-up", type=int, default=200, help="paintings (%(default)s)")
    options = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    print(f"{cpu_count()} cores, Python {platform.python_version()}, {versions}\n")
    if options.kind == "start":
        print_start(options.repeat, options.threads)
    else:
        print_soak(options)


def print_start(repeat: int, threads: int) -> None:
    """Print medians of the times of some studios."""
    found = [list(start_times(threads)) for _ in range(repeat)]
    print("| until | s, median | least | most |")
    print("|---|---|---|---|")
    for index, (what, _) in enumerate(found[0]):
        times = [each[index][1] for each in found]
        print(f"| {what} | {median(times):.2f} | {min(times):.2f} | {max(times):.2f} |")


def start_times(threads: int) -> Iterator[tuple[str, float]]:
    """Yield what a studio does, and after how many seconds it is done."""
    options = ["--threads", str(threads)] if threads else []
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        with StudioProcess(Path(folder) / "studio", options) as studio:
            studio.wait()
            client = Client(studio)
            for path in page_paths():
                status, _ = client.fetch(path)
                assert status == 200, path
            yield "page, from the command", time.perf_counter() - began
            events = Client(studio).events()  # the page listens all the time
            next(events)
            time.sleep(_SETTLED)
            yield from draft_times(client)
            events.close()  # type: ignore[attr-defined]
            client.close()


def page_paths() -> list[str]:
    """Return the paths that a browser fetches before the page is seen and can be used."""
    names = sorted(name for name in page_files() if name not in ("index.html", "text/de.json"))
    asked = ["studio", "form", "pictures", "queue", "paintings?limit=50", "workspace"]
    return ["/", *(f"/page/{name}" for name in names), *(f"/api/{name}" for name in asked)]


def draft_times(client: Client) -> Iterator[tuple[str, float]]:
    """Send the example and yield after which times its draft is seen, and done."""
    ids = {}
    for role, name in (("photograph", "photo.jpg"), ("painting", "painting.jpg")):
        ids[role] = client.upload(example(name), name, role)
    began = time.perf_counter()
    order = {"photograph": ids["photograph"], "paintings": [{"picture": ids["painting"]}]}
    (draft,) = client.ask("/api/paintings", "POST", {**order, "draft": True})["paintings"]
    path, is_seen = f"/api/paintings/{draft['id']}", False
    while True:
        status, picture = client.fetch(f"{path}/preview?side={_SIDE}")
        if not is_seen and status == 200 and picture:
            is_seen = True
            yield "first preview of the draft, from the drop", time.perf_counter() - began
        state = client.ask(path)["state"]
        if state in ("failed", "stopped"):
            raise RuntimeError(f"the draft has {state}")
        if state == "done":
            break
        time.sleep(_LOOKS)
    status, _ = client.fetch(f"{path}/image?side={_SIDE}")
    assert status == 200
    assert is_seen, "the draft was done before a preview was seen"
    yield "whole draft", time.perf_counter() - began


def example(name: str) -> bytes:
    """Return the bytes of an example picture of the package."""
    return packaged_path("examples", name).read_bytes()


def print_soak(options: argparse.Namespace) -> None:
    """Keep a studio busy, print a row now and then, and what has grown in the end."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "studio"
        with StudioProcess(folder) as studio:
            studio.wait()
            soak = Soak(studio, folder, size=options.size, evaluations=options.iterations, seed=0)
            print(HEAD, flush=True)
            samples = soak.run(
                jobs=options.jobs,
                minutes=options.minutes,
                every=options.every,
                tell=lambda sample: print(row(sample), flush=True),
            )
            words = studio.words()
        for log in folder.glob("studio.log*"):
            words += log.read_text()
    print(f"\nsaid by the studio: {words.strip() or 'nothing'}")
    settled = after_warm_up(samples, options.warm_up)
    if len(settled) > 1:
        print(f"\nSince {settled[0].done} paintings, medians of the last fifth less the first:")
        for figure in ("rss", "pss"):
            print(f"- {figure}: {growth(settled, figure) / 1e6:+.1f} MB")
        for figure in ("descriptors", "threads"):
            print(f"- {figure}: {growth(settled, figure):+.0f}")
    if soak.faults:
        raise soak.faults[0]


if __name__ == "__main__":
    main()
