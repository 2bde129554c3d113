"""Tests of folders of numbered frames."""

import errno

import numpy as np
import pytest
from film_folders import SIZE, levels_of
from links import make_link

from ortstyle.errors import DamagedFrameError, FilmError
from ortstyle.video.frames.frame_store import FrameStore


@pytest.fixture
def store(tmp_path):
    return FrameStore(tmp_path / "frames", SIZE, what="frame")


def test_frames_are_kept_by_number(store):
    assert not store.has(3)
    for index in (3, 12_345_678):
        store.put(index, levels_of(index))
        assert store.has(index)
        np.testing.assert_array_equal(store.read(index), levels_of(index))
    assert not store.has(4)
    assert store.size == sum(path.stat().st_size for path in store.path.iterdir())
    store.remove(3)
    assert not store.has(3)


def test_a_frame_may_be_put_again(store):
    store.put(0, levels_of(0))
    store.put(0, levels_of(1))
    np.testing.assert_array_equal(store.read(0), levels_of(1))


def test_what_a_killed_process_has_left_is_removed(store):
    store.put(0, levels_of(0))
    (store.path / ".ortstyle-0123456789abcdef.png").write_bytes(b"half of a frame")
    (store.path / ".ortstyle-mine.png").write_bytes(b"a file of another program")
    FrameStore(store.path, SIZE, what="frame")
    names = sorted(path.name for path in store.path.iterdir())
    assert names == [".ortstyle-mine.png", "0000000.png"]


def test_a_missing_frame_is_told(store):
    with pytest.raises(DamagedFrameError, match=r"frame 7 in .* missing"):
        store.read(7)


@pytest.mark.parametrize(("number", "error"), [(errno.EIO, DamagedFrameError), (13, FilmError)])
def test_only_a_broken_disk_costs_a_frame(store, monkeypatch, number, error):
    def refuse(*_):
        raise OSError(number, "no")

    store.put(0, levels_of(0))
    again = FrameStore(store.path, SIZE, what="frame")
    with monkeypatch.context() as patched:
        patched.setattr(type(store.path), "open", refuse)
        if error is FilmError:
            with pytest.raises(FilmError, match=r"0000000\.png can't be read \(no\)"):
                again.has(0)
        else:
            assert not again.has(0)
        with pytest.raises(error) as caught:
            again.read(0)
        assert caught.type is error
    assert again.has(0) == (error is FilmError)


def test_a_link_in_place_of_a_frame_is_none_and_is_replaced(store, tmp_path):
    store.put(0, levels_of(0))
    other = tmp_path / "other.png"
    other.write_bytes((store.path / "0000000.png").read_bytes())
    before = other.read_bytes()
    make_link(store.path / "0000001.png", other)
    make_link(store.path / "0000002.png", other)
    assert not store.has(1)
    with pytest.raises(DamagedFrameError, match="no file"):
        store.read(1)
    store.put(2, levels_of(2))
    np.testing.assert_array_equal(store.read(2), levels_of(2))
    assert other.read_bytes() == before


def test_a_link_in_place_of_the_folder_is_refused(tmp_path):
    make_link(tmp_path / "frames", tmp_path)
    with pytest.raises(FilmError, match="is a link"):
        FrameStore(tmp_path / "frames", SIZE, what="frame")


def test_only_frames_are_removed(store):
    for index in range(3):
        store.put(index, levels_of(index))
    (store.path / "mine.png").write_bytes(b"mine")
    store.remove_all()
    assert [path.name for path in store.path.iterdir()] == ["mine.png"]
    assert not store.has(0)
    (store.path / "mine.png").unlink()
    store.remove_all()
    assert not store.path.exists()


def test_the_file_of_a_frame_is_told_as_it_is(store):
    store.put(1, levels_of(1))
    path = store.path / "0000001.png"
    assert store.read_file(1) == path.read_bytes()
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DamagedFrameError, match="cut short"):
        store.read_file(1)
    assert not path.exists()
    with pytest.raises(DamagedFrameError, match="frame 1"):
        store.read_file(1)
