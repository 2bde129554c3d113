"""Folders of small films, for tests."""

from fractions import Fraction

import numpy as np

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.film_record import FilmRecord

SIZE = (13, 8)  # width and height
RATE = Fraction(24000, 1001)


def write_inputs(folder):
    """Write a clip and a style that are only identified, never decoded; return both paths."""
    clip, style = folder / "clip.mp4", folder / "style.jpg"
    clip.write_bytes(b"a clip")
    style.write_bytes(b"a style")
    return clip, style


def record_in(folder, *, settings=None, film=None, **changed):
    """Return the record of a film of `write_inputs`."""
    clip, style = write_inputs(folder)
    given = {"size": SIZE, "device": "cpu", "versions": {"ortstyle": "1"}} | changed
    return FilmRecord.of(
        clip, [("style", style)], settings or Settings(), film or FilmSettings(), **given
    )


def levels_of(index, dtype=np.uint8, size=SIZE):
    """Return the pixels of a source frame, others for each index."""
    rng = np.random.default_rng(index)
    return rng.integers(0, np.iinfo(dtype).max + 1, (size[1], size[0], 3), dtype)


def pixels_of(index, size=SIZE):
    """Return the pixels of a painted frame, which have fractions and lie beyond 0–255."""
    rng = np.random.default_rng(index)
    return rng.uniform(-10, 265, (size[1], size[0], 3)).astype(np.float32)


def put_sources(folder, count, *, cuts=()):
    for index in range(folder.source_count, count):
        folder.put_source(index, levels_of(index), index / RATE, 1 / RATE, is_cut=index in cuts)


def film_in(folder, count=0, **changed):
    """Return the new folder of a film with some source frames."""
    film = FilmFolder.create(folder / "out.frames", record_in(folder, **changed))
    put_sources(film, count)
    return film
