"""What has become of the jobs of a batch."""

import json
from pathlib import Path

import pytest

from ortstyle.errors import OutputError
from ortstyle.jobs.batch_report import JobResult, count_fates, group_failures, save_report


def result(output="a.png", **changes):
    known = {"content": "a.jpg", "styles": ("s.jpg",), "state": "done"}
    return JobResult(output=output, **known | changes)


RESULTS = [
    result(seconds=1.23456),
    result("b.png", state="skipped"),
    result("ü\n.png", state="failed", error="content ü is damaged", styles=("s.jpg", "t.jpg")),
    result("c.png", state="failed", error="the disk is full"),
    result("d.png", state="failed", error="content ü is damaged"),
    result("e.png", state="waiting"),
]


def test_a_report_has_a_line_for_each_job(tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_text("before", "utf-8")
    save_report(path, RESULTS)
    lines = path.read_text("ascii").splitlines()
    found = [json.loads(line) for line in lines]
    assert found[0] == {
        "output": "a.png",
        "content": "a.jpg",
        "styles": ["s.jpg"],
        "state": "done",
        "seconds": 1.23,
        "error": "",
    }
    assert [one["output"] for one in found] == [one.output for one in RESULTS]
    assert [path.name for path in tmp_path.iterdir()] == ["report.jsonl"]


def test_a_report_that_can_not_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="can't be written"):
        save_report(tmp_path / "none" / "report.jsonl", RESULTS)


def test_a_report_that_fails_in_the_middle_leaves_the_one_before(tmp_path):
    def failing():
        yield RESULTS[0]
        raise OSError(28, "No space left on device")

    path = tmp_path / "report.jsonl"
    path.write_text("before", "utf-8")
    with pytest.raises(OutputError, match="No space left on device"):
        save_report(path, failing())
    assert path.read_text("utf-8") == "before"
    assert [Path(path).name for path in tmp_path.iterdir()] == ["report.jsonl"]


def test_counts():
    assert count_fates(RESULTS) == {"done": 1, "skipped": 1, "failed": 3, "waiting": 1}
    assert count_fates([]) == {"done": 0, "skipped": 0, "failed": 0, "waiting": 0}


def test_failures_are_grouped_by_their_error():
    groups = group_failures(RESULTS)
    assert list(groups) == ["content ü is damaged", "the disk is full"]
    assert [one.output for one in groups["content ü is damaged"]] == ["ü\n.png", "d.png"]
