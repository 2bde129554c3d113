"""Films made by code: what their flow says is what their frames show."""

import numpy as np
import pytest

warped = pytest.importorskip("film_sampling", reason="the benchmarks are not here").warped
sequences = pytest.importorskip("film_sequences", reason="the benchmarks are not here")

SIZE = (96, 72)
MADE = sequences.make_sequences(SIZE, 120)
NAMES = ("pan", "zoom", "rotation", "cutout", "light")


def lit(sequence, t):
    return sequence.frame(t) / sequence.gain(t)


def error(sequence, t, s, flow=None):
    """Return the mean absolute difference in levels where frame `t` is seen in frame `s` too."""
    flow = sequence.flow(t, s) if flow is None else flow
    difference = np.abs(lit(sequence, t) - warped(lit(sequence, s), flow))
    return difference[sequence.visible(t, s)].mean()


def test_there_are_five():
    assert tuple(MADE) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("t", "s"), [(30, 29), (29, 30), (20, 30), (50, 10)])
def test_the_flow_leads_to_the_same_thing(name, t, s):
    sequence = MADE[name]
    exact = error(sequence, t, s)
    assert exact < 4  # levels: rounding, and what is finer than the pixels
    wrong = error(sequence, t, s, sequence.flow(t, s) + np.float32(1))
    assert wrong > 2 * exact


@pytest.mark.parametrize("name", NAMES)
def test_the_mask_leaves_most_of_the_frame(name):
    share = MADE[name].visible(30, 29).mean()
    assert 0.85 < share <= 1


def test_what_the_cutout_hides_is_not_visible():
    sequence = MADE["cutout"]
    seen = sequence.visible(30, 20)
    difference = np.abs(lit(sequence, 30) - warped(lit(sequence, 20), sequence.flow(30, 20)))
    inside = np.zeros_like(seen)
    inside[8:-8, 8:-8] = True
    hidden = difference[~seen & inside].mean()
    assert hidden > 8 * difference[seen].mean()


def test_the_cutout_moves_otherwise_than_its_background():
    flow = MADE["cutout"].flow(30, 29)
    assert np.ptp(flow[..., 0]) > 0.8


def test_motion_is_not_of_whole_pixels():
    flow = MADE["pan"].flow(1, 0)
    assert np.ptp(flow[..., 0]) < 1e-4
    assert 0.05 < abs(flow[0, 0, 0] % 1) < 0.95


@pytest.mark.parametrize("name", NAMES)
def test_the_motion_goes_there_and_back(name):
    sequence = MADE[name]
    assert np.array_equal(sequence.frame(58), sequence.frame(60))
    assert np.array_equal(sequence.frame(0), sequence.frame(118))
    assert not np.array_equal(sequence.frame(58), sequence.frame(59))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(64, 64), (96, 54), (40, 72)])
def test_no_frame_reaches_beyond_the_photograph(name, size):
    sequence = sequences.make_sequences(size, 60)[name]
    for t in (0, 15, 30, 45, 59):
        for layer in sequence.layers[:1]:
            points = sequences._mapped(layer.motion(t / 59), sequences._grid(*size))
            assert (np.abs(points) <= np.array(size) * 0.75).all()


def test_the_light_changes_the_mean_and_the_rest_does_not_move_much():
    means = [MADE["light"].frame(t).mean() for t in (0, 30, 59)]
    assert means[1] < 0.8 * means[0]
    assert np.abs(MADE["light"].flow(59, 0)).max() < 8


def test_a_frame_beyond_the_last_is_refused():
    with pytest.raises(IndexError, match="frame 120 of 120"):
        MADE["pan"].frame(120)


def test_a_clip_holds_the_frames(tmp_path):
    av = pytest.importorskip("av", reason="needs PyAV, of the extra video")
    sequence = sequences.make_sequences((48, 32), 3)["cutout"]
    path = tmp_path / "cutout.mkv"
    sequences.write_clip(sequence, path)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 25
    assert len(frames) == 3
    for t, frame in enumerate(frames):
        assert np.array_equal(frame, sequence.frame(t))
