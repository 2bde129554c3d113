"""What a frame is held to and starts from."""

import numpy as np
import pytest

from ortstyle.video.painting.held_frame import MovedFrame, as_batch, hold

HEIGHT, WIDTH = 16, 20


def one_color(value):
    return np.full((HEIGHT, WIDTH, 3), value, np.float32)


def left(share):
    found = np.zeros((HEIGHT, WIDTH), np.float32)
    found[:, : round(share * WIDTH)] = 1
    return found


NOTHING = np.zeros((HEIGHT, WIDTH), bool)


def test_a_frame_counts_only_where_those_before_it_say_nothing():
    keyframe = MovedFrame(one_color(200), left(0.5))
    neighbour = MovedFrame(one_color(100), left(0.75), firmness=0.25)
    held = hold([keyframe, neighbour], one_color(0), nearest=one_color(100), hidden=NOTHING)
    weights, pixels = held.anchor.weights, held.anchor.pixels[0, 0]
    assert (weights[:, 0], weights[:, 12], weights[:, -1]) == pytest.approx((1, 0.25, 0))
    assert (pixels[0, 0], pixels[0, 12], pixels[0, -1]) == pytest.approx((200, 100, 100))
    assert (held.start == held.anchor.pixels[0].transpose(1, 2, 0)).all()
    assert held.new == pytest.approx(1 - (0.5 + 0.25 * 0.25))


def test_what_comes_into_view_starts_from_the_source_and_is_free():
    source, painted = one_color(50), one_color(150)
    source[:, 15:] = 250
    hidden = ~left(0.75).astype(bool)
    moved = MovedFrame(painted, left(0.75))
    held = hold([moved], source, nearest=one_color(0), hidden=hidden)
    assert held.anchor.weights[5, -1] == pytest.approx(0, abs=1e-3)
    assert held.start[5, 2] == pytest.approx(150)
    assert (held.start[5, -1] > 100).all()  # neither black nor what the neighbour shows
    edge = held.anchor.weights[5]
    assert ((edge > 0.01) & (edge < 0.99)).any()  # soft


def test_what_the_neighbour_hides_and_another_frame_shows_is_held_to_that():
    hidden = ~NOTHING
    held = hold(
        [MovedFrame(one_color(80), left(1))], one_color(0), nearest=one_color(9), hidden=hidden
    )
    assert (held.anchor.weights == 1).all()
    assert (held.start == 80).all()


def test_an_edge_of_motion_starts_from_the_neighbour():
    held = hold(
        [MovedFrame(one_color(80), left(0.5))], one_color(0), nearest=one_color(40), hidden=NOTHING
    )
    assert (held.start[:, 10:] == 40).all()
    assert (held.anchor.weights[:, 10:] == 0).all()


def test_a_batch_has_channels_first():
    pixels = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    assert as_batch(pixels).shape == (1, 3, 2, 4)
    assert (as_batch(pixels)[0, 1] == pixels[..., 1]).all()
