"""Where a film goes."""

from pathlib import Path

import pytest

from ortstyle.cli.video_output import default_film_path, film_path, refuse_existing_film
from ortstyle.errors import OutputError
from ortstyle.video.film_order import FilmOrder

DEFAULT = Path("clip-a.mp4")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(output):
    folder = Path(f"{output}.frames")
    folder.mkdir()
    (folder / "film.json").write_text("{}", "utf-8")


def test_the_usual_name_is_that_of_clip_and_style(folder):
    assert default_film_path(Path("x/clip.tar.mov"), Path("y/a.jpg")) == Path("clip.tar-a.mp4")
    (folder / "shot.1").mkdir()
    assert default_film_path(Path("shot.1"), Path("a.jpg")) == Path("shot.1-a.mp4")
    assert default_film_path(Path(), Path("a.jpg")) == Path(f"{folder.name}-a.mp4")


def test_a_film_of_this_name_is_not_replaced(capsys):
    assert film_path(DEFAULT, overwrite=None) == DEFAULT
    DEFAULT.touch()
    assert film_path(DEFAULT, overwrite=None) == Path("clip-a-2.mp4")
    assert "goes to clip-a-2.mp4" in capsys.readouterr().err
    assert film_path(DEFAULT, overwrite=True) == DEFAULT


def test_a_film_that_was_begun_keeps_its_name():
    DEFAULT.touch()  # the film so far
    begin(DEFAULT)
    assert film_path(DEFAULT, overwrite=None) == DEFAULT


def test_a_numbered_film_that_was_begun_keeps_its_name():
    DEFAULT.touch()
    Path("clip-a-2.mp4").touch()
    begin("clip-a-2.mp4")
    assert film_path(DEFAULT, overwrite=None) == Path("clip-a-2.mp4")


def test_an_existing_film_is_refused_but_not_the_film_so_far():
    order = FilmOrder(source=Path("c.mp4"), styles=(Path("a.jpg"),), output=DEFAULT)
    refuse_existing_film(order)
    DEFAULT.touch()
    with pytest.raises(OutputError, match="--no-overwrite"):
        refuse_existing_film(order)
    begin(DEFAULT)
    refuse_existing_film(order)


def test_pictures_that_exist_are_refused_by_their_names():
    order = FilmOrder(source=Path("c.mp4"), styles=(Path("a.jpg"),), output=Path("shots/f%03d.png"))
    Path("shots").mkdir()
    Path("shots/f.png").touch()
    refuse_existing_film(order)
    Path("shots/f017.png").touch()
    with pytest.raises(OutputError, match="--no-overwrite"):
        refuse_existing_film(order)
