"""The trace: the provenance of the run, then every evaluation, as lines of JSON."""

import json

import numpy as np
import pytest
from iterates import make_iterate

from ortstyle.errors import OutputError
from ortstyle.report.trace import TraceWriter


def read_lines(path):
    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line, parse_constant=refuse) for line in lines]


def test_the_trace_says_what_ran_then_every_evaluation(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text("from before\n" * 100)
    with TraceWriter(path, {"settings": {"size": 64}, "device": "cpu"}) as trace:
        assert len(read_lines(path)) == 1
        for i in (1, 2):
            trace.update(make_iterate(i))
            assert len(read_lines(path)) == 1 + i  # so that one can watch it grow
    first, *rest = read_lines(path)
    assert first == {"run": {"settings": {"size": 64}, "device": "cpu"}}
    assert rest == [
        {
            "scale": 0,
            "width": 64,
            "height": 48,
            "evaluation": i,
            "loss": 1234.5,
            "terms": {"content": 1000.0, "style": 234.0, "tv": 0.5},
            "seconds": i / 2,
        }
        for i in (1, 2)
    ]


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_the_trace_is_json_whatever_the_loss(tmp_path, loss):
    with TraceWriter(tmp_path / "run.jsonl", {}) as trace:
        trace.update(make_iterate(1, loss=loss))
    assert read_lines(tmp_path / "run.jsonl")[1]["loss"] is None


@pytest.mark.parametrize("name", ["none/run.jsonl", "folder"])
def test_a_trace_that_can_not_be_written(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError) as caught:
        TraceWriter(tmp_path / name, {})
    assert str(caught.value).startswith(f"trace {tmp_path / name} can't be written (")
    assert not (tmp_path / "none").exists()


def test_a_run_without_an_evaluation_leaves_no_trace(tmp_path):
    with TraceWriter(tmp_path / "run.jsonl", {}):
        assert (tmp_path / "run.jsonl").exists()
    assert not list(tmp_path.iterdir())


def test_a_trace_whose_first_line_has_no_room_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("ortstyle.report.trace.json.dumps", full)
    with pytest.raises(OutputError, match="No space left"):
        TraceWriter(tmp_path / "run.jsonl", {})
    assert not list(tmp_path.iterdir())


def full(_):
    raise OSError(28, "No space left on device")


class FullDisk:
    """A file that takes some more bytes and then fails."""

    def __init__(self, file, room):
        self.file, self.room = file, room
        self.truncate, self.close = file.truncate, file.close

    def write(self, data):
        if not self.room:
            raise OSError(28, "No space left on device")
        written = self.file.write(bytes(data[: self.room]))
        self.room -= written
        return written


def test_a_disk_that_fills_up_costs_the_last_lines_alone(tmp_path):
    path = tmp_path / "run.jsonl"
    with TraceWriter(path, {}) as trace:
        trace.update(make_iterate(1))
        trace._file = full = FullDisk(trace._file, room=20)
        with pytest.raises(OutputError, match=r"run\.jsonl can't be written any more \(No space"):
            trace.update(make_iterate(2))
        full.room = 10_000
        trace.update(make_iterate(3))  # after a gap there would be no telling what is missing
    assert [line.get("evaluation") for line in read_lines(path)] == [None, 1]


def test_a_resumed_run_keeps_the_lines_before_its_checkpoint(tmp_path):
    path = tmp_path / "run.jsonl"
    with TraceWriter(path, {"device": "cpu"}) as trace:
        for i in (1, 2, 3):
            trace.update(make_iterate(i))
    with path.open("a") as file:
        file.write('{"scale": 0, "eval')  # the process was killed
    with TraceWriter(path, {"device": "another"}, done=2) as trace:
        trace.update(make_iterate(3, loss=7.0))
    first, *rest = read_lines(path)
    assert first == {"run": {"device": "cpu"}}
    assert [(line["evaluation"], line["loss"]) for line in rest] == [
        (1, 1234.5),
        (2, 1234.5),
        (3, 7.0),
    ]


@pytest.mark.parametrize("text", ["", None])
def test_a_resumed_run_without_a_trace_begins_one(tmp_path, text):
    path = tmp_path / "run.jsonl"
    if text is not None:
        path.write_text(text)
    with TraceWriter(path, {"device": "cpu"}, done=2):
        assert read_lines(path) == [{"run": {"device": "cpu"}}]


def test_a_resumed_run_does_not_overwrite_another_file(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text("a diary\n")
    with pytest.raises(OutputError, match="not a trace of a run; move it away"):
        TraceWriter(path, {}, done=2)
    assert path.read_text() == "a diary\n"
