"""Files that jobs read: what identifies them, and what is said of those that can't be read."""

from hashlib import sha256

import pytest

from ortstyle.errors import FilmError, PictureError
from ortstyle.jobs.input_file import InputFile


def test_a_file_is_identified_by_its_hash(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(b"some bytes")
    found = InputFile.of("content", path)
    assert found.sha256 == sha256(b"some bytes").hexdigest()
    assert InputFile.of_film("content", path) == found


def test_a_film_may_be_a_folder_of_pictures(tmp_path):
    (tmp_path / "1.png").write_bytes(b"1")
    before = InputFile.of_film("content", tmp_path)
    (tmp_path / "2.png").write_bytes(b"2")
    assert InputFile.of_film("content", tmp_path).sha256 != before.sha256
    with pytest.raises(PictureError, match=r"content .* is no file; check the path"):
        InputFile.of("content", tmp_path)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(PictureError, match=r"style .*painting.png is no file"):
        InputFile.of("style", tmp_path / "painting.png")
    with pytest.raises(FilmError, match=r"style .*painting.png can't be read"):
        InputFile.of_film("style", tmp_path / "painting.png")
