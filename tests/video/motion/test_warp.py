import numpy as np
import pytest
from moving import Motion, Sequence, sequences

from ortstyle.video.motion.warp import compose, warp

SEQUENCE = sequences(128)["rotation"]


def test_the_second_picture_is_brought_onto_the_first():
    first, second = (SEQUENCE.picture(time).astype(np.float32) for time in (0, 1))
    warped = warp(second, SEQUENCE.flow(0, 1))
    error = np.abs(warped - first)[8:-8, 8:-8]
    assert error.mean() < 0.5
    assert np.abs(second - first)[8:-8, 8:-8].mean() > 10


def test_masks_are_interpolated_linearly():
    mask = np.zeros((16, 20), np.float32)
    mask[:, 10:] = 1
    moved = warp(mask, np.full((16, 20, 2), [0.25, 0], np.float32), linear=True)
    assert moved.shape == (16, 20)
    assert moved[5, 9] == 0.25
    assert moved.min() == 0
    assert moved.max() == 1


def test_composed_flows_are_the_flow_over_both():
    found = compose(SEQUENCE.flow(0, 1), SEQUENCE.flow(1, 2))
    error = np.linalg.norm(found - SEQUENCE.flow(0, 2), axis=-1)[SEQUENCE.visible(0, 1)]
    assert error.max() < 0.05


def sharpness(picture):
    inside = picture[24:-24, 24:-24]
    return np.abs(np.diff(inside, axis=0)).mean() + np.abs(np.diff(inside, axis=1)).mean()


def test_sharpness_lasts_through_many_warps():
    slow = Sequence((96, 128), ground=Motion(velocity=(0.37, 0.21), turn=0.01, center=(64, 48)))
    warped = slow.picture(0).astype(np.float32)
    for time in range(1, 13):
        warped = warp(warped, slow.flow(time, time - 1))
    true = slow.picture(12)
    assert abs(sharpness(warped) / sharpness(true) - 1) < 0.03
    assert np.abs(warped - true)[24:-24, 24:-24].mean() < 2


def test_the_border_is_repeated():
    ramp = np.tile(np.arange(8, dtype=np.float32), (8, 1))
    moved = warp(ramp, np.full((8, 8, 2), [20, 0], np.float32))
    assert np.allclose(moved, 7)


@pytest.mark.parametrize("channels", [1, 2, 5, 8])
def test_any_number_of_channels_is_warped_alike(channels):
    random = np.random.default_rng(0)
    picture = random.random((24, 30, channels), dtype=np.float32)
    flow = random.uniform(-2, 2, (24, 30, 2)).astype(np.float32)
    warped = warp(picture, flow)
    assert warped.shape == picture.shape
    for channel in range(channels):
        alone = warp(np.ascontiguousarray(picture[..., channel]), flow)
        assert np.allclose(warped[..., channel], alone, atol=1e-6)


def test_nothing_moved_is_the_same_picture():
    picture = SEQUENCE.picture(0).astype(np.float32)
    assert np.allclose(warp(picture, np.zeros((*picture.shape[:2], 2), np.float32)), picture)
