"""Batches from beginning to end: what is painted, skipped, tried again and reported."""

import errno
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from batches import SupervisorHere
from commands import embedded_run, names, needs_runtime, start, start_until
from PIL import Image

from ortstyle.cli import batch_run
from ortstyle.jobs import preparation
from ortstyle.jobs.store import State, Store

pytestmark = needs_runtime


@pytest.fixture
def photos(folder, photo, painting):
    """Make a folder of photographs, of which one is damaged, and one of paintings."""
    Path("photos/sub").mkdir(parents=True)
    Path("styles").mkdir()
    photo.save("photos/a.png")
    photo.rotate(90).save("photos/sub/b.jpg")
    painting.save("styles/s.png")
    painting.rotate(90).save("styles/t.png")
    return folder


@pytest.fixture
def painted(monkeypatch):
    """Paint in this process; return the outputs that were begun."""
    begun = []

    class Here(SupervisorHere):
        def _paint(self, store, row, tell):
            begun.append(row.job.output.name)
            super()._paint(store, row, tell)

    monkeypatch.setattr(batch_run, "Supervisor", Here)
    return begun


@pytest.fixture
def batch(call, network):
    """Return a function that runs a batch of the folder."""

    def run(*arguments, contents=("photos",), styles=("styles",), output="out"):
        named = [word for style in styles for word in ("--style", style)]
        options = ["-o", output, "--device", "cpu", *network, *arguments]
        return call("batch", *contents, *named, *options)

    return run


def outputs(folder="out"):
    found = (path for path in Path(folder).rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def report():
    return [json.loads(line) for line in Path("out/report.jsonl").read_text("ascii").splitlines()]


def test_a_folder_of_photographs_and_one_of_paintings(photos, batch, painted):
    code, out, error = batch("--recursive")
    assert code == 0, error
    assert outputs() == [
        *(".ortstyle/jobs.sqlite", "a-s.png", "a-t.png", "report.jsonl"),
        *("sub/b-s.png", "sub/b-t.png"),
    ]
    assert painted == ["a-s.png", "a-t.png", "b-s.png", "b-t.png"]
    lines = error.splitlines()
    assert lines[0].startswith("ortstyle: 4 jobs: 4 to paint; how long is known once some are ")
    assert lines[1:3] == ["started a-s.png (cpu)", "done a-s.png"]
    assert "│ 4    │ done  │" in out
    assert [(one["output"], one["state"]) for one in report()] == [
        ("a-s.png", "done"),
        ("a-t.png", "done"),
        ("sub/b-s.png", "done"),
        ("sub/b-t.png", "done"),
    ]
    assert report()[2]["content"] == str(Path("photos/sub/b.jpg"))
    assert report()[2]["seconds"] > 0
    assert embedded_run("out/a-s.png")["job"]["inputs"][0]["role"] == "content"


def test_the_same_command_again_does_what_is_missing(photos, batch, painted):
    assert batch()[0] == 0
    before = Path("out/a-s.png").read_bytes()
    painted.clear()
    code, out, error = batch()
    assert code == 0
    assert painted == []
    assert error == "ortstyle: 2 jobs: 2 done before\n"
    assert "│ 2    │ done before │" in out
    Path("out/a-s.png").unlink()
    code, out, error = batch("--quiet")
    assert (code, out, error) == (0, "", "")
    assert painted == ["a-s.png"]
    assert Path("out/a-s.png").read_bytes() == before
    Path("out/.ortstyle/jobs.sqlite").unlink()
    assert batch()[0] == 0
    assert painted == ["a-s.png"]


def test_another_setting_is_another_picture(photos, batch, painted):
    assert batch()[0] == 0
    assert batch("--seed", "5", "--init", "noise")[0] == 0
    assert painted == ["a-s.png", "a-t.png"] * 2


def test_formats_that_hold_no_settings_are_known_too(photos, batch, painted):
    for _ in range(2):
        assert batch("--name", "{content}-{style}.bmp")[0] == 0
        assert batch("--metadata", "none")[0] == 0
    assert painted == ["a-s.bmp", "a-t.bmp", "a-s.png", "a-t.png"]


def test_a_damaged_photograph_costs_one_line(photos, batch, painted):
    data = Path("photos/sub/b.jpg").read_bytes()
    Path("photos/bad.jpg").write_bytes(data[: len(data) * 3 // 4])
    code, out, error = batch()
    assert code == 1
    damaged = [line for line in error.splitlines() if "bad" in line]
    assert len(damaged) == 1
    assert damaged[0].startswith("failed bad-s.png: content photos")
    assert "│ 2    │ done   │" in out
    assert "│ 2    │ failed │ content photos" in out
    assert "--retry-failed paints" in error
    painted.clear()
    assert batch()[0] == 1
    assert painted == []
    Path("photos/bad.jpg").write_bytes(data)
    assert batch()[0] == 0  # which are other jobs than before
    assert painted == ["bad-s.png", "bad-t.png"]


def test_jobs_that_failed_are_tried_again_if_asked_for(photos, batch, painted, monkeypatch):
    real = preparation.stylize

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(preparation, "stylize", fail)
    code, _, error = batch()
    assert code == 1
    assert "the memory does not suffice" in error
    monkeypatch.setattr(preparation, "stylize", real)
    painted.clear()
    assert batch()[0] == 1
    assert painted == []
    assert batch("--retry-failed")[0] == 0
    assert painted == ["a-s.png", "a-t.png"]


def test_a_style_that_is_no_picture_is_told_once(photos, batch, painted):
    Path("notes.txt").write_text("no picture", "utf-8")
    code, _, error = batch("--recursive", styles=("notes.txt", "styles/s.png"))
    assert code == 1
    assert error.count("notes.txt") == 1
    assert painted == ["a-s.png", "b-s.png"]
    assert [one["state"] for one in report()] == ["failed", "done", "failed", "done"]


def test_results_within_the_contents_are_not_painted_again(photos, batch, painted):
    for _ in range(2):
        assert batch("--recursive", output="photos/out")[0] == 0
    assert painted == ["a-s.png", "a-t.png", "b-s.png", "b-t.png"]


def test_results_that_a_shell_names_are_not_painted_again(folder, batch, painted):
    for again in (False, True):
        if again:  # as if the batch had been killed before it could note this
            with Store(Path(".ortstyle/jobs.sqlite")) as store:
                store.reopen(next(store.list()).key)
        named = sorted(path.name for path in Path().glob("*.png") if path.name != "painting.png")
        code, _, error = batch(contents=named, styles=("painting.png",), output=".")
        assert code == 0, error
    assert painted == ["photo-painting.png"]
    assert (
        error.splitlines()[0] == "ortstyle: 1 of the contents are results of this folder; left out"
    )


def test_a_folder_of_results_within_that_of_the_styles(photos, batch, painted):
    for _ in range(2):
        assert batch("--recursive", output="styles/out")[0] == 0
    assert painted == ["a-s.png", "a-t.png", "b-s.png", "b-t.png"]


def test_a_job_that_another_process_paints_is_told(photos, batch, painted, monkeypatch):
    class Busy(SupervisorHere):
        def run(self, *, tell, only):
            with Store(self._path) as store:
                store.claim("f" * 16, device="cpu", only=only)
            super().run(tell=tell, only=only)

    monkeypatch.setattr(batch_run, "Supervisor", Busy)
    code, out, _ = batch()
    assert code == 1
    assert "│ 1    │ not done │ another process is painting it │" in out
    assert [one["state"] for one in report()] == ["waiting", "done"]


def test_lines_of_json(photos, batch, painted):
    code, out, error = batch("--json")
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "done"
    assert {"progress"} < set(kinds)
    assert events[0]["figures"]["output"] == "a-s.png"
    assert "│ 2    │ done  │" in error
    code, out, error = batch("--json", "--quiet")
    assert [json.loads(line)["figures"]["skipped"] for line in out.splitlines()] == [True, True]
    assert error == ""


@pytest.mark.parametrize("name", ["out/sheet.png", "sheet.html"])
def test_a_contact_sheet(photos, batch, painted, name):
    assert batch("--sheet", name, "--recursive")[0] == 0
    assert Path(name).stat().st_size > 1000
    code, _, error = batch("--sheet", "none/sheet.png")
    assert code == 1
    assert error.splitlines()[-1].startswith("ortstyle: sheet none")
    Path("photos/broken.png").write_bytes(b"no picture")
    named = {"contents": ("photos/a.png", "photos/broken.png"), "styles": ("styles/s.png",)}
    for taken in ("out/a-s.png", "photos/a.png", "photos/broken.png", "out/../styles/s.png"):
        code, _, error = batch("--sheet", taken, **named)
        assert code == 1
        assert (
            error
            == f"ortstyle: sheet {Path(taken)} would overwrite a picture; choose another name\n"
        )


def test_a_dry_run_knows_what_is_done_and_how_long_the_rest_takes(photos, batch, painted):
    assert batch()[0] == 0
    Path("out/a-t.png").write_bytes(b"of another program")
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    code, out, error = batch("--dry-run")
    assert code == 0
    assert [line.rpartition(" (")[2] for line in out.splitlines()] == [
        "done)",
        "to paint, replaces a file)",
    ]
    told = "ortstyle: 2 jobs: 1 to paint (1 replaces a file), 1 done before; about 0:0"
    assert error.startswith(told)
    lines = [json.loads(line) for line in batch("--dry-run", "--json")[1].splitlines()]
    assert [one["state"] for one in lines] == ["skipped", "waiting"]
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before


def test_what_a_batch_left_that_was_killed_at_its_end_is_removed(photos, batch, painted):
    assert batch()[0] == 0
    state = Path("out/.ortstyle")
    with Store(state / "jobs.sqlite") as store:
        keys = [row.key for row in store.list()]
        for key in keys:
            store.reopen(key)
            store.claim("d" * 16, device="cpu")
    for name in (f"supervisors/{'d' * 16}.lock", f"checkpoints/{keys[0]}.checkpoint"):
        (state / name).parent.mkdir(exist_ok=True)
        (state / name).touch()
    assert batch()[0] == 0
    assert outputs() == [".ortstyle/jobs.sqlite", "a-s.png", "a-t.png", "report.jsonl"]
    assert painted == ["a-s.png", "a-t.png"]
    with Store(state / "jobs.sqlite") as store:
        assert {(row.state, row.owner) for row in store.list()} == {(State.DONE, None)}


def test_the_paused_job_of_a_batch_that_was_killed_goes_on(photos, batch, painted):
    assert batch()[0] == 0
    Path("out/a-s.png").unlink()
    with Store(Path("out/.ortstyle/jobs.sqlite")) as store:
        key = next(store.list()).key
        store.reopen(key)
        store.claim("d" * 16, device="cpu", only={key})
        store.pause(key)
    code, out, _ = batch()
    assert code == 0, out


def test_a_job_that_is_paused_meanwhile_is_told(photos, batch, painted, monkeypatch):
    class Pausing(SupervisorHere):
        def run(self, *, tell, only):
            with Store(self._path) as store:
                store.pause(next(store.list()).key)
            super().run(tell=tell, only=only)

    monkeypatch.setattr(batch_run, "Supervisor", Pausing)
    code, out, _ = batch()
    assert code == 1
    assert "│ 1    │ not done │ it is paused │" in out


def test_a_manifest_that_the_report_would_overwrite_is_refused(photos, batch, painted):
    Path("out").mkdir()
    row = json.dumps({"content": "../photos/a.png", "style": "../styles/s.png"})
    Path("out/report.jsonl").write_text(row, "utf-8")
    for more in ([], ["--dry-run"]):
        code, _, error = batch("--manifest", "out/report.jsonl", *more, contents=(), styles=())
        assert code == 1
        assert error.startswith("ortstyle: the report would overwrite --manifest out")
    assert Path("out/report.jsonl").read_text("utf-8") == row


def test_a_manifest(photos, batch, painted):
    rows = "a.png,../styles/s.png|../styles/t.png,20,x/1.png\nnone.png,../styles/s.png,,\n"
    Path("photos/jobs.csv").write_text(f"content,style,size,output\n{rows}", "utf-8")
    code, _, error = batch("--manifest", "photos/jobs.csv", contents=(), styles=())
    assert code == 1
    assert "failed none-s.png: jobs.csv, line 3: content photos" in error.replace("\\", "/")
    assert painted == ["1.png"]
    with Image.open("out/x/1.png") as picture:
        assert max(picture.size) == 20


def test_a_full_disk_fails_one_job_and_the_others_go_on(photos, batch, painted, monkeypatch):
    real = os.fsync
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:  # the first is of the check before the run
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    code, _, error = batch()
    assert code == 1
    assert error.count("No space left on device") == 1
    assert [one["state"] for one in report()] == ["failed", "done"]
    monkeypatch.setattr(os, "fsync", real)
    assert batch("--retry-failed")[0] == 0
    assert outputs() == [".ortstyle/jobs.sqlite", "a-s.png", "a-t.png", "report.jsonl"]


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)], ids=["int", "term"]
)
def test_a_batch_that_is_stopped_says_how_to_go_on(
    photos, batch, painted, monkeypatch, error, code
):
    def stop(event):
        if event.kind == "started" and len(painted) == 2:
            raise error

    monkeypatch.setattr(SupervisorHere, "watch", staticmethod(stop))
    found, out, said = batch()
    assert found == code
    assert said.splitlines()[-1] == "ortstyle: type the same command again to go on"
    assert "│ 1    │ not done │" in out
    assert [one["state"] for one in report()] == ["done", "waiting"]
    monkeypatch.undo()


def test_a_store_of_another_program_is_told(photos, batch, painted):
    Path("out/.ortstyle").mkdir(parents=True)
    Path("out/.ortstyle/jobs.sqlite").write_text("no database", "utf-8")
    code, out, error = batch()
    assert (code, out) == (1, "")
    assert len(error.splitlines()) == 1
    assert "jobs.sqlite" in error
    assert painted == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_folder_that_can_not_be_written_is_told(photos, batch, painted):
    if os.geteuid() == 0:
        pytest.skip("root may write every folder")
    Path("out").mkdir(mode=0o555)
    code, _, error = batch()
    assert code == 1
    assert len(error.splitlines()) == 1


# with processes


def command(network, *arguments):
    contents = ["batch", "photos", "--style", "styles", "-o", "out", "--recursive"]
    return [*contents, "--device", "cpu", "--threads", "1", *network, *arguments]


@pytest.mark.slow
def test_worker_processes_paint(photos, network):
    done = start(*command(network, "--device", "cpu,cpu", "--threads", "2"))
    assert done.returncode == 0, done.stderr
    assert outputs() == [
        *(".ortstyle/jobs.sqlite", "a-s.png", "a-t.png", "report.jsonl"),
        *("sub/b-s.png", "sub/b-t.png"),
    ]
    again = start(*command(network, "--device", "cpu,cpu", "--threads", "2"))
    assert again.stderr == "ortstyle: 4 jobs: 4 done before\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_batch_that_is_stopped_goes_on(photos, network, name):
    many = command(network, "--iterations", "600", "--checkpoint-every", "0.001")
    checkpoints = Path("out/.ortstyle/checkpoints")
    process = start_until(lambda: list(checkpoints.glob("*.checkpoint")), *many)
    process.send_signal(getattr(signal, name))
    _, error = process.communicate(timeout=60)
    if name == "SIGKILL":
        time.sleep(3)  # until the worker has noticed
    else:
        assert process.returncode == {"SIGINT": 130, "SIGTERM": 143}[name]
        assert error.splitlines()[-1] == "ortstyle: type the same command again to go on"
        with Store(Path("out/.ortstyle/jobs.sqlite")) as store:
            assert store.counts()[State.RUNNING] == 0
    done = start(*many)
    assert done.returncode == 0, done.stderr
    assert len(outputs()) == 6
    assert names(Path("out/.ortstyle")) == ["jobs.sqlite"]
