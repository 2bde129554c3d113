"""Masks of a film, still and moving."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import DamagedFrameError
from ortstyle.video.frames.frame_store import FrameStore
from ortstyle.video.painting.mask_film import MovingMask, StillMask, frames_at, visible_styles

SIZE = (8, 6)


def grey(level):
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


def times(*milliseconds):
    return [Fraction(time, 1000) for time in milliseconds]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ((0, 40, 80), [0, 1, 2]),
        ((0, 20, 39, 40, 60), [0, 0, 1, 1, 1]),
        ((-5, 0, 200, 999), [0, 0, 2, 2]),
        ((40, 40), [1, 1]),
        ((), []),
    ],
)
def test_a_frame_is_shown_until_the_next_one(wanted, shown):
    frames = list(zip(times(0, 40, 80), range(3), strict=True))
    assert list(frames_at(frames, times(*wanted))) == shown


def test_frames_are_taken_as_they_are_needed():
    taken = []

    def frames():
        for index in range(5):
            taken.append(index)
            yield Fraction(index), index

    steps = frames_at(frames(), [Fraction(0), Fraction(3)])
    next(steps)
    assert taken == [0, 1]


@pytest.fixture
def moving(tmp_path):
    def make(name, *levels):
        mask = MovingMask(FrameStore(tmp_path / name, SIZE, what="mask"))
        frames = [(Fraction(k), grey(level)) for k, level in enumerate(levels)]
        assert list(mask.fill(frames, [time for time, _ in frames])) == list(range(len(levels)))
        return mask

    return make


def test_a_moving_mask_has_a_frame_for_each(moving):
    mask = moving("a", 0, 100, 255)
    assert not mask.missing(3)
    assert mask.missing(4)
    assert np.array_equal(mask.at(1), grey(100))


def test_a_mask_of_16_bits_is_kept_in_8(tmp_path):
    mask = MovingMask(FrameStore(tmp_path / "a", SIZE, what="mask"))
    list(mask.fill([(Fraction(0), grey(200).astype(np.uint16) * 257)], [Fraction(0)]))
    assert np.array_equal(mask.levels(0), grey(200))


def test_a_frame_of_a_mask_that_is_damaged_is_made_anew(moving):
    mask = moving("a", 0, 100)
    next(mask.store.path.glob("*1.png")).write_bytes(b"x")
    with pytest.raises(DamagedFrameError, match="mask 1"):
        mask.at(1)
    assert mask.missing(2)


def test_a_still_mask_is_the_same_for_all_frames(tmp_path):
    path = tmp_path / "m.png"
    Image.fromarray(grey(90)).save(path)
    mask = StillMask(path)
    assert mask.at(0) == mask.at(7) == path
    assert np.array_equal(mask.levels(3), grey(90))


def test_a_style_whose_mask_is_black_has_no_room(moving):
    masks = [moving("a", 255, 0, 3, 40), moving("b", 0, 255, 255, 40)]
    assert [visible_styles(masks, k) for k in range(4)] == [[0], [1], [1], [0, 1]]


def test_a_style_without_a_mask_has_the_rest_if_there_is_one(moving):
    masks = [None, moving("a", 255, 0, 253, 100)]
    assert [visible_styles(masks, k) for k in range(4)] == [[1], [0], [1], [0, 1]]


def test_masks_of_several_sizes_are_not_added_up(moving, tmp_path):
    path = tmp_path / "m.png"
    Image.new("L", (3, 3), 255).save(path)
    assert visible_styles([moving("a", 255), StillMask(path), None], 0) == [0, 1, 2]
