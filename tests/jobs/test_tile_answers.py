"""What workers answer is checked: another thing than the tile that was asked for is refused."""

import numpy as np
import pytest

from ortstyle.errors import ClusterError, DeviceError, ModelError, OutOfMemoryError
from ortstyle.jobs.tile_answers import checked_outputs

SHAPES = {"gradient": (1, 3, 4, 5), "tv": (1,)}


def outputs(**changes):
    found = {name: np.ones(shape, np.float32) for name, shape in SHAPES.items()}
    return {"outputs": found | changes}


def check(answer):
    return checked_outputs(answer, shapes=SHAPES, worker="tcp://a:1")


def test_the_outputs_asked_for_are_returned():
    answer = outputs()
    assert check(answer) is answer["outputs"]


def test_a_worker_may_lack_what_it_should_have():
    assert check({"missing": ["core"]}) is None


class Subclass(np.ndarray):
    """An array that might do anything."""


@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        "outputs",
        [],
        {},
        {"outputs": None},
        {"outputs": {}},
        {"outputs": {"gradient": np.ones((1, 3, 4, 5), np.float32)}},
        outputs(more=np.ones(1, np.float32)),
        outputs(tv=1.0),
        outputs(tv=np.ones(1)),
        outputs(tv=np.array(["x"])),
        outputs(tv=np.array([None])),
        outputs(tv=np.ones(1, np.float32).view(Subclass)),
        outputs(tv=np.ones((), np.float32)),
        outputs(gradient=np.ones((1, 3, 5, 4), np.float32)),
    ],
    ids=lambda answer: str(answer)[:30].replace("\n", " "),
)
def test_anything_else_is_refused_in_one_line(answer):
    with pytest.raises(ClusterError, match=r"^worker tcp://a:1 has answered [^\n]*$"):
        check(answer)


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("DeviceError", DeviceError),
        ("OutOfMemoryError", OutOfMemoryError),
        ("ModelError", ModelError),
        ("MemoryBudgetError", ClusterError),  # has another signature
        ("annotations", ClusterError),
        ("", ClusterError),
        (None, ClusterError),
        (["x"], ClusterError),
    ],
    ids=str,
)
def test_an_error_is_one_of_ours_on_one_short_line(kind, raised):
    with pytest.raises(raised) as caught:
        check({"error": "first\nsecond " + "x" * 10_000, "kind": kind})
    assert type(caught.value) is raised
    assert str(caught.value).startswith("worker tcp://a:1: first second xxx")
    assert len(str(caught.value)) < 400
