"""Frames of a film that is being painted, looked at while its worker holds the folder."""

import pytest

from ortstyle.studio.faults import NotFound
from ortstyle.studio.paintings.film_frames import painted_frame


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "painted" / "1").mkdir(parents=True)
    times = "".join(f'["{5 + number}/25", "1/25", 0]\n' for number in range(6))
    (tmp_path / "frames.jsonl").write_text(times + '["11/2')
    return tmp_path


def paint(folder, index, pass_=1):
    path = folder / "painted" / str(pass_) / f"{index:07}.png"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


def test_the_last_frame_that_is_painted_before_a_moment(folder):
    first, third = paint(folder, 0), paint(folder, 2)
    assert painted_frame(folder, 0) == painted_frame(folder, 0.04) == first
    assert painted_frame(folder, 0.08) == painted_frame(folder, 99) == third


def test_a_later_pass_counts(folder):
    paint(folder, 1)
    later = paint(folder, 1, pass_=2)
    assert painted_frame(folder, 0.05) == later


def test_before_the_first_painted_frame_it_is_shown(folder):
    later = paint(folder, 3)
    assert painted_frame(folder, 0) == later


def test_other_files_are_left_alone(folder):
    (folder / "painted" / "1" / ".ortstyle-0123456789abcdef.tmp").touch()
    (folder / "painted" / "other").mkdir()
    with pytest.raises(NotFound):
        painted_frame(folder, 0)


def test_a_folder_that_is_gone(tmp_path):
    with pytest.raises(NotFound):
        painted_frame(tmp_path / "gone", 0)
