"""Masks that move are read into the film's folder, by their times."""

from dataclasses import replace
from fractions import Fraction

import film_folders
import films
import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import FilmError
from ortstyle.video.masks import FilmMasks
from ortstyle.video.media.clip import Clip

SIZE = (32, 24)
COUNT = 4
LIMIT = 10**6
START = Fraction(7)  # of the film's first frame in its file


def stripe(index):
    """Return a picture that is white in a column of its own for each index."""
    pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    pixels[:, 8 * index : 8 * index + 8] = 255
    return pixels


@pytest.fixture
def place(tmp_path, monkeypatch):
    pytest.importorskip("av")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clip(place):
    return Clip(path=place / "c", kind="pictures", width=64, height=48, rate=Fraction(10))


@pytest.fixture
def folder(place):
    with film_folders.film_in(place, size=SIZE) as found:
        for index in range(COUNT):
            time = START + Fraction(index, 10)
            found.put_source(index, film_folders.levels_of(index, size=SIZE), time, None)
        found.finish_sources()
        yield found


def write_mask_film(place, pictures, *, rate=10):
    films.write_film(
        place / "mask.mkv",
        pictures=pictures,
        frames=len(pictures),
        rate=rate,
        size=SIZE,
        codec="ffv1",
        pix_fmt="bgr0",
    )


def column(mask):
    return int(np.asarray(mask)[..., 0].mean(0).argmax()) // 8


def read(masks, folder):
    return list(masks.read(folder, start=START))


def test_a_mask_film_is_taken_by_its_times(place, clip, folder):
    write_mask_film(place, [stripe(k) for k in range(4)], rate=5)
    masks = FilmMasks(("mask.mkv", ""), clip, max_pixels=LIMIT)
    assert masks.count == 1
    assert read(masks, folder) == list(range(COUNT))
    found = [masks.of_frame(index) for index in range(COUNT)]
    assert [column(mask) for mask, _ in found] == [0, 0, 1, 1]
    assert {rest for _, rest in found} == {None}


def test_of_a_folder_each_picture_belongs_to_a_frame(place, clip, folder):
    (place / "masks").mkdir()
    for index in range(2):
        Image.fromarray(stripe(index)).save(place / "masks" / f"{index}.png")
    masks = FilmMasks(("masks", ""), clip, max_pixels=LIMIT)
    read(masks, folder)
    assert [column(masks.of_frame(k)[0]) for k in range(COUNT)] == [0, 1, 1, 1]


def test_what_is_read_is_not_read_again(place, clip, folder):
    write_mask_film(place, [stripe(k) for k in range(4)])
    masks = FilmMasks(("mask.mkv", ""), clip, max_pixels=LIMIT)
    steps = masks.read(folder, start=START)
    next(steps)
    steps.close()
    assert read(FilmMasks(("mask.mkv", ""), clip, max_pixels=LIMIT), folder) == list(range(COUNT))
    again = FilmMasks(("mask.mkv", ""), clip, max_pixels=LIMIT)
    assert read(again, folder) == []
    assert column(again.of_frame(3)[0]) == 3


def test_a_picture_stays_for_the_whole_film(place, clip, folder):
    Image.fromarray(stripe(0)).save("m.png")
    masks = FilmMasks(("m.png", ""), clip, max_pixels=LIMIT)
    assert masks.count == 0
    assert read(masks, folder) == []
    assert masks.of_frame(2) == [place.joinpath("m.png").relative_to(place), None]
    assert masks.visible(0) == [0, 1]


def test_styles_come_and_go_with_their_masks(place, clip, folder):
    pictures = [stripe(0), np.zeros_like(stripe(0)), np.full_like(stripe(0), 255), stripe(1)]
    write_mask_film(place, pictures)
    masks = FilmMasks(("mask.mkv", ""), clip, max_pixels=LIMIT)
    read(masks, folder)
    assert [masks.visible(k) for k in range(COUNT)] == [[0, 1], [1], [0], [0, 1]]


def test_a_frame_where_all_masks_are_black_is_told(place, clip, folder):
    write_mask_film(place, [stripe(0), stripe(0), 0 * stripe(0), stripe(0)])
    with pytest.raises(FilmError, match=r"all masks are black at 0:00\.2"):
        read(FilmMasks(("mask.mkv",), clip, max_pixels=LIMIT), folder)


def test_a_mask_of_another_shape_is_told(place, clip):
    write_mask_film(place, [stripe(0)])
    assert FilmMasks(("mask.mkv",), clip, max_pixels=LIMIT).notices == ()
    wide = replace(clip, width=99)
    (notice,) = FilmMasks(("mask.mkv",), wide, max_pixels=LIMIT).notices
    assert "stretched" in notice


@pytest.mark.parametrize("data", [None, b"", b"no mask"])
def test_what_is_no_mask_is_told_at_once(place, clip, data):
    if data is not None:
        (place / "mask.mkv").write_bytes(data)
    with pytest.raises(FilmError, match=r"mask\.mkv"):
        FilmMasks(("mask.mkv",), clip, max_pixels=LIMIT)


def test_masks_are_removed_with_the_film(place, clip, folder):
    write_mask_film(place, [stripe(0)] * 4)
    masks = FilmMasks(("mask.mkv",), clip, max_pixels=LIMIT)
    read(masks, folder)
    assert (folder.path / "masks" / "1").exists()
    masks.remove(folder)
    assert not (folder.path / "masks").exists()
