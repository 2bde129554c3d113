"""Tests of the room that frames take."""

import errno
from typing import NamedTuple

import pytest
from film_folders import film_in, levels_of, pixels_of

from ortstyle.errors import OutputError
from ortstyle.video.frames import disk_room
from ortstyle.video.frames.disk_room import (
    check_room,
    frame_errors,
    painted_bytes,
    source_bytes,
)


class Usage(NamedTuple):
    """What `shutil.disk_usage` returns, in bytes."""

    total: int
    used: int
    free: int


def test_frames_take_less_than_their_pixels():
    assert 3 * 512 * 288 / 4 < source_bytes((512, 288)) < 3 * 512 * 288
    assert source_bytes((512, 288), bits=10) > source_bytes((512, 288))
    assert painted_bytes((512, 288)) < 6 * 512 * 288
    assert painted_bytes((512, 288), passes=15) == 2 * painted_bytes((512, 288))


def test_too_little_room_is_said_before_with_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_room, "disk_usage", lambda _: Usage(10**12, 0, 5 * 10**9))
    folder = tmp_path / "not" / "yet.frames"
    check_room(folder, 4 * 10**9)
    with pytest.raises(OutputError, match=r"about 80\.0 GB .* has 5\.0 GB free; free some"):
        check_room(folder, 80 * 10**9)
    assert not folder.parent.exists()


def test_the_nearest_folder_that_exists_is_asked(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        disk_room, "disk_usage", lambda path: asked.append(path) or Usage(10**12, 0, 10**12)
    )
    check_room(tmp_path / "a" / "b", 1)
    assert asked == [tmp_path.resolve()]


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_meanwhile_costs_nothing(tmp_path, monkeypatch):
    with film_in(tmp_path, 1) as film:
        with monkeypatch.context() as patched:
            patched.setattr("ortstyle.files.os.fsync", full)
            with pytest.raises(OutputError, match="is full; free some space") as caught:
                film.put_painted(0, pixels_of(0))
            assert "\n" not in str(caught.value)
            with pytest.raises(OutputError, match="is full"):
                film.put_source(1, levels_of(1), 1, None)
        assert film.source_count == 1
        assert not film.is_painted(0)
        assert not list(film.path.rglob(".ortstyle*"))
        film.put_painted(0, pixels_of(0))
        assert film.is_painted(0)


def test_windows_own_number_of_a_full_disk_is_known(tmp_path):
    error = OSError(errno.EINVAL, "odd")
    error.winerror = 112
    with pytest.raises(OutputError, match="is full"), frame_errors(tmp_path):
        raise error


def test_other_errors_name_their_reason(tmp_path):
    expected = pytest.raises(OutputError, match=r"can't be written \(Input/output")
    with expected, frame_errors(tmp_path):
        raise OSError(errno.EIO, "Input/output error")
