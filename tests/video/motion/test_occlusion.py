import numpy as np
import pytest
from moving import Motion, Sequence, sequences

from ortstyle.video.motion.flow import optical_flow
from ortstyle.video.motion.occlusion import away_from_border, is_hidden, reliability

SEQUENCES = sequences(128)


@pytest.mark.parametrize("name", SEQUENCES)
def test_trusted_points_are_right_and_right_points_trusted(name):
    sequence = SEQUENCES[name]
    frames = sequence.frame(0), sequence.frame(1)
    flow, back = optical_flow(*frames), optical_flow(*frames[::-1])
    trusted = reliability(flow, back) > 0.5
    error = np.linalg.norm(flow - sequence.flow(0, 1), axis=-1)
    seen = sequence.visible(0, 1)
    assert (error < 1)[trusted].mean() > 0.99
    assert trusted[seen & (error < 1)].mean() > 0.93
    assert trusted[~seen].mean() < 0.05


def test_the_constants_are_those_of_the_paper():
    still = np.zeros((9, 9, 2), np.float32)
    back = still.copy()
    for length, trusted in ((0.70, 1), (0.72, 0)):  # 0.5 = 0.707²
        back[..., 0] = length
        assert reliability(still, back)[4, 4] == trusted
    for difference, trusted in ((0.088, 1), (0.092, 0)):  # 0.002 = (0.0894 / 2)²
        step = still.copy()
        step[:, 4:, 1] = difference
        assert reliability(step, -step)[4, 4] == trusted


def test_a_fast_zoom_is_no_boundary():
    zoom = Sequence((96, 128), ground=Motion(zoom=0.08, center=(64, 48)))
    mask = reliability(zoom.flow(0, 1), zoom.flow(1, 0))
    assert mask[zoom.visible(0, 1)].mean() > 0.98


def test_still_pictures_are_trusted_to_the_border():
    still = np.full((20, 30, 2), 0.1, np.float32)
    assert reliability(still, -still).min() == 1
    assert reliability(still[:1, :1], -still[:1, :1]).shape == (1, 1)


def test_what_has_come_away_from_the_border_counts_less():
    flow = np.zeros((40, 60, 2), np.float32)
    assert (away_from_border(flow) == 1).all()
    flow[..., 0] = 10  # a frame ago all lay 10 pixels to the right
    away = away_from_border(flow)
    assert (away[20, 51:] == 0).all()  # was outside
    assert 0 < away[20, 48] < 1
    assert away[20, 45] == 1
    assert away[20, 0] == 1  # is as near to the border as anything can be
    assert away.dtype == np.float32


def test_what_is_hidden_or_outside_is_told_apart_from_edges_of_motion():
    flow = np.zeros((20, 30, 2), np.float32)
    flow[:, 10:20, 0] = 3.0
    back = -flow
    back[:, 24:] = 9.0  # leads elsewhere
    hidden = is_hidden(flow, back)
    assert hidden[:, 25:].all()
    assert not hidden[:, :8].any()
    edges = reliability(flow, np.zeros_like(flow) - 3.0 * (flow > 0)) == 0
    assert edges.any()
    flow[..., 0] = 40
    assert is_hidden(flow, -flow).all()
