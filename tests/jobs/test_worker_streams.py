"""The streams of a worker: lines in bounds, and a reader that has gone."""

import os

from ortstyle.jobs.events import Event
from ortstyle.jobs.worker_streams import MOST_BYTES, EventPipe, read_lines


def test_lines_are_read_whole_and_in_bounds(tmp_path):
    lines = [b"first", b"", b"x" * 200_000, b"y" * (MOST_BYTES + 200_000), b"last"]
    path = tmp_path / "lines"
    path.write_bytes(b"\n".join(lines) + b"\nno end")
    with path.open("rb") as file:
        found = list(read_lines(file.fileno()))
    assert found[:3] == lines[:3]
    assert len(found[3]) < 100_000
    assert found[4:] == [b"last"]


def test_a_pipe_without_a_reader_is_told_once():
    reader, writer = os.pipe()
    pipe, lost = EventPipe(writer), []
    pipe.lost = lambda: lost.append(1)
    pipe.tell(Event("ready"))
    assert os.read(reader, 1000) == Event("ready").to_line().encode() + b"\n"
    os.close(reader)
    for _ in range(3):
        pipe.tell(Event("ready"))
    os.close(writer)
    assert lost == [1]
