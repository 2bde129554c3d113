"""Jobs so small that painting one takes milliseconds, and what they tell."""

from pathlib import Path

import pytest

from ortstyle.jobs.job import make_job


@pytest.fixture
def make_tiny_job(folder, tiny_settings):
    """Return a function that makes a job; its arguments are settings, or `job` ones of the job.

    The current folder is one with the two pictures photo.png and painting.png.
    """

    def make(output="out.png", *, job=None, **settings):
        others = {"device": "cpu", "threads": 1} | (job or {})
        return make_job(
            Path("photo.png"),
            [Path("painting.png")],
            Path(output),
            settings=tiny_settings(**settings),
            **others,
        )

    return make
