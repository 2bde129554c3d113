"""Settings that depend on the run: the size of its content, and a seed that is drawn."""

import secrets
from dataclasses import replace

from ortstyle.errors import SettingsError
from ortstyle.pictures.header import read_header
from ortstyle.pictures.read import Source
from ortstyle.pictures.source_file import is_pipe
from ortstyle.settings.settings import Settings

_SEEDS = 2**31


def settle(settings: Settings, content: Source) -> Settings:
    """Return settings with numbers in place of the size "content" and the seed -1.

    Provenance and checkpoints hold these numbers, so the run can be repeated and resumed.

    Raises
    ------
    PictureError
        The content can't be read.
    SettingsError
        The size is that of a content which comes through a pipe, and can be read only once.
    """
    if settings.seed < 0:
        settings = replace(settings, seed=secrets.randbelow(_SEEDS))
    if settings.size == "content":
        if is_pipe(content):
            raise SettingsError("--size content needs a file, not a pipe; give a number of pixels")
        header = read_header(content, name="content", max_pixels=settings.max_pixels)
        settings = replace(settings, size=max(header.size))
    return settings
