import numpy as np

from ortstyle.video.motion.smoothing import filled, smoothed


def test_what_is_known_stays_and_holes_take_what_surrounds_them():
    rows = np.linspace(0, 1, 40, dtype=np.float32)[:, None]
    true = np.stack([np.tile(rows, (1, 50)), np.full((40, 50), 3, np.float32)], axis=-1)
    known = np.ones((40, 50), np.float32)
    known[12:30, 15:40] = 0
    found = filled(true + 9 * (1 - known[..., None]), known)
    assert np.array_equal(found[known > 0], true[known > 0])
    assert np.abs(found - true).max() < 0.2
    assert np.allclose(found[..., 1], 3, atol=1e-4)


def test_one_known_point_fills_all_and_none_changes_nothing():
    values = np.random.default_rng(0).random((30, 200, 2), dtype=np.float32)
    known = np.zeros((30, 200), np.float32)
    assert np.array_equal(filled(values, known), values)
    known[3, 5] = 1
    assert np.allclose(filled(values, known), values[3, 5], atol=1e-2)


def test_smoothing_keeps_flat_values_and_shapes():
    for shape in ((9, 7), (9, 7, 1), (9, 7, 3)):
        smooth = smoothed(np.full(shape, 5, np.float32), 2)
        assert smooth.shape == shape
        assert np.allclose(smooth, 5)
