"""The state of a run in a checkpoint, written and read again."""

import numpy as np
import pytest

from ortstyle.errors import CheckpointError
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.run.checkpoint import read_checkpoint, write_checkpoint
from ortstyle.run.progress import Progress
from ortstyle.run.saved_state import (
    arrays_between_scales,
    arrays_within_scale,
    load_optimizer,
    saved_progress,
)
from ortstyle.settings.settings import Settings

SETTINGS = Settings(size=6, scales=2, iterations=(5, 5))

FIGURES = {
    "width": 4,
    "height": 3,
    "scale": (0, 2),
    "iteration": 2,
    "evaluations": 3,
    "loss": 5.0,
    "terms": {"content": 0.0, "style": 5.0, "tv": 0.0},
    "seconds": 1.0,
}


def written(tmp_path, arrays, **changes):
    """Write a checkpoint with a run's progress, and read it again."""
    known = {"schedule": ((4, 5), (6, 5)), "evaluations": 3, "last": FIGURES}
    progress = Progress(**(known | changes))
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {"position": progress.to_dict()}, arrays)
    return progress, read_checkpoint(path)


def size_of(side):
    """Return the width and height of a picture of 4:3."""
    return side, side * 3 // 4


def test_between_scales_the_picture_is_kept(tmp_path):
    picture = np.linspace(-9, 300, 36, dtype=np.float32).reshape(1, 3, 3, 4)
    progress, checkpoint = written(tmp_path, arrays_between_scales(picture), scale=1)
    found, start = saved_progress(checkpoint, SETTINGS, size_of)
    assert found == progress
    np.testing.assert_array_equal(start, picture.clip(0, 255))


def test_within_a_scale_the_optimiser_is_kept(tmp_path):
    optimizer = LBFGS(np.arange(6, dtype=np.float32))
    for _ in range(3):
        x = optimizer.ask()
        optimizer.tell(float(x @ x), 2 * x)
    progress, checkpoint = written(tmp_path, arrays_within_scale(optimizer), done=3)
    found, start = saved_progress(checkpoint, SETTINGS, size_of)
    assert found == progress
    assert start.size == 0
    again = LBFGS(np.zeros(6, np.float32))
    load_optimizer(again, checkpoint)
    np.testing.assert_array_equal(again.ask(), optimizer.ask())
    assert again.evaluations == 3


def test_a_checkpoint_without_them_is_damaged(tmp_path):
    _, checkpoint = written(tmp_path, {}, scale=1)
    with pytest.raises(CheckpointError, match="damaged"):
        saved_progress(checkpoint, SETTINGS, size_of)
    with pytest.raises(CheckpointError, match="damaged"):
        load_optimizer(LBFGS(np.zeros(6, np.float32)), checkpoint)


START = np.zeros((1, 3, 3, 4), np.float32)
OTHER_PROGRESS = [
    {"schedule": ()},
    {"schedule": ((4, 5), (7, 5))},
    {"schedule": ((6, 5), (4, 5))},
    {"schedule": ((4, 5), (6, 6))},
    {"schedule": ((6, 5),)},
    {"schedule": ((4, 5), (6, 10**9))},
    {"scale": 0},
    {"done": 6},
    {"evaluations": 2},
    {"evaluations": 9, "last": FIGURES | {"evaluations": 9}},
    {"last": FIGURES | {"width": 10**6}},
    {"last": FIGURES | {"height": 4}},
    {"last": FIGURES | {"scale": (0,)}},
    {"last": FIGURES | {"scale": (2, 2)}},
]


@pytest.mark.parametrize("changes", OTHER_PROGRESS, ids=str)
def test_progress_that_no_run_with_the_settings_makes_is_damaged(tmp_path, changes):
    _, checkpoint = written(tmp_path, {"start": START}, **({"scale": 1} | changes))
    with pytest.raises(CheckpointError, match="damaged"):
        saved_progress(checkpoint, SETTINGS, size_of)


@pytest.mark.parametrize(
    "start",
    [START[:, :, :2], START[0], START.astype(np.float64), START * np.nan, np.array("text")],
    ids=lambda start: f"{start.dtype} {start.shape}",
)
def test_a_start_that_is_not_the_picture_painted_last_is_damaged(tmp_path, start):
    _, checkpoint = written(tmp_path, {"start": start}, scale=1)
    with pytest.raises(CheckpointError, match="damaged"):
        saved_progress(checkpoint, SETTINGS, size_of)


OTHER_STATES = {
    "trial": np.zeros(7, np.float32),
    "at.x": np.zeros((2, 3), np.float32),
    "at.gradient": np.array(1.0, np.float32),
    "at.losses": np.zeros(3),
    "counters": np.array([2, -1, 0]),
    "losses": np.array(["a", "b"]),
    "numbers": np.zeros(1),
    "stop": np.array("NO_SUCH"),
    "pairs.sy": np.zeros((2, 2)),
    "pairs.yy": np.zeros((21, 21)),
    "pairs.s.rows": np.zeros((2, 5), np.float32),
    "pairs.pushed": np.array(1 << 62),
    "more": np.array([1, 2]),
}


@pytest.mark.parametrize("name", OTHER_STATES)
def test_arrays_of_another_kind_than_the_optimisers_are_damaged(tmp_path, name):
    optimizer = LBFGS(np.arange(6, dtype=np.float32))
    for _ in range(4):
        x = optimizer.ask()
        optimizer.tell(float(x @ x**3), 4 * x**3)
    arrays = arrays_within_scale(optimizer)
    assert len(arrays["optimizer.pairs.s.rows"])
    _, checkpoint = written(tmp_path, arrays, done=3)
    load_optimizer(LBFGS(np.zeros(6, np.float32)), checkpoint)
    _, checkpoint = written(tmp_path, arrays | {f"optimizer.{name}": OTHER_STATES[name]}, done=3)
    with pytest.raises(CheckpointError, match="damaged"):
        load_optimizer(LBFGS(np.zeros(6, np.float32)), checkpoint)
