"""Folders of short films of known motion, to paint."""

from fractions import Fraction

import numpy as np
from moving import Texture

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.film_record import FilmRecord
from ortstyle.video.frames.identity import FileIdentity

SIZE = (48, 32)
SHIFT = (1.5, 0.5)  # pixels a frame


def shifting_frame(index, *, size=SIZE, shift=SHIFT):
    """Return a frame of a texture that moves to the left and up: (H, W, 3) uint8."""
    texture = Texture(1, finest=8, coarsest=40)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    points = np.stack([x + shift[0] * index, y + shift[1] * index], axis=-1)
    return texture(points).clip(0, 255).round().astype(np.uint8)


def film_folder(path, frames, *, size=SIZE):
    """Make the folder of a film, with these source frames."""
    record = FilmRecord(
        source=FileIdentity("source", "clip.mkv", 1, "0" * 64),
        size=size,
        settings=Settings().to_dict(),
        film=FilmSettings().to_dict(),
    )
    folder = FilmFolder.create(path, record)
    for index, pixels in enumerate(frames):
        folder.put_source(index, pixels, Fraction(index, 25), Fraction(1, 25))
    folder.finish_sources()
    return folder
