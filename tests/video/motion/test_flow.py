import cv2
import numpy as np
import pytest
from moving import Motion, Sequence, sequences

from ortstyle.video.motion.flow import flow_along, optical_flow

SEQUENCES = sequences(128)
#: Mean error in pixels over the points that are seen in both pictures.
MOST = {
    "pan": 0.02,
    "zoom": 0.05,
    "rotation": 0.05,
    "cut-out": 0.1,
    "light": 0.02,
    "noise": 0.04,
}


def error(sequence, begin, end):
    found = optical_flow(sequence.frame(begin), sequence.frame(end))
    distance = np.linalg.norm(found - sequence.flow(begin, end), axis=-1)
    return distance[sequence.visible(begin, end)]


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_flow_is_the_true_one(name):
    assert error(SEQUENCES[name], 0, 1).mean() < MOST[name]


def test_motion_of_a_tenth_of_the_picture_is_found():
    assert error(SEQUENCES["pan"], 0, 7).mean() < 0.1


def test_a_strong_change_of_light_does_not_count_as_motion():
    sequence = Sequence((96, 128), ground=Motion(velocity=(1.7, -0.8)), light=-0.6)
    assert error(sequence, 0, 1).mean() < 0.1


def test_the_number_of_threads_changes_nothing():
    pair = [SEQUENCES["cut-out"].frame(time) for time in (0, 1)]
    before = cv2.getNumThreads()
    flows = []
    try:
        for threads in (1, 2, 3, 7):
            cv2.setNumThreads(threads)
            flows.append(optical_flow(*pair))
    finally:
        cv2.setNumThreads(before)
    assert len({flow.tobytes() for flow in flows}) == 1


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (16, 300), (300, 17), (24, 90)])
def test_small_and_narrow_pictures_have_a_flow(size):
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    flow = optical_flow(picture, picture)
    assert flow.shape == (*size, 2)
    assert flow.dtype == np.float32
    assert np.abs(flow).max() < 0.01


def test_flat_pictures_stand_still():
    flat = np.zeros((32, 48, 3), np.uint8)
    assert np.abs(optical_flow(flat, flat + 90)).max() == 0


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="no common flow"):
        optical_flow(np.zeros((32, 32, 3), np.uint8), np.zeros((32, 33, 3), np.uint8))


def test_frames_along_the_way_help_to_follow_fast_things():
    sequence = SEQUENCES["cut-out"]
    frames = [sequence.frame(time) for time in range(5)]
    seen, true = sequence.visible(0, 4), sequence.flow(0, 4)
    direct, led = (
        np.linalg.norm(flow - true, axis=-1)[seen].mean()
        for flow in (optical_flow(frames[0], frames[-1]), flow_along(frames))
    )
    assert led < 0.3
    assert led < 0.3 * direct
    assert np.array_equal(flow_along(frames[:2]), optical_flow(*frames[:2]))


def test_a_guess_is_left_as_it_is_and_may_be_small():
    picture = SEQUENCES["pan"].frame(0)[:9, :21]
    guess = np.full((9, 21, 2), 0.3, np.float32)
    assert optical_flow(picture, picture, guess=guess).shape == (9, 21, 2)
    assert np.array_equal(guess, np.full_like(guess, 0.3))
