"""Jobs for tests of the queue: their files are never read."""

from itertools import islice
from pathlib import Path

from ortstyle.jobs.job import make_job
from ortstyle.settings.settings import Settings

HASHES = {Path("photo.png"): "1" * 64, Path("painting.png"): "2" * 64}


def each_job(folder, *, settings=None, **others):
    """Yield jobs without end, each with its own output in a folder."""
    content, style = HASHES
    settings, number = settings or Settings(), 0
    while True:
        output = folder / f"{number}.png"
        yield make_job(content, [style], output, settings=settings, hash_of=HASHES, **others)
        number += 1


def make_jobs(folder, count, **others):
    """Return so many jobs."""
    return list(islice(each_job(folder, **others), count))
