"""Times a picture in tiles on one and on two single-thread workers of a Dask cluster.

    python benchmarks/cluster_tiles.py --size 2048 --evaluations 4
    python benchmarks/cluster_tiles.py --size 1024 --segments

The first prints, for one worker, for two, and for two of which one is killed on the way, the
seconds and bytes of an evaluation after the first one, and whether all three pictures are the same
to the last bit; all have the same tiles. The machine should have two free cores.

`--segments` instead compares, on two workers, the network in one segment, whose tiles have margins
for its deepest layer, with the network in several segments, between which boundaries are exchanged.
"""

import argparse
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from statistics import mean
from threading import Timer
from time import perf_counter
from typing import Any


def main() -> None:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=1024, help="sides in pixels (1024)")
    parser.add_argument("--evaluations", type=int, default=4, help="at each painting (4)")
    parser.add_argument("--segments", action="store_true", help="compare ways to cut the network")
    arguments = parser.parse_args()
    os.environ["ORTSTYLE_THREADS"] = "1"  # of this process and of the workers that it starts
    if arguments.segments:
        compare_segments(arguments.size, arguments.evaluations)
    else:
        compare_workers(arguments.size, arguments.evaluations)


def compare_workers(size: int, evaluations: int) -> None:
    """Paint on one worker, on two, and on two of which one dies."""
    found = {}
    for name, workers, dies in (("one", 1, False), ("two", 2, False), ("one of two dies", 2, True)):
        seconds, traffic, digest = paint(size, evaluations, workers=workers, dies=dies)
        found[name] = mean(seconds[1:]), digest
        print(
            f"{name}: {mean(seconds[1:]):.1f} s an evaluation (first {seconds[0]:.1f} s), "
            f"{traffic[0] / 1e6:.1f} MB sent and {traffic[1] / 1e6:.1f} MB received; "
            f"sha256 {digest[:16]}",
            flush=True,
        )
    ratio = found["two"][0] / found["one"][0]
    are = "are" if len({digest for _, digest in found.values()}) == 1 else "are NOT"
    print(
        f"two workers take {ratio:.2f} of the time of one; the pictures {are} the same bit for bit"
    )


@contextmanager
def cluster_of(workers: int) -> Iterator[tuple[Any, Any]]:
    """Start a cluster on this machine, with processes of one thread, and connect to it."""
    from distributed import LocalCluster

    from ortstyle.jobs.cluster_tiles import ClusterTiles

    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            memory_limit=0,
            silence_logs=50,
        ) as cluster,
        ClusterTiles(cluster.scheduler_address, device="cpu", parts=2) as found,
    ):
        found.memory = None  # so that all have the same tiles
        yield cluster, found


def paint(
    size: int, evaluations: int, *, workers: int, dies: bool
) -> tuple[list[float], list[int], str]:
    """Paint noise; return seconds of each evaluation, bytes of one, and the picture's hash."""
    import numpy as np

    from ortstyle import Settings, stylize

    content, style = noise(size, 1), noise(size, 2)
    settings = Settings(size=size, scales=1, iterations=evaluations)
    seconds, traffic = [], []
    with cluster_of(workers) as (cluster, tiles):
        run = stylize(content, style, settings, device="cpu", workers=tiles)
        picture = None
        if workers == 1:
            print(run.summary, flush=True)
        begin = perf_counter()
        for iterate in run:
            picture = iterate
            seconds.append(perf_counter() - begin)
            traffic.append((tiles.traffic.sent, tiles.traffic.received))
            if dies and len(seconds) == 2:  # within the third evaluation
                Timer(seconds[1] / 3, kill_one, [cluster.scheduler_address]).start()
            begin = perf_counter()
        digest = sha256(np.asarray(picture.image).tobytes()).hexdigest()
        run.close()
    each = [last - before for last, before in zip(traffic[1], traffic[0], strict=True)]
    return seconds, each, digest


def kill_one(address: str) -> None:
    """Kill the process of the first worker of a cluster; its nanny starts another."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        _, pid = min(client.run(os.getpid).items())
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def compare_segments(size: int, evaluations: int) -> None:
    """Evaluate noise with the network in one segment and in several, in turns."""
    from ortstyle import Settings
    from ortstyle.graph.network import Network
    from ortstyle.graph.segments import segment_inputs, segments_of
    from ortstyle.objective.tiled import TiledObjective
    from ortstyle.packaged import packaged_path
    from ortstyle.runtime.device_lookup import find_device

    network, settings = Network.open(packaged_path("models", "vgg19.onnx")), Settings(size=size)
    content, style, image = (pixels(size, seed) for seed in range(3))
    with cluster_of(2) as (_, workers):
        for most in (1, 2, 9) * 2:
            segments = segments_of(network, settings, most=most)
            inputs = segment_inputs(segments, (size, size), settings)
            tiles = [halves(*each) for each in zip(segments, inputs, strict=True)]
            with TiledObjective(
                network,
                content,
                styles=[style],
                settings=settings,
                device=find_device("cpu"),
                tiles=tiles,
                workers=workers,
            ) as objective:
                objective(image)  # makes sessions, and sends what is the same in all evaluations
                before, begin = workers.traffic.sent + workers.traffic.received, perf_counter()
                for _ in range(evaluations):
                    objective(image)
                seconds = (perf_counter() - begin) / evaluations
                moved = workers.traffic.sent + workers.traffic.received - before
            print(
                f"{len(segments)} segments: {seconds:.1f} s and {moved / evaluations / 1e6:.1f} MB "
                "an evaluation",
                flush=True,
            )


def halves(segment: Any, size: tuple[int, int]) -> Any:
    """Return tiles that cut a segment's input into a left and a right half."""
    from ortstyle.objective.tiles import TileSizes

    margins = segment.margins
    width = -(-(size[1] + 2 * margins.margin) // (2 * margins.align)) * margins.align
    return TileSizes((size[0], width), (size[0], width))


def noise(size: int, seed: int) -> Any:
    """Return a picture of soft noise."""
    import numpy as np
    from PIL import Image

    small = np.random.default_rng(seed).integers(0, 256, (size // 8, size // 8, 3), np.uint8)
    return Image.fromarray(small).resize((size, size), Image.Resampling.BICUBIC)


def pixels(size: int, seed: int) -> Any:
    """Return such a picture as an array (1, 3, H, W) float32."""
    import numpy as np

    return np.asarray(noise(size, seed), np.float32).transpose(2, 0, 1)[None].copy()


if __name__ == "__main__":
    main()
