"""The motion between the frames of a film."""

import numpy as np
import pytest
from films_at_work import SHIFT, film_folder, shifting_frame

from ortstyle.video.painting import frame_motion
from ortstyle.video.painting.frame_motion import FrameMotion

pytest.importorskip("cv2")
SIZE = (96, 64)


@pytest.fixture
def folder(tmp_path):
    with film_folder(
        tmp_path / "film", [shifting_frame(index, size=SIZE) for index in range(6)], size=SIZE
    ) as made:
        yield made


def error(motion, frames):
    """Return the mean error in pixels of a motion that goes back by some frames."""
    away = motion.flow - np.array(SHIFT) * frames
    return np.hypot(away[..., 0], away[..., 1])[8:-8, 8:-8].mean()


def test_a_motion_and_the_way_back_are_estimated_at_once(folder, monkeypatch):
    motion = FrameMotion(folder)
    there = motion.between(1, 0)
    monkeypatch.setattr(frame_motion, "optical_flow", None)  # is not asked again
    back = motion.between(0, 1)
    assert error(there, 1) < 0.15
    assert error(back, -1) < 0.15
    assert there.reliable.mean() > 0.8
    assert there.hidden[:, 0].mean() < 0.2


def test_a_motion_over_several_frames_goes_by_way_of_those_between(folder):
    motion = FrameMotion(folder).along((5, 4, 3, 2, 1, 0))
    assert error(motion, 5) < 0.3
    assert motion.reliable[8:-8, 8:-12].mean() > 0.8
    assert motion.hidden[:, -4:].mean() > 0.9  # came into view
    assert not (motion.reliable * motion.hidden).any()


def test_a_frame_does_not_move_to_itself(folder):
    motion = FrameMotion(folder).along((3,))
    assert not motion.flow.any()
    assert motion.reliable.all()


def test_only_so_many_motions_are_kept(folder, monkeypatch):
    monkeypatch.setattr(frame_motion, "_MOST_BYTES", 200_000)
    motion = FrameMotion(folder)
    first = motion.between(1, 0)
    for index in range(2, 6):
        motion.between(index, index - 1)
    assert motion.between(1, 0) is not first
    assert (motion.between(1, 0).flow == first.flow).all()


def test_frames_of_16_bits_move_like_those_of_8(folder, tmp_path):
    deep = [shifting_frame(index, size=SIZE).astype(np.uint16) * 257 for index in range(2)]
    with film_folder(tmp_path / "deep", deep, size=SIZE) as other:
        found = FrameMotion(other).between(1, 0).flow
    assert (found == FrameMotion(folder).between(1, 0).flow).all()
