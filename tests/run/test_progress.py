"""How far a run is, written as JSON and read again."""

import json
from dataclasses import replace
from math import inf, nan

import pytest

from ortstyle.run.progress import Progress

FIGURES = {
    "width": 24,
    "height": 18,
    "scale": (0, 2),
    "iteration": 3,
    "evaluations": 4,
    "loss": 1.5,
    "terms": {"content": 1.0, "style": 0.5, "tv": 0.0},
    "seconds": 2.0,
}
PROGRESS = Progress(
    schedule=((24, 5), (34, 3)),
    scale=0,
    done=4,
    iterations=0,
    restarts=1,
    evaluations=4,
    seconds=2.0,
    last=FIGURES,
    lowest=(3.0, 2.5, 1.5),
)


def written(progress):
    return json.loads(json.dumps(progress.to_dict()))


def test_json_holds_all_of_it():
    assert Progress.from_dict(written(PROGRESS)) == PROGRESS
    over = replace(PROGRESS, scale=2, done=0)
    assert Progress.from_dict(written(over)) == over


def test_checkpoints_of_earlier_versions_hold_no_losses():
    data = written(PROGRESS)
    del data["lowest"]
    assert Progress.from_dict(data) == replace(PROGRESS, lowest=())


def test_a_scale_is_settled_where_ten_evaluations_lower_the_lowest_loss_by_too_little():
    progress = Progress(schedule=((10, 40), (20, 40)))
    losses = [100.0, 90.0, inf, nan, 95.0, *[89.0] * 6]
    for loss in losses:
        progress = progress.after_evaluation(loss)
        assert not progress.is_settled(0.5)
    assert progress.lowest == (100.0, 90.0, 90.0, *[89.0] * 6)
    progress = progress.after_evaluation(88.0).after_evaluation(88.0)
    assert len(progress.lowest) == 11
    assert progress.is_settled(0.13)
    assert not progress.is_settled(0.11)
    assert progress.after_evaluation(88.0).is_settled(0.03)  # the first loss counts no longer
    assert not progress.at_next_scale().is_settled(1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 3},
        {"scale": -1},
        {"last": None},
        {"last": {"scale": [1]}},
        {"last": FIGURES | {"glitter": 1}},
        {"seconds": float("nan")},
        {"seconds": -1.0},
        {"seconds": 10**400},
        {"seconds": 2**64},
        {"last": FIGURES | {"seconds": float("inf")}},
        {"schedule": [[1]]},
        {"schedule": "x"},
        {"evaluations": "a"},
        {"evaluations": -3},
        {"done": 1.5},
        {"restarts": True},
        {"lowest": ["a"]},
        {"lowest": 1.0},
        {"seconds": None},
        {"last": FIGURES | {"width": "a"}},
        {"last": FIGURES | {"loss": []}},
        {"last": FIGURES | {"terms": {"style": "a"}}},
    ],
)
def test_anything_else_is_refused(change):
    with pytest.raises((TypeError, ValueError, KeyError, OverflowError)):
        Progress.from_dict(written(PROGRESS) | change)


def test_the_time_left_goes_by_the_pixels_and_the_time_so_far():
    made = Progress(schedule=((10, 4), (20, 3)), done=2, evaluations=2, seconds=1.0)
    assert made.seconds_left == 0.5 * (2 + 3 * 4)
    later = replace(made, scale=1, done=1, seconds=8.0)  # 4 quarters of an evaluation, and one
    assert later.seconds_left == 4.0 * 2
    assert replace(made, scale=1, done=0, seconds=8.0).seconds_left == 8.0 * 3
    assert replace(made, scale=2, done=0).seconds_left == 0
    assert replace(made, done=0).seconds_left == 0
