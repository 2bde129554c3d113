"""Tests of the list of source frames."""

from fractions import Fraction

import pytest
from links import make_link

from ortstyle.errors import FilmError
from ortstyle.video.frames import frame_times
from ortstyle.video.frames.frame_times import FrameTime, FrameTimes

FRAMES = [
    FrameTime(Fraction(-1, 3), None),
    FrameTime(Fraction(0), Fraction(0)),
    FrameTime(Fraction(10**15 + 1, 90000), Fraction(1001, 24000), is_cut=True),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "frames.jsonl"


def write(path, frames=FRAMES):
    times = FrameTimes(path)
    for frame in frames:
        times.add(frame)
    return times


def read(path):
    times = FrameTimes(path)
    times.close()
    return times


def test_frames_are_there_as_soon_as_they_are_added(path):
    times = write(path)
    assert times.frames == FRAMES
    assert read(path).frames == FRAMES  # while the other is open, as after a kill
    times.close()


def test_a_list_that_was_cut_anywhere_goes_on(path):
    times = write(path)
    times.complete()
    times.close()
    data = path.read_bytes()
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        lines = data[:length].count(b"\n")
        again = FrameTimes(path)
        assert again.frames == FRAMES[:lines]
        assert again.is_complete == (length == len(data))
        for frame in FRAMES[lines:]:
            again.add(frame)
        again.complete()
        again.close()
        assert path.read_bytes() == data


@pytest.mark.parametrize(
    "line",
    [
        b"\0\0\0\0\n",
        b"\xff\n",
        b"[\n",
        b"{}\n",
        b"12\n",
        b'["0/1",null,2]\n',
        b'["0/0",null,0]\n',
        b'["1e9/1",null,0]\n',
        b'["0/1","-1/2",0]\n',
        b'["0/1","",0]\n',
        b"[0,null,0]\n",
        b'["' + b"9" * 60 + b'/1",null,0]\n',
        b"[" * 190 + b"\n",
        b" " * 10**6 + b"\n",
        '["٣/1",null,0]\n'.encode(),
    ],
)
def test_lines_of_another_form_are_cut_off(path, line):
    write(path).close()
    good = path.read_bytes()
    path.write_bytes(good + line + good)
    assert read(path).frames == FRAMES
    assert path.read_bytes() == good


def test_an_end_before_any_frame_is_none(path):
    path.write_text('"end"\n', "utf-8")
    found = read(path)
    assert not found.is_complete
    assert path.read_bytes() == b""


def test_too_many_frames_are_refused(path, monkeypatch):
    write(path).close()
    monkeypatch.setattr(frame_times, "MOST_FRAMES", 2)
    with pytest.raises(FilmError, match="more than 2 frames"):
        FrameTimes(path)


def test_a_folder_in_its_place_is_an_error_of_the_system(path):
    path.mkdir()
    with pytest.raises(OSError, match=r"frames\.jsonl"):
        FrameTimes(path)


def test_a_link_in_its_place_is_refused(path, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    make_link(path, other)
    with pytest.raises(FilmError, match="no file of a film"):
        FrameTimes(path)
    assert other.read_bytes() == b"mine"


class Full:
    """A file on a disk that has room for some bytes."""

    def __init__(self, file, room):
        self._file, self._room = file, room

    def write(self, data):
        return self._file.write(data[: self._room])

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_a_line_for_which_the_disk_has_no_room_is_taken_back(path):
    times = write(path, FRAMES[:1])
    file = times._file
    times._file = Full(file, 5)
    with pytest.raises(OSError, match=r"(?i)space"):
        times.add(FRAMES[1])
    with pytest.raises(OSError, match=r"(?i)space"):
        times.complete()
    assert times.frames == FRAMES[:1]
    assert not times.is_complete
    times._file = file
    for frame in FRAMES[1:]:
        times.add(frame)
    times.close()
    assert read(path).frames == FRAMES
