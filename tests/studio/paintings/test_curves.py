"""Curves of the loss: bounded, and whole also after a kill or a restart of the painting."""

import json
import math

import pytest

from ortstyle.jobs.events import Event
from ortstyle.studio.paintings.curves import Curves, Point

ID, OTHER = "0" * 20, "1" * 20


def progress(evaluations, loss=1.0, of=100, **figures):
    figures = {
        "evaluations": evaluations,
        "of": of,
        "loss": loss,
        "terms": {"style": 0.5},
    } | figures
    return Event("progress", "0" * 16, figures)


@pytest.fixture
def curves(tmp_path):
    return Curves(tmp_path / "curves")


def test_a_curve_is_read_back(curves, tmp_path):
    curves.take(ID, progress(1, 4.0))
    curves.take(ID, progress(2, None, terms={"style": None, "tv": 1.0}))
    curves.take(ID, Event("checkpoint", "0" * 16, {"evaluations": 2}))
    curves.take(OTHER, progress(1))
    expected = [Point(1, 4.0, {"style": 0.5}), Point(2, None, {"style": None, "tv": 1.0})]
    assert curves.read(ID) == expected
    assert Curves(tmp_path / "curves").read(ID) == expected
    assert json.loads(json.dumps(curves.read(ID)))[0] == [1, 4.0, {"style": 0.5}]


def test_a_painting_that_was_never_begun_has_none(curves):
    assert curves.read(ID) == []


def test_a_long_painting_has_about_a_thousand_points_and_its_last_one(curves):
    for evaluations in range(1, 20_001):
        curves.take(ID, progress(evaluations, of=20_000))
    found = curves.read(ID)
    assert 900 < len(found) <= 1002
    assert found[-1].evaluations == 20_000


def test_a_painting_that_goes_on_from_its_checkpoint_has_one_curve(curves, tmp_path):
    for evaluations in (1, 2, 3, 4, 5):
        curves.take(ID, progress(evaluations, 10.0))
    for later in (curves, Curves(tmp_path / "curves")):
        for evaluations in (3, 4):
            later.take(ID, progress(evaluations, 3.0))
        assert [tuple(point)[:2] for point in later.read(ID)] == [
            *[(1, 10.0), (2, 10.0)],
            *[(3, 3.0), (4, 3.0)],
        ]


@pytest.mark.parametrize("cut", range(1, 26))
def test_a_line_that_was_cut_off_costs_its_point_alone(curves, tmp_path, cut):
    for evaluations in (1, 2):
        curves.take(ID, progress(evaluations))
    path = tmp_path / "curves" / f"{ID}.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    again = Curves(tmp_path / "curves")
    again.take(ID, progress(3))
    found = [point.evaluations for point in again.read(ID)]
    assert found in ([1, 3], [1, 2, 3])
    assert (found == [1, 2, 3]) == (cut == 1)


@pytest.mark.parametrize(
    "line",
    [b"\xff", b"[]", b"[1, 2]", b'["1", 2, {}]', b"[1, NaN, {}]", b"{}", b"[" * 10_000, b"1"],
)
def test_what_is_no_point_is_left_out(curves, tmp_path, line):
    curves.take(ID, progress(1))
    path = tmp_path / "curves" / f"{ID}.jsonl"
    path.write_bytes(path.read_bytes() + line + b"\n")
    curves.take(ID, progress(2))
    assert [point.evaluations for point in curves.read(ID)] == [1, 2]


@pytest.mark.parametrize(
    "figures",
    [{"evaluations": "1"}, {"evaluations": -1}, {"loss": math.nan}, {"loss": "1"}, {"terms": [1]}],
)
def test_figures_that_can_not_be_are_not_written(curves, figures):
    curves.take(ID, Event("progress", "0" * 16, {"evaluations": 1, "loss": 1.0} | figures))
    assert curves.read(ID) == []


def test_a_disk_that_can_not_be_written_costs_the_point_alone(curves, tmp_path):
    (tmp_path / "curves").write_text("a file")
    curves.take(ID, progress(1))
    assert curves.read(ID) == []
    (tmp_path / "curves").unlink()
    curves.take(ID, progress(2))
    assert [point.evaluations for point in curves.read(ID)] == [2]


def test_a_removed_curve_is_gone(curves, tmp_path):
    curves.take(ID, progress(1))
    curves.remove(ID)
    curves.remove(ID)
    assert list((tmp_path / "curves").iterdir()) == []
    curves.take(ID, progress(1))
    assert len(curves.read(ID)) == 1


def test_what_is_known_of_paintings_is_bounded(curves):
    for number in range(1000):
        curves.take(f"{number:020x}", progress(1))
    assert len(curves._last) <= 256
    curves.take(f"{0:020x}", progress(2))
    assert len(curves.read(f"{0:020x}")) == 2
