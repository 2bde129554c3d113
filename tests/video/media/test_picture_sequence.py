"""A film as pictures."""

from pathlib import Path

import films
import numpy as np
import pytest
from PIL import Image
from written_films import frames_at

from ortstyle.errors import OutputError
from ortstyle.pictures.read import read_picture
from ortstyle.video.media.picture_sequence import PictureNames, check_pictures, write_pictures


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_made(tmp_path):
    folder = tmp_path / "new"
    assert write_pictures(folder, frames_at([0, 1, 2]), bits=8, text=None) == 0
    assert names(tmp_path) == ["new"]
    assert names(folder) == [f"frame-00000{k}.png" for k in (1, 2, 3)]
    for index, name in enumerate(names(folder)):
        with Image.open(folder / name) as image:
            assert (np.asarray(image) == films.frame(index)).all()


def test_sixteen_bits_are_kept(tmp_path):
    frames = frames_at([0], depth=16)
    frames[0].pixels[0, 0] = (1, 258, 65534)
    write_pictures(tmp_path / "new", frames, bits=16, text="{}")
    found = read_picture(tmp_path / "new" / "frame-000001.png")
    first = [round(float(np.asarray(plane)[0, 0]) * 257) for plane in found.planes]
    assert first == [1, 258, 65534]


def test_pictures_move_to_where_older_ones_lie(tmp_path):
    for name in ("a-01.png", "a-04.png", "a-5.png", "b-09.png", "notes.txt"):
        (tmp_path / name).write_text("old")
    left = write_pictures(tmp_path / "a-%02d.png", frames_at([0, 1]), bits=8, text=None)
    assert left == 1
    assert names(tmp_path) == sorted(
        ["a-01.png", "a-02.png", "a-04.png", "a-5.png", "b-09.png", "notes.txt"]
    )
    assert (tmp_path / "a-01.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "a-04.png").read_text() == "old"


def test_nothing_new_is_left_after_an_error(tmp_path):
    def broken():
        yield from frames_at([0, 1])
        raise ZeroDivisionError

    for output in (tmp_path / "new", tmp_path / "a-%d.png"):
        with pytest.raises(ZeroDivisionError):
            write_pictures(output, broken(), bits=8, text=None)
        assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["a-%s.png", "%d-%d.png", "a%%-%d.png", "a-%099d.png"])
def test_a_name_has_one_number(tmp_path, name):
    with pytest.raises(OutputError, match="number"):
        check_pictures(tmp_path / name)


def test_numbers_are_read_as_they_are_written():
    found = PictureNames.of(Path("x/a-%03d.png"))
    assert [found.name(number) for number in (1, 1234)] == ["a-001.png", "a-1234.png"]
    known = {"a-001.png": 1, "a-1234.png": 1234, "a-01.png": None, "a-0001.png": None, "b": None}
    assert {name: found.number(name) for name in known} == known


def test_a_missing_outer_folder_is_told_before(tmp_path):
    check_pictures(tmp_path / "new")
    check_pictures(tmp_path / "a-%d.png")
    check_pictures(tmp_path / "new" / "a-%d.png")
    with pytest.raises(OutputError, match="its folder does not exist"):
        check_pictures(tmp_path / "gone" / "new")
    with pytest.raises(OutputError, match="does not exist"):
        check_pictures(tmp_path / "gone" / "new" / "a-%d.png")
    assert names(tmp_path) == []
