"""Films as workers of a cluster are asked to paint them, for tests."""

import numpy as np

from ortstyle.jobs.cluster_film_sender import FilmSender, SendingOptions
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.painting.scene_painter import Palette
from ortstyle.video.scene_workers import FilmWork, parts_of

STYLE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def work_of(folder, *, palette_at=None, settings=None, memory=None, **film):
    """Return the work of a film's folder."""
    record = FilmSettings(**film)
    return FilmWork(
        folder=folder,
        palette_at=palette_at or (lambda _: Palette((STYLE,))),
        settings=settings or Settings(),
        film=record,
        memory=memory,
        parts=parts_of(folder, record),
    )


def sender_of(work, **options):
    return FilmSender(work, SendingOptions(**({"film": "film", "device": "cpu"} | options)))


def request_of(sender, step, *, worker="a", part="0", is_last=False):
    """Return a request as JSON, and its files."""
    return sender.request(part, step, worker=worker, shares={worker: 1}, is_last=is_last)
