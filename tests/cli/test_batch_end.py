"""The table and the contact sheet at the end of a batch."""

from io import StringIO
from pathlib import Path, PurePosixPath

import pytest
from PIL import Image
from rich.console import Console

from ortstyle.cli import batch_end
from ortstyle.cli.batch_end import print_table, save_sheet
from ortstyle.errors import OutputError
from ortstyle.jobs.batch_queue import BatchQueue
from ortstyle.jobs.batch_report import JobResult
from ortstyle.jobs.planned_job import PlannedJob, Wanted


def result(state, output="a.png", error=""):
    return JobResult(output=output, content="a.jpg", styles=["s.jpg"], state=state, error=error)


def table_of(results):
    console = Console(file=StringIO(), width=120, markup=False)
    print_table(console, results, report=Path("out/report.jsonl"))
    rows = [line.strip("│┃ ") for line in console.file.getvalue().splitlines() if line[0] in "│┃"]
    return [" ".join(row.replace("│", "").replace("┃", "").split()) for row in rows]


def test_a_table_counts_and_groups():
    failed = [result("failed", f"{k}[x].png", "content a[/b] is damaged") for k in range(5)]
    results = [result("done")] * 3 + [result("skipped"), result("waiting")] + failed
    results += [result("waiting", error="another process paints it")] * 2
    results.append(result("failed", "", "jobs.csv, line 3: it is no JSON"))
    assert table_of(results) == [
        "jobs state why",
        "3 done",
        "1 done before",
        "1 not done",
        "2 not done another process paints it",
        "5 failed content a[/b] is damaged (0[x].png, 1[x].png, 2[x].png and 2 more)",
        "1 failed jobs.csv, line 3: it is no JSON",
    ]


def test_a_table_is_not_longer_than_a_screen():
    rows = table_of([result("failed", error=f"reason {k}") for k in range(30)])
    assert len(rows) == 22
    assert rows[-1] == f"failed for 10 other reasons; see {Path('out/report.jsonl')}"


@pytest.fixture
def queue(folder):
    """Return a queue of two contents with two styles, of which one has failed."""
    planned = []
    for content in ("x/photo.png", "photo.png"):
        for style in ("painting.png", "photo.png"):
            output = folder / "out" / f"{len(planned)}.png"
            output.parent.mkdir(exist_ok=True)
            Image.new("RGB", (30, 20), "red").save(output)
            wanted = Wanted(
                content=Path("photo.png"),
                styles=(Path(style),),
                folder=PurePosixPath(content).parent,
            )
            planned.append(PlannedJob(wanted=wanted, output=output))
    return BatchQueue(planned, folder / "out")


@pytest.mark.parametrize("name", ["sheet.png", "sheet.html"])
def test_a_contact_sheet(queue, name, monkeypatch):
    seen = []
    real = batch_end.save_contact_sheet
    monkeypatch.setattr(
        batch_end, "save_contact_sheet", lambda *a, **k: seen.append((a, k)) or real(*a, **k)
    )
    results = [queue.result(number, "done") for number in range(3)]
    results.append(queue.result(3, "failed", error="it is damaged"))
    assert save_sheet(Path(name), queue, results) == ""
    assert Path(name).stat().st_size > 500
    (((_, cells), options),) = seen
    assert [(cell.row, cell.column) for cell in cells] == [
        ("x/photo.png", "painting.png"),
        ("x/photo.png", "photo.png"),
        ("photo.png", "painting.png"),
        ("photo.png", "photo.png"),
    ]
    assert [cell.picture is None for cell in cells] == [False, False, False, True]
    assert cells[3].note == "it is damaged"
    assert options["column_pictures"]["painting.png"] == Path("painting.png")


def test_a_sheet_that_can_not_be_written_is_told(queue):
    results = [queue.result(number, "done") for number in range(4)]
    with pytest.raises(OutputError, match="sheet none"):
        save_sheet(Path("none/sheet.png"), queue, results)
