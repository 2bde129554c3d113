"""Tests of the folder of a film."""

import json

import numpy as np
import pytest
from film_folders import SIZE, film_in, levels_of, pixels_of, put_sources, record_in

from ortstyle.errors import FilmError, OutputError
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.film_folder import RECORD, FilmFolder, has_film
from ortstyle.video.frames.painted_frames import PaintedFrames


def test_a_film_goes_on_where_it_was_left(tmp_path):
    with film_in(tmp_path, 3) as film:
        film.put_painted(0, pixels_of(0))
        first = film.painted(0)
    with FilmFolder.enter(film.path, record_in(tmp_path)) as again:
        assert again.notices == ()
        assert again.source_count == 3
        np.testing.assert_array_equal(again.source(2), levels_of(2))
        np.testing.assert_array_equal(again.painted(0), first)
        assert again.remaining(range(3)) == [1, 2]
        put_sources(again, 4)
        assert again.source_count == 4


def test_a_new_film_begins_where_there_is_none(tmp_path):
    path = tmp_path / "out.frames"
    assert not has_film(path)
    with FilmFolder.enter(path, record_in(tmp_path)) as film:
        assert film.source_count == 0
        assert has_film(path)
    with FilmFolder.open(path) as film:
        assert film.record.differences(record_in(tmp_path)) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"size": (16, 8)}, "size 13x8, not 16x8"),
        ({"settings": Settings(content_weight=3)}, "content weight"),
        ({"film": FilmSettings(every=2)}, "every 1, not 2"),
        ({"others": {"style times": [0, 10]}}, "style times"),
    ],
)
def test_another_command_is_refused(tmp_path, changed, words):
    film_in(tmp_path).close()
    with pytest.raises(FilmError, match=words) as caught:
        FilmFolder.enter(tmp_path / "out.frames", record_in(tmp_path, **changed))
    assert "\n" not in str(caught.value)
    assert "--restart" in str(caught.value)
    FilmFolder.open(tmp_path / "out.frames").close()  # it is not locked any more


def test_another_device_or_version_is_told(tmp_path):
    film_in(tmp_path).close()
    asked = record_in(tmp_path, device="cuda", versions={"ortstyle": "2"})
    with FilmFolder.enter(tmp_path / "out.frames", asked) as film:
        after = "; new frames may differ a little from those before"
        assert film.notices == (
            f"the film was begun on cpu and goes on with cuda{after}",
            f"the film was begun with other versions: ortstyle 1, now 2{after}",
        )


def test_two_processes_do_not_paint_in_one_folder(tmp_path):
    with film_in(tmp_path) as film, pytest.raises(FilmError, match="in use by another run"):
        FilmFolder.open(film.path)
    FilmFolder.open(film.path).close()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    path = tmp_path / "out.frames"
    path.mkdir()
    (path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(FilmError, match="not empty"):
        FilmFolder.enter(path, record_in(tmp_path))
    assert [each.name for each in path.iterdir()] == ["holiday.jpg"]


def test_a_film_that_was_killed_before_its_record_was_written_begins(tmp_path):
    path = tmp_path / "out.frames"
    path.mkdir()
    (path / ".ortstyle-0123456789abcdef.json").write_bytes(b"{")
    (path / f"{RECORD}.lock").touch()
    FilmFolder.enter(path, record_in(tmp_path)).close()
    assert has_film(path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    path = tmp_path / "out.frames"
    path.write_bytes(b"")
    with pytest.raises(FilmError, match=r"out\.frames is no folder"):
        FilmFolder.enter(path, record_in(tmp_path))


def test_a_folder_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="can't be written"):
        FilmFolder.enter(tmp_path / "file" / "out.frames", record_in(tmp_path))


def test_a_folder_without_a_film_can_not_be_opened(tmp_path):
    with pytest.raises(FilmError, match="no folder of a film"):
        FilmFolder.open(tmp_path)


def test_a_damaged_record_is_refused(tmp_path):
    film_in(tmp_path).close()
    record = tmp_path / "out.frames" / RECORD
    record.write_bytes(record.read_bytes()[:-20])
    with pytest.raises(FilmError, match="damaged"):
        FilmFolder.enter(tmp_path / "out.frames", record_in(tmp_path))
    record.write_text(json.dumps({"format": "ortstyle film", "version": 99}), "utf-8")
    with pytest.raises(FilmError, match="format 99"):
        FilmFolder.open(tmp_path / "out.frames")


def finished(tmp_path, keep):
    film = film_in(tmp_path, 2)
    film.finish_sources()
    for number in (1, 2, 3):
        for index in range(2):
            film.put_painted(index, pixels_of(index), pass_=number)
    assert film.size > 2 * 3 * SIZE[0] * SIZE[1]
    film.finish(keep)
    return film.path


def test_nothing_stays_of_a_finished_film(tmp_path):
    assert not finished(tmp_path, "nothing").exists()


def test_a_film_that_was_killed_while_it_was_removed_is_none(tmp_path, monkeypatch):
    class Killed(BaseException):
        """The process ends here."""

    def kill(self, **_):
        raise Killed

    film = film_in(tmp_path, 2)
    film.put_painted(0, pixels_of(0))
    monkeypatch.setattr(PaintedFrames, "remove_painted", kill)
    with pytest.raises(Killed):
        film.finish()
    monkeypatch.undo()
    assert not has_film(film.path)
    assert film.path.exists()
    with FilmFolder.enter(film.path, record_in(tmp_path, size=(5, 5))) as new:
        assert new.source_count == 0
        assert new.size == 0
        assert sorted(path.name for path in new.path.iterdir()) == [
            "film.json",
            "film.json.lock",
            "frames.jsonl",
        ]


def test_files_of_others_stay(tmp_path):
    film = film_in(tmp_path, 2)
    (film.path / "sources" / "mine.txt").write_bytes(b"mine")
    film.finish()
    assert [each.name for each in film.path.iterdir()] == ["sources"]
    assert (film.path / "sources" / "mine.txt").exists()


def test_the_last_pass_may_stay(tmp_path):
    with FilmFolder.open(finished(tmp_path, "painted")) as film:
        assert film.has_all_sources
        assert film.remaining(range(2), pass_=3) == []
        assert film.missing_sources() == [0, 1]
        assert film.source_bytes == 0
        assert len(film.times) == 2


def test_all_may_stay(tmp_path):
    with FilmFolder.open(finished(tmp_path, "all")) as film:
        assert film.missing_sources() == []
        assert film.painted(0, pass_=2).shape == (8, 13, 3)


def test_closing_twice_does_no_harm(tmp_path):
    film = film_in(tmp_path)
    film.close()
    film.close()
    assert not list(tmp_path.rglob("*.lock"))
