"""Estimated motion is held against motion that is known."""

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs OpenCV, of the extra video")
motion = pytest.importorskip("film_motion", reason="the benchmarks are not here")
sequences = pytest.importorskip("film_sequences", reason="the benchmarks are not here")

SIZE = (160, 120)
EXACT = sequences.make_sequences(SIZE, 60)
FINE = sequences.make_sequences((320, 240), 60)


@pytest.mark.parametrize("name", ["pan", "zoom", "rotation", "cutout"])
@pytest.mark.parametrize(("t", "s", "least"), [(30, 29, 0.6), (30, 20, 0.4)])
def test_what_is_believed_is_right(name, t, s, least):
    estimated = motion.EstimatedMotion(FINE[name].frame, SIZE)
    believed = estimated.visible(t, s)
    assert believed.mean() > least
    wrong = np.linalg.norm(estimated.flow(t, s) - EXACT[name].flow(t, s), axis=-1)
    assert np.quantile(wrong[believed], 0.9) < 0.5
    assert wrong[believed].mean() < 0.6 * wrong.mean() + 0.05


def test_what_is_hidden_is_not_believed():
    believed = motion.EstimatedMotion(FINE["cutout"].frame, SIZE).visible(30, 20)
    hidden = ~EXACT["cutout"].visible(30, 20)
    assert believed[hidden].mean() < 0.35 * believed.mean()


def test_flow_and_mask_are_of_one_estimate():
    asked = []

    def frame(t):
        asked.append(t)
        return FINE["pan"].frame(t)

    estimated = motion.EstimatedMotion(frame, SIZE)
    estimated.flow(3, 2)
    assert estimated.visible(3, 2).shape == (120, 160)
    assert asked == [3, 2]


def test_a_clip_that_changes_all_at_once_is_not_believed():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (2, 64, 64, 3), np.uint8)
    believed = motion.EstimatedMotion(lambda t: pictures[t], (64, 64)).visible(1, 0)
    assert believed.mean() < 0.05
