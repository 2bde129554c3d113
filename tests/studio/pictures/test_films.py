"""Films that were sent: their frames, their stills, and what stands for them."""

import pytest
from studio_records import a_picture

from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import NotFound, Refused
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.pictures.films import Films, media_type_of, poster_of
from ortstyle.studio.pictures.views import ViewCache

CLIP = {"seconds": 12.5, "frames": 300, "rate": 24.0, "sound": False}


class FakeReader:
    """Writes what it is asked for instead of frames."""

    def __init__(self):
        self.asked, self.fails = [], False

    def frame(self, _, out, *, at, side, **__):
        self.asked.append((at, side))
        out.write_bytes(b"jpeg")

    def still(self, _, out, *, at, **__):
        out.write_bytes(b"png of %d" % int(at))
        if self.fails:
            raise Refused("“a.mp4” is damaged.")


@pytest.fixture
def studio(tmp_path):
    """Return films, their catalogue, reader and folder, and a film."""
    reader = FakeReader()
    with StudioFolder(tmp_path / "studio") as folder, Catalogue(folder.catalogue) as catalogue:
        films = Films(folder, catalogue, reader, ViewCache(folder.frames, reader))
        film = a_picture(name="a.mp4", suffix=".mp4", clip=CLIP)
        catalogue.add_picture(film)
        folder.picture(film.id, ".mp4").write_bytes(b"film")
        yield films, catalogue, reader, folder, film


def test_frames_are_kept_by_their_moment_and_size(studio):
    films, _, reader, _, film = studio
    one = films.frame(film.id, at=1.2344, side=300)
    assert films.frame(film.id, at=1.2341, side=500) == one
    assert films.frame(film.id, at=1.2344, side=100) != one
    assert films.frame(film.id, at=None, side=300).is_file()
    assert reader.asked == [(1.234, 512), (1.234, 256), (1.0, 512)]
    films.forget(film.id)
    assert not one.exists()


def test_a_still_is_kept_once(studio):
    films, _, _, folder, film = studio
    still = films.still(film.id, at=62.5)
    assert films.still(film.id, at=62.9).id == still.id
    assert films.still(film.id, at=63.5).id != still.id
    assert (still.name, still.suffix, still.clip) == ("a 1m02.50s.png", ".png", None)
    assert still.still == {"of": film.id, "at": 62.5}
    assert folder.picture(still.id, ".png").read_bytes() == b"png of 62"
    assert {each.id for each in films.stills_of(film.id)} >= {still.id}
    folder.picture(still.id, ".png").unlink()  # somebody has removed it
    again = films.still(film.id, at=62.5)
    assert folder.picture(again.id, ".png").is_file()
    assert list(folder.uploads.iterdir()) == []


def test_a_still_that_fails_leaves_nothing(studio):
    films, _, reader, folder, film = studio
    reader.fails = True
    with pytest.raises(Refused):
        films.still(film.id, at=1)
    assert list(folder.uploads.iterdir()) == []


def test_a_picture_is_no_film(studio):
    films, catalogue, *_ = studio
    picture = a_picture()
    catalogue.add_picture(picture)
    for call in (lambda: films.film(picture.id), lambda: films.still(picture.id, at=0)):
        with pytest.raises(NotFound):
            call()


def test_posters_and_media_types(tmp_path):
    assert poster_of(a_picture(clip=CLIP)) == 1
    assert poster_of(a_picture(clip=CLIP | {"seconds": 1})) == 0.5
    assert media_type_of(tmp_path / "a.mov") == "video/mp4"
    assert media_type_of(tmp_path / "a.film") == "application/octet-stream"
