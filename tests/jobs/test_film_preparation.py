"""What a job asks of a film, and outputs that no job of a film has."""

from fractions import Fraction
from pathlib import Path

import pytest
from film_jobs import film_job
from painted_films import place

from ortstyle.errors import JobError, OutputError, SettingsError
from ortstyle.jobs.film_preparation import film_order, make_output_folder
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding

pytestmark = pytest.mark.usefixtures("place")
__all__ = ["place"]


def test_a_job_asks_for_its_film():
    job = film_job(
        settings=FilmSettings(every=2),
        encoding=FilmEncoding(audio=False),
        begin=Fraction(1, 25),
        end=Fraction(1, 5),
    )
    order = film_order(job, folder=Path("frames"))
    assert (order.source, order.output) == (Path("clip.mp4"), Path("out.mkv"))
    assert (order.styles, order.style_times) == ((Path("red.png"),), ())
    assert (order.film.every, order.encoding.audio) == (2, False)
    assert (order.begin, order.end) == (Fraction(1, 25), Fraction(1, 5))
    assert (order.work_folder, order.settings) == (Path("frames"), job.settings)


def test_the_last_styles_have_the_times():
    times = Fraction(1, 25), Fraction(1, 5)
    order = film_order(film_job(styles=("red.png", "blue.png", "red.png"), style_times=times))
    assert order.styles == (Path("red.png"),)
    assert order.style_times == ((times[0], Path("blue.png")), (times[1], Path("red.png")))
    order = film_order(film_job(styles=("blue.png", "red.png"), style_times=times))
    assert order.styles == ()


def test_a_seed_that_is_drawn_is_the_same_each_time():
    job = film_job(changes={"seed": -1})
    assert film_order(job).settings.seed == film_order(job).settings.seed >= 0


def test_what_contradicts_itself_is_said():
    with pytest.raises(SettingsError, match="a film starts from its own frames"):
        film_order(film_job(changes={"init": "red.png"}))


def test_the_job_of_a_picture_is_none_of_a_film(make_tiny_job, photo, painting):
    photo.save("photo.png")
    painting.save("painting.png")
    with pytest.raises(JobError, match=r"out.png is that of a picture"):
        film_order(make_tiny_job())


def test_the_folder_of_the_output_is_made():
    make_output_folder(film_job("new/folder/out.mp4"))
    assert Path("new/folder").is_dir()


@pytest.mark.parametrize("name", ["frames", "frame-%05d.png"])
def test_a_film_of_pictures_is_no_output_of_a_job(name):
    with pytest.raises(OutputError, match="among several jobs a film is one file"):
        make_output_folder(film_job(name))


def test_a_folder_that_can_t_be_made_is_said():
    with pytest.raises(JobError, match=r"its folder can't be made"):
        make_output_folder(film_job("red.png/out.mp4"))
