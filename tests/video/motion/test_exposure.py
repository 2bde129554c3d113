import numpy as np
import pytest
from moving import Motion, Sequence

from ortstyle.video.motion.exposure import equal_exposure


def gray(sequence, time):
    return sequence.frame(time)[..., 1]


@pytest.mark.parametrize("light", [-0.5, 0.4])
def test_the_light_of_both_frames_is_one_afterwards(light):
    lit = Sequence((72, 96), ground=Motion(velocity=(2, 1)), light=light)
    first, second = equal_exposure(gray(lit, 0), gray(lit, 1))
    pairs = first[10:-10, 10:-10].astype(float), second[11:-9, 12:-8].astype(float)
    assert abs(pairs[0].mean() - pairs[1].mean()) < 1
    if light < 0:  # else bright places are clipped
        assert np.abs(pairs[0] - pairs[1]).mean() < 2
        assert np.array_equal(first, gray(lit, 0))  # the one of more contrast stays


def test_frames_of_one_light_hardly_change_though_a_thing_comes_in():
    still = Sequence((72, 96))
    first, second = gray(still, 0), gray(still, 0).copy()
    second[20:45, 30:60] = 250
    found = equal_exposure(first, second)
    assert np.abs(found[0].astype(int) - first).max() <= 4
    assert np.abs(found[1].astype(int) - second).max() <= 4


def test_noise_on_a_flat_picture_is_not_fitted():
    random = np.random.default_rng(0)
    first = np.full((40, 40), 90, np.uint8)
    second = random.integers(99, 102, (40, 40), dtype=np.uint8)
    found = equal_exposure(first, second)
    assert found[1].max() - found[1].min() <= 2
