"""Films for tests that are painted in milliseconds: each frame becomes a plain function of its own.

The painter stands in for `painting.scene_painter.paint_scene`; what a frame becomes depends on the
frame, on that painted before it, on its styles and its masks, so that a frame that is left out,
painted twice or painted with other styles is noticed.
"""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import films
import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.read import read_rgb
from ortstyle.settings.settings import Settings
from ortstyle.video import scenes
from ortstyle.video.film import stylize_film
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.painting.passes import last_pass, painted_indices

RATE = 25
_BASE = [Settings(size="content")]
STYLES = {"red.png": (255, 0, 0), "green.png": (0, 255, 0), "blue.png": (0, 0, 255)}


def write_styles(folder):
    for name, color in STYLES.items():
        Image.new("RGB", (64, 64), color).save(folder / name)


def settings(**changes):
    """Return settings for the size of the clip, and within `place` for the tiny network."""
    return replace(_BASE[-1], **changes)


def order(**changes):
    """Return an order for clip.mp4 and red.png in the current folder, at the clip's own size."""
    plain = {
        "source": Path("clip.mp4"),
        "styles": (Path("red.png"),),
        "output": Path("out.mkv"),
        "settings": settings(),
    }
    return FilmOrder(**plain | changes)


def lossless(**changes):
    """Return an order whose film can be compared with the painted frames."""
    from ortstyle.video.media.encoding import FilmEncoding

    return order(**{"encoding": FilmEncoding(codec="ffv1")} | changes)


def paint(asked, *, until=None):
    """Paint a film, or until some steps were made; return what it has told."""
    told = []
    with stylize_film(asked, device="cpu") as film:
        for progress in film:
            told.append(progress)
            if until is not None and until(progress):
                break
    return told


def paint_plainly(monkeypatch):
    """Let films be painted by `plain_painter`; return the list of what it has painted."""
    painted = []

    def paint_scene(folder, frames, *, palette_at, film, **_):
        indices = painted_indices(frames, film)
        for pass_ in range(1, last_pass(film) + 1):
            for place, index in enumerate(indices):
                if folder.is_painted(index, pass_=pass_):
                    continue
                before = indices[place - 1] if place else None
                palette = palette_at(index)
                painted.append((index, pass_))
                folder.put_painted(
                    index, _plain(folder, index, before, pass_, palette), pass_=pass_
                )
                yield scenes.PaintedFrame(
                    index=index,
                    pass_=pass_,
                    evaluations=1,
                    seconds=0.5,
                    is_first=place == 0 and pass_ == 1,
                    loss=1.0,
                )

    monkeypatch.setattr(scenes, "paint_scene", paint_scene)
    return painted


def _plain(folder, index, before, pass_, palette):
    """Return half the source, a quarter of the styles where their masks are, a little of before."""
    source = folder.source(index)
    frame = 0.5 * source * np.float32(255 / np.iinfo(source.dtype).max)
    weights = palette.weights or (1.0,) * len(palette.styles)
    masks = palette.masks or (None,) * len(palette.styles)
    for style, weight, mask in zip(palette.styles, weights, masks, strict=True):
        color = np.asarray(read_rgb(style), np.float32).mean((0, 1))
        size = folder.record.size
        room = 1 if mask is None else np.asarray(read_rgb(mask).resize(size), np.float32) / 255
        frame += 0.25 * weight * color * room
    if before is not None:
        frame += 0.1 * folder.painted(before, pass_=pass_)
    return (frame + pass_).astype(np.float32)


@pytest.fixture
def place(tmp_path, monkeypatch, tiny_settings):
    """Change to a folder with a clip of 6 frames with sound, and styles, painted plainly."""
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    monkeypatch.chdir(tmp_path)
    films.write_film(tmp_path / "clip.mp4", frames=6, rate=RATE, sound=True)
    write_styles(tmp_path)
    _BASE.append(tiny_settings(size="content"))
    yield tmp_path
    _BASE.pop()


def frames_of(path, *, stream="video"):
    """Return the times and pixels of a film's frames."""
    import av

    with av.open(str(path)) as file:
        frames = [(frame.pts * frame.time_base, frame) for frame in file.decode(video=0)]
        return [time for time, _ in frames], [f.to_ndarray(format="rgb24") for _, f in frames]


def duration_of(path, kind):
    """Return the seconds that a stream of a film lasts, by its packets."""
    import av

    with av.open(str(path)) as file:
        stream = next(stream for stream in file.streams if stream.type == kind)
        packets = [packet for packet in file.demux(stream) if packet.pts is not None]
        return float(max((p.pts + (p.duration or 0)) * p.time_base for p in packets))


def times(*numerators, rate=RATE):
    return [Fraction(number, rate) for number in numerators]
