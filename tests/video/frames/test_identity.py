"""Tests of what identifies a file."""

import pytest

from ortstyle.errors import FilmError
from ortstyle.video.frames import identity
from ortstyle.video.frames.identity import FileIdentity, identify


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_the_same_under_another_name(tmp_path):
    one = identify("style", write(tmp_path / "a.jpg", b"content"))
    other = identify("style", write(tmp_path / "b.jpg", b"content"))
    assert one.is_same(other)
    assert (one.name, one.size) == ("a.jpg", 7)
    assert not one.is_same(identify("mask", tmp_path / "a.jpg"))
    assert not one.is_same(identify("style", write(tmp_path / "a.jpg", b"Content")))


def test_of_a_large_file_the_ends_count(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "_WHOLE", 10)
    monkeypatch.setattr(identity, "_ENDS", 3)
    digests = {
        identify("source", write(tmp_path / "clip", content)).digest
        for content in (b"012345678901", b"X12345678901", b"01234567890X", b"0123456789012")
    }
    assert len(digests) == 4
    same = [identify("source", write(tmp_path / "clip", b"0123%d78901" % i)) for i in (45, 54)]
    assert same[0] == same[1]


def test_a_folder_is_known_by_its_pictures(tmp_path):
    folder = tmp_path / "frames"
    for index in range(3):
        write(folder / f"{index}.png", bytes([index]))
    before = identify("source", folder)
    assert before.size == 3
    assert identify("source", folder, files=list(folder.iterdir())) == before
    write(folder / ".hidden.png", b"x")
    write(folder / "Thumbs.db", b"x")
    assert identify("source", folder) == before
    write(folder / "1.png", b"x")
    assert not before.is_same(identify("source", folder))
    write(folder / "1.png", b"\1")
    assert before == identify("source", folder)
    write(folder / "3.png", b"")
    assert not before.is_same(identify("source", folder))


def test_an_empty_folder_has_an_identity(tmp_path):
    assert identify("source", tmp_path).size == 0


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FilmError, match=r"style .*none\.jpg can't be read"):
        identify("style", tmp_path / "none.jpg")


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        ["style", "a", 1],
        ["style", "a", "1", "0" * 64],
        ["style", "a", -1, "0" * 64],
        ["style", "a", 10**30, "0" * 64],
        ["style", "a" * 10**5, 1, "0" * 64],
        ["style", "a", 1, "../" * 20],
        {"role": "style"},
    ],
)
def test_an_identity_of_a_stranger_is_checked(found):
    with pytest.raises(ValueError, match="no identity"):
        FileIdentity.from_list(found)


def test_an_identity_is_read_as_it_was_written(tmp_path):
    found = identify("style", write(tmp_path / "a.jpg", b"content"))
    assert FileIdentity.from_list(found.to_list()) == found
