"""Tests of what a film is said to take."""

import pytest

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video import estimate
from ortstyle.video.estimate import estimate_film, evaluation_seconds

SIZE = (512, 288)
SETTINGS = Settings(scales=1, iterations=100)


def of(frames, film=None, **given):
    return estimate_film(frames, SIZE, SETTINGS, FilmSettings(**(film or {})), **given)


def test_the_first_frame_takes_more_than_those_after_it():
    found = of(60, {"frame_iterations": 20})
    assert (found.first, found.later, found.between) == (1, 59, 0)
    assert found.evaluations == found.work == 100 + 59 * 20
    assert found.first_ratio == pytest.approx(5)
    assert found.seconds is None


def test_every_scene_has_a_first_frame():
    found = of(60, {"frame_iterations": 20}, scenes=(range(10), range(10, 60)))
    assert (found.scenes, found.first, found.later) == (2, 2, 58)


def test_coarse_scales_count_by_their_pixels():
    settings = Settings(iterations=100)
    found = estimate_film(1, SIZE, settings, FilmSettings())
    assert found.first_evaluations == found.evaluations == 100
    assert 40 < found.work < 80
    assert found.first_ratio == 1


def test_frames_between_painted_ones_are_not_painted():
    found = of(10, {"every": 4})
    assert (found.first, found.later, found.between) == (1, 3, 6)


def test_every_pass_paints_all_frames_again():
    once, thrice = of(10), of(10, {"passes": 3})
    assert (once.first, once.later) == (thrice.first, thrice.later / 3) == (1, 9)
    assert once.disk_bytes < thrice.disk_bytes < 2 * once.disk_bytes
    assert thrice.disk_bytes == of(10, {"passes": 9}).disk_bytes
    sparse = of(10, {"passes": 3, "every": 3})
    assert sparse.between == 6
    assert once.disk_bytes < sparse.disk_bytes < thrice.disk_bytes


def test_a_loop_paints_its_beginning_once_more():
    found = of(100, {"loop": True})
    assert found.first == 1
    assert 99 < found.later < 150
    assert found.disk_bytes == of(100, {"passes": 2}).disk_bytes
    scenes = (range(50), range(50, 100))
    assert of(100, {"loop": True}, scenes=scenes).later == 98


def test_later_frames_take_no_more_than_a_picture():
    assert of(10, {"frame_iterations": 500}).later_evaluations == 100


def test_frames_by_themselves_are_all_first_ones():
    found = of(10, {"consistency": "none", "every": 3, "passes": 2})
    assert found.disk_bytes == of(10).disk_bytes
    assert (found.first, found.later, found.between) == (4, 0, 6)
    assert found.evaluations == 400
    assert found.first_ratio == 1


def test_the_time_follows_from_that_of_an_evaluation():
    found, twice = of(60, seconds_each=0.5), of(60, seconds_each=1.0)
    assert twice.seconds - found.seconds == pytest.approx(found.work * 0.5)
    assert found.work * 0.5 < found.seconds < found.work * 0.5 + 60


def test_the_room_grows_with_frames_and_bits():
    assert of(200).disk_bytes == 2 * of(100).disk_bytes
    assert of(100, bits=10).disk_bytes > of(100).disk_bytes
    assert 100 * 6 * 512 * 288 / 2 < of(100).disk_bytes < 100 * 9 * 512 * 288


def test_a_film_without_frames_takes_nothing():
    found = of(0, seconds_each=1.0)
    assert (found.frames, found.scenes, found.work, found.disk_bytes) == (0, 0, 0, 0)
    assert found.seconds == 0
    assert "0 frames" in found.text


def test_the_line_says_all_of_it():
    found = of(1200, {"every": 2, "frame_iterations": 20}, seconds_each=0.5)
    assert found.text == (
        "1,200 frames of 512×288, 599 of them between painted ones, 12,100 evaluations, "
        f"{found.disk_bytes / 1e9:.1f} GB on the disk, about 1 h 50 min"
    )
    assert of(1).text.startswith("1 frame of 512×288, 100 evaluations, 1 MB")
    assert "2 scenes" in of(5, scenes=(range(2), range(2, 5))).text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.01, "1 s"),
        (42.4, "42 s"),
        (89.9, "90 s"),
        (90, "2 min"),
        (3599, "60 min"),
        (5399, "1 h 30 min"),
        (7200, "2 h"),
        (7190, "2 h"),
        (86400 * 2 - 31, "48 h"),
        (86400 * 2, "2 days"),
        (86400 * 1234, "1,234 days"),
    ],
)
def test_durations_are_no_more_exact_than_they_may_be(seconds, text):
    assert estimate._duration(seconds) == text


def test_an_evaluation_is_measured_at_a_small_size(tiny, tiny_settings, monkeypatch):
    pytest.importorskip("onnxruntime")
    from ortstyle.run import timed_evaluation

    shapes, real = [], timed_evaluation.evaluate_noise

    def measure(*arguments, shape, device):
        shapes.append((shape, device.name))
        found, _ = real(*arguments, shape=(24, 24), device=device)
        return found, 0.25

    monkeypatch.setattr(timed_evaluation, "evaluate_noise", measure)
    settings = tiny_settings(model=str(tiny))
    assert evaluation_seconds((512, 256), settings, device="cpu") == 0.5
    assert shapes == [((256, 256), "cpu")]
