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
    progress = Progress(schedule=((4, 5), (6, 5)), evaluations=3, last=FIGURES, **changes)
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {"position": progress.to_dict()}, arrays)
    return progress, read_checkpoint(path)


def test_between_scales_the_picture_is_kept(tmp_path):
    picture = np.linspace(-9, 300, 36, dtype=np.float32).reshape(1, 3, 3, 4)
    progress, checkpoint = written(tmp_path, arrays_between_scales(picture), scale=1)
    found, start = saved_progress(checkpoint)
    assert found == progress
    np.testing.assert_array_equal(start, picture.clip(0, 255))


def test_within_a_scale_the_optimiser_is_kept(tmp_path):
    optimizer = LBFGS(np.arange(6, dtype=np.float32))
    for _ in range(3):
        x = optimizer.ask()
        optimizer.tell(float(x @ x), 2 * x)
    progress, checkpoint = written(tmp_path, arrays_within_scale(optimizer), done=3)
    found, start = saved_progress(checkpoint)
    assert found == progress
    assert start.size == 0
    again = LBFGS(np.zeros(6, np.float32))
    load_optimizer(again, checkpoint)
    np.testing.assert_array_equal(again.ask(), optimizer.ask())
    assert again.evaluations == 3


def test_a_checkpoint_without_them_is_damaged(tmp_path):
    _, checkpoint = written(tmp_path, {}, scale=1)
    with pytest.raises(CheckpointError, match="damaged"):
        saved_progress(checkpoint)
    with pytest.raises(CheckpointError, match="damaged"):
        load_optimizer(LBFGS(np.zeros(6, np.float32)), checkpoint)
