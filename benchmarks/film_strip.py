"""The strip of frames in the manual: a clip, painted frame by frame, and painted as a film.

    python benchmarks/film_strip.py docs/video/strip.jpg --folder FOLDER [--size 512]
        [--frames 13] [--iterations 120] [--shown 4] [--crop 176]

paints the first frames of a real clip (`film_clips.py`) twice, each by itself and as a film, and
lays the last of them below each other: the clip, the frames painted by themselves, and the film.
Below each are its differences along the motion of the clip, amplified. FOLDER is as that of
`video.py`: what is there is not painted again. At the end it says what the picture shows, and whose
the clip is.
"""

import argparse
import io
from pathlib import Path

from film_clips import CLIPS, RealClip, fetch, read_clip, write_frames
from film_motion import EstimatedMotion, Film
from film_painters import Order, painted
from film_sheets import draw_film_sheet
from PIL import Image

from ortstyle.packaged import packaged_path
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.presets import from_preset
from ortstyle.settings.settings import Settings

TITLES = {"none": "painted frame by frame", "flow": "painted as a film"}
"""The engines of `film_painters` that are shown, and what is written above their frames."""

_MOST_BYTES = 150_000  # of a picture of the manual
_QUALITIES = range(90, 44, -5)


def main() -> None:
    """Paint, draw and say what is shown."""
    arguments = _parsed()
    if arguments.threads:
        limit_threads(arguments.threads)
    clip = next(clip for clip in CLIPS if clip.name == arguments.clip)
    settings = {"size": arguments.size}
    if arguments.iterations:
        settings["iterations"] = arguments.iterations
    films, motion = _films(clip, arguments, from_preset("default", settings))
    shown = range(arguments.frames - arguments.shown, arguments.frames)
    sheet = draw_film_sheet(films, motion, shown, side=arguments.crop)
    quality = save_small(sheet, arguments.output)
    size = f"{sheet.width}×{sheet.height}, {arguments.output.stat().st_size} bytes"
    print(f"{arguments.output} ({size}, quality {quality}): frames {shown[0]} to {shown[-1]}")
    print(f"made from {clip.author}, {clip.licence}")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("output", type=Path, help="the picture, a JPEG")
    parser.add_argument("--folder", type=Path, required=True, help="of clips and painted frames")
    parser.add_argument("--clip", choices=[clip.name for clip in CLIPS], default="bunny")
    parser.add_argument("--size", type=int, default=512, help="longest side in pixels (512)")
    parser.add_argument("--frames", type=int, default=13, help="that are painted (13)")
    parser.add_argument("--shown", type=int, default=4, help="of them, the last ones (4)")
    parser.add_argument("--crop", type=int, default=176, help="of their middle, in pixels (176)")
    parser.add_argument("--iterations", type=int, help="of a single picture (the preset's)")
    parser.add_argument("--style", type=Path, default=packaged_path("examples", "painting.jpg"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, help="of the processor (as many as there are)")
    arguments = parser.parse_args()
    if not 0 < arguments.shown < arguments.frames:
        parser.error("--shown: at least 1, and fewer than --frames")
    return arguments


def _films(
    clip: RealClip, arguments: argparse.Namespace, settings: Settings
) -> tuple[dict[str, Film], EstimatedMotion]:
    """Return the clip and the painted films by title, and the motion of the clip."""
    path, folder = fetch(clip, arguments.folder / "clips"), arguments.folder / clip.name
    pictures = read_clip(path, arguments.frames, side=arguments.size)
    fine = read_clip(path, arguments.frames, side=2 * arguments.size)
    height, width = pictures[0].shape[:2]
    names = tuple(folder / "source" / f"{t:05d}.png" for t in range(len(pictures)))
    names[0].parent.mkdir(parents=True, exist_ok=True)
    for name, picture in zip(names, pictures, strict=True):
        if not name.exists():
            Image.fromarray(picture).save(name)
    if not (folder / "source.mkv").exists():
        write_frames(pictures.__getitem__, len(pictures), folder / "source.mkv")
    order = Order(
        source=folder / "source.mkv",
        frames=names,
        style=arguments.style,
        settings=settings,
        film=FilmSettings(),
        device=arguments.device,
    )
    films: dict[str, Film] = {"the clip": pictures.__getitem__}
    for engine, title in TITLES.items():
        films[title] = painted(engine, order, folder / engine).frame
    return films, EstimatedMotion(fine.__getitem__, (width, height))


def save_small(picture: Image.Image, output: Path) -> int:
    """Write a JPEG of at most 150 kB in the best quality that fits, and return that quality.

    Raises
    ------
    OSError
        It is larger even in the least quality, and would look bad.
    """
    for quality in _QUALITIES:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(file.getvalue()) <= _MOST_BYTES:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_bytes(file.getvalue())
            return quality
    raise OSError(
        f"{output} would have more than {_MOST_BYTES} bytes; show less, or a smaller crop"
    )


if __name__ == "__main__":
    main()
