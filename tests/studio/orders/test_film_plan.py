"""Plans of films: frames, evaluations, room on the disk."""

import pytest

pytest.importorskip("av")

from films import write_film
from images import random_image

from ortstyle.jobs.film_part import FilmPart
from ortstyle.jobs.job import make_job
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.film_plan import plan_film


@pytest.fixture
def job(tmp_path):
    def made(*, size=48, **part):
        clip = write_film(tmp_path / "clip.mp4", frames=10, rate=25)
        style = tmp_path / "style.png"
        random_image(20, 20).save(style)
        film = FilmPart(settings=FilmSettings(frame_iterations=5), **part)
        settings = Settings(size=size, iterations=20, scales=1)
        return make_job(clip, [style], tmp_path / "out.mp4", settings=settings, film=film)

    return made


def test_a_plan_counts_frames_and_evaluations(job):
    found = plan_film(job())
    assert (found["frames"], found["evaluations"]) == (10, 20 + 9 * 5)
    assert (found["width"], found["height"]) == (48, 36)
    assert found["work"] == (20 + 9 * 5) * 48 * 36
    assert found["disk_bytes"] > 0
    assert found["text"][0].startswith("10 frames of 48×36")


def test_a_part_has_fewer_frames(job):
    from fractions import Fraction

    found = plan_film(job(begin=Fraction(1, 25), end=Fraction(4, 25)))
    assert found["frames"] == 3


def test_the_size_of_the_film_itself(job):
    found = plan_film(job(size="content"))
    assert (found["width"], found["height"]) == (64, 48)


def test_a_film_that_can_t_be_read_is_refused(job, tmp_path):
    asked = job()
    (tmp_path / "clip.mp4").write_bytes(b"\0" * 2000)
    with pytest.raises(Refused):
        plan_film(asked)
