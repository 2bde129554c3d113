"""Folders of pictures as films."""

from fractions import Fraction

import numpy as np
import pytest
from films import SIZE, frame, index_of, is_upright, write_pictures
from PIL import Image

from ortstyle.errors import FilmError
from ortstyle.pictures.png_write import write_png
from ortstyle.video.media.picture_folder import open_folder, read_folder

LIMIT = 10**6


def opened(folder, rate=None, max_pixels=LIMIT):
    return open_folder(folder, rate=rate, max_pixels=max_pixels)


def read(clip, size=None, begin=None, end=None):
    return list(read_folder(clip, size or (clip.width, clip.height), begin=begin, end=end))


def test_a_folder_is_a_film_of_its_pictures(tmp_path):
    clip = opened(write_pictures(tmp_path / "a", frames=3))
    assert (clip.width, clip.height, clip.bits, clip.frames) == (*SIZE, 8, 3)
    assert (clip.rate, clip.duration, clip.start, clip.notices) == (25, Fraction(3, 25), 0, ())
    frames = read(clip)
    assert [f.time for f in frames] == [0, Fraction(1, 25), Fraction(2, 25)]
    assert {f.duration for f in frames} == {Fraction(1, 25)}
    assert np.array_equal(frames[1].pixels, frame(1))


def test_numbers_are_sorted_as_numbers(tmp_path):
    clip = opened(write_pictures(tmp_path / "a", frames=12, name="shot2-{}.png"))
    assert [index_of(f.pixels) for f in read(clip)] == list(range(12))


def test_a_part_is_read_from_its_first_to_before_its_last_frame(tmp_path):
    clip = opened(write_pictures(tmp_path / "a"), rate=Fraction(10))
    part = read(clip, begin=Fraction(1, 10), end=Fraction(3, 10))
    assert [index_of(f.pixels) for f in part] == [1, 2]
    assert [f.time for f in part] == [Fraction(1, 10), Fraction(2, 10)]


def test_frames_are_scaled(tmp_path):
    clip = opened(write_pictures(tmp_path / "a"))
    small = read(clip, size=(32, 24))[3].pixels
    assert small.shape == (24, 32, 3)
    assert index_of(small) == 3
    assert is_upright(small)


def test_pictures_of_16_bits_stay_so_and_others_join_them(tmp_path):
    folder = write_pictures(tmp_path / "a", frames=2)
    deep = np.full((SIZE[1], SIZE[0], 3), 0x1234, np.uint16)
    with (folder / "frame-0003.png").open("wb") as file:
        write_png(file, deep)
    clip = opened(folder)
    frames = read(clip)
    assert clip.bits == 16
    assert np.array_equal(frames[2].pixels, deep)
    assert np.array_equal(frames[0].pixels, frame(0).astype(np.uint16) * 257)


def test_numbers_that_are_missing_are_told(tmp_path):
    folder = write_pictures(tmp_path / "a", frames=6)
    (folder / "frame-0003.png").unlink()
    (folder / "frame-0004.png").unlink()
    (notice,) = opened(folder).notices
    assert "lacks 2 numbers, the first after 2" in notice


def test_names_without_numbers_are_no_gap(tmp_path):
    folder = write_pictures(tmp_path / "a", frames=2)
    frame_file = folder / "frame-0001.png"
    frame_file.rename(folder / "first.png")
    assert not opened(folder).notices


def test_transparent_pictures_lie_on_white_and_it_is_told(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(folder / "1.png")
    clip = opened(folder)
    assert clip.has_alpha
    assert "painted on white" in clip.notices[0]
    assert read(clip)[0].pixels.min() == 255


def test_one_picture_is_a_film_of_one_frame(tmp_path):
    assert len(read(opened(write_pictures(tmp_path / "a", frames=1)))) == 1


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(FilmError, match="is a folder without pictures; name one with frames"):
        opened(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.png").write_bytes(b"x")
    with pytest.raises(FilmError, match=r"without pictures, but other files, such as notes\.txt"):
        opened(tmp_path)


def test_pictures_of_different_sizes_are_named(tmp_path):
    folder = write_pictures(tmp_path / "a", frames=2)
    Image.new("RGB", (10, 20)).save(folder / "frame-0009.png")
    with pytest.raises(
        FilmError, match=r"frame-0001\.png is 64×48, frame-0009\.png is 10×20; give them one size"
    ):
        opened(folder)


def test_a_damaged_picture_is_named(tmp_path):
    folder = write_pictures(tmp_path / "a", frames=2)
    (folder / "frame-0002.png").write_bytes(b"nothing")
    with pytest.raises(FilmError, match=r"frame-0002\.png is not a picture.*frame of film"):
        opened(folder)


def test_a_picture_that_changes_or_goes_meanwhile_is_named(tmp_path):
    folder = write_pictures(tmp_path / "a", frames=2)
    clip = opened(folder)
    Image.new("RGB", (10, 20)).save(folder / "frame-0002.png")
    with pytest.raises(FilmError, match=r"frame-0002\.png has another size than before"):
        read(clip)
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(FilmError, match="is a folder without pictures"):
        read(clip)


@pytest.mark.parametrize("rate", [0, -1, 5000])
def test_a_rate_that_is_none_is_refused(tmp_path, rate):
    with pytest.raises(FilmError, match="frames a second"):
        opened(tmp_path, rate=Fraction(rate))


def test_pictures_with_too_many_pixels_are_refused(tmp_path):
    with pytest.raises(FilmError, match="more than 100 pixels"):
        opened(write_pictures(tmp_path / "a"), max_pixels=100)
