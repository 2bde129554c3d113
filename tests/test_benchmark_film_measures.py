"""The numbers of films whose faults are known."""

from types import SimpleNamespace

import numpy as np
import pytest

measures = pytest.importorskip("film_measures", reason="the benchmarks are not here")
sequences = pytest.importorskip("film_sequences", reason="the benchmarks are not here")

COUNT = 12
PAN = sequences.make_sequences((80, 64), COUNT)["pan"]
NOISE = np.random.default_rng(0).normal(size=(COUNT, 64, 80, 3))


def source(t):
    return PAN.frame(t)


def flickering(t):
    return PAN.frame(t) + 10 * NOISE[t]


def darkening(t):
    return PAN.frame(t) - 0.5 * t


def blurred(t):
    picture = PAN.frame(t).astype(float)
    return np.stack([measures.blurred(picture[..., c], 1.0) for c in range(3)], -1)


def errors(distance=1, *, without_light=False, **films):
    found = measures.warping_errors(films, PAN, COUNT, distance=distance)
    return {name: values[:, int(without_light)].mean() for name, values in found.items()}


def test_noise_of_two_frames_adds():
    found = errors(source=source, flickering=flickering)
    # the warped frame's noise is smoothed between pixels, the other one's is not
    assert 100 < found["flickering"] - found["source"] < 220
    assert found["source"] < 10


def test_drift_shows_over_many_frames_and_not_over_one():
    near, far = (errors(n, source=source, darkening=darkening) for n in (1, 10))
    assert near["darkening"] - near["source"] == pytest.approx(0.25, abs=0.2)
    assert far["darkening"] - far["source"] == pytest.approx(25, rel=0.2)


def test_a_change_of_light_is_told_from_flicker():
    films = {"source": source, "flickering": flickering, "darkening": darkening}
    found, rest = (errors(10, without_light=without, **films) for without in (False, True))
    assert rest["darkening"] < 1.2 * rest["source"] < found["darkening"] / 3
    assert rest["flickering"] > 0.9 * found["flickering"]


def test_one_error_a_pair_and_each_frame_visited():
    visited = []
    found = measures.warping_errors({"a": source}, PAN, COUNT, distance=10, visited=visited.append)
    assert found["a"].shape == (2, 2)
    assert visited == [10, 11]


def test_what_is_hidden_does_not_count():
    hidden = SimpleNamespace(flow=PAN.flow, visible=lambda *_: np.zeros((64, 80), bool))
    assert np.isnan(measures.warping_errors({"a": source}, hidden, 3)["a"]).all()


def test_the_sources_own_change_is_no_drift():
    means = measures.mean_colors(source, COUNT)
    assert means.shape == (COUNT, 3)
    assert measures.drift(means, means) == 0
    assert np.ptp(means[:, 0]) > 0.1
    dark = measures.mean_colors(darkening, COUNT)
    assert measures.drift(dark, means) == pytest.approx(0.5 * (COUNT - 1), abs=0.01)


def test_frames_that_show_the_same_have_the_same_colour():
    there = np.linspace(0, 30, 6)[:, None] * np.ones(3)
    film = np.concatenate([there, there[-2::-1]])
    assert measures.drift_of_return(film, 5) == 0
    film[:, 2] += 0.2 * np.arange(len(film))
    assert measures.drift_of_return(film, 5) == pytest.approx(2)
    assert measures.drift_of_return(film[:6], 5) is None


def test_a_film_that_comes_back_in_part_is_compared_as_far():
    film = np.arange(8.0)[:, None] * np.ones(3)
    assert measures.drift_of_return(film, 5) == pytest.approx(4)


@pytest.mark.parametrize("measure", ["sharpness", "fine_power"])
def test_blur_is_less_sharp_and_noise_more(measure):
    def ratio(film):
        chosen = getattr(measures, measure)
        return measures.sharpness_ratio(film, source, range(1, 4), chosen)

    assert ratio(source) == 1
    assert ratio(blurred) < 0.8
    assert ratio(flickering) > 1.02
    assert ratio(lambda t: np.ascontiguousarray(PAN.frame(t)[:, ::-1])) == pytest.approx(1)
