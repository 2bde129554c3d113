"""Masks with soft edges."""

import numpy as np
import pytest

from ortstyle.video.motion.masks import feathered

pytest.importorskip("cv2")


def test_a_mask_grows_and_fades_out():
    mask = np.zeros((21, 21), bool)
    mask[8:13, 8:13] = True
    soft = feathered(mask, 1.5)
    assert soft[10, 10] > 0.9
    assert soft[10, 13] > 0.4  # grown
    profile = soft[10, 10:]
    assert (np.diff(profile) <= 1e-6).all()
    assert soft[10, -1] < 0.01
    assert soft.dtype == np.float32


def test_nothing_stays_nothing():
    assert not feathered(np.zeros((4, 4), bool), 2.0).any()
