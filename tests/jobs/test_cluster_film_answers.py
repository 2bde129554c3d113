"""What workers answer is a frame, names of files, or one line; everything else is refused."""

from io import BytesIO

import numpy as np
import pytest

from ortstyle.errors import ClusterError, DeviceError, JobError, OrtStyleError
from ortstyle.jobs.cluster_film_answers import OF_WORKER, PaintedAnswer, read_answer
from ortstyle.video.frames.frame_file import to_pixels, write_frame

SIZE = (5, 4)
LEVELS = np.arange(60, dtype=np.uint16).reshape(4, 5, 3) * 1000


def frame(levels=LEVELS):
    file = BytesIO()
    write_frame(file, levels)
    return file.getvalue()


def answer(**changes):
    return {"frame": frame(), "evaluations": 10, "loss": 5.5, "seconds": 1.5} | changes


def read(given):
    return read_answer(given, size=SIZE, worker="a")


def test_a_frame_comes_with_its_figures():
    found = read(answer())
    assert isinstance(found, PaintedAnswer)
    np.testing.assert_array_equal(found.pixels, to_pixels(LEVELS))
    assert (found.evaluations, found.loss, found.seconds) == (10, 5.5, 1.5)


def test_names_of_missing_files_come():
    assert read({"missing": ["source-1.png"]}) == {"source-1.png"}


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "frame",
        {},
        {"frame": frame()},
        {"missing": []},
        {"missing": "source-1.png"},
        {"missing": ["source-1.png"] * 5000},
        {"missing": ["../x"]},
        answer(more=1),
        answer(frame=b""),
        answer(frame=frame()[:-5]),
        answer(frame=frame(LEVELS.astype(np.uint8))),
        answer(frame=frame(LEVELS[:3])),
        answer(frame=bytearray(frame())),
        answer(evaluations=0),
        answer(evaluations=1.0),
        answer(loss="1"),
        answer(seconds=float("inf")),
        answer(seconds=None),
    ],
    ids=lambda given: str(given)[:40],
)
def test_something_else_is_refused(given):
    with pytest.raises(JobError):
        read(given)


def test_errors_are_those_of_ortstyle():
    with pytest.raises(DeviceError, match="worker a: the card is gone") as caught:
        read({"error": "the card\n is gone", "kind": "DeviceError"})
    assert isinstance(caught.value, OF_WORKER)
    for kind in ("", "SystemExit", "OrtStyleError", "MemoryBudgetError", None, []):
        with pytest.raises(ClusterError, match="worker a: no") as caught:
            read({"error": "no", "kind": kind})
        assert not isinstance(caught.value, OF_WORKER)


def test_long_lines_are_cut():
    with pytest.raises(OrtStyleError) as caught:
        read({"error": "x" * 10_000, "kind": ""})
    assert len(str(caught.value)) < 400
