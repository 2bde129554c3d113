"""Where a result goes whose place is gone, full or locked, and what fails beside it."""

import shutil
import tempfile
from io import FileIO
from pathlib import Path

import pytest
from commands import PICTURES, names, needs_runtime, pixels_of, read_trace
from fakes import before_each_evaluation
from iterates import make_iterate
from PIL import Image

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.results import Results
from ortstyle.errors import OutputError
from ortstyle.files import writing_errors
from ortstyle.objective.whole import WholeObjective
from ortstyle.report.loss_curve import LossCurve
from ortstyle.report.trace import TraceWriter
from ortstyle.settings.settings import Settings

FULL = OSError(28, "No space left on device")
LOCKED = PermissionError(13, "Permission denied")


class Writer:
    """Writes the number of an evaluation instead of a picture, except where it is refused."""

    def __init__(self):
        self.refused = lambda _: None

    def save(self, iterate, path):
        with writing_errors(path):
            if error := self.refused(path):
                raise error
            path.write_text(str(iterate.evaluations))


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Return the folders of a run: current, home and for temporary files."""
    found = {name: tmp_path / name for name in ("out", "current", "home", "temporary")}
    for place in found.values():
        place.mkdir()
    monkeypatch.chdir(found["current"])
    monkeypatch.setattr(Path, "home", lambda: found["home"])
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(found["temporary"]))
    return found


@pytest.fixture
def saver(places):
    """Return what writes the result `out/a.jpg`, its writer, and the list of what it says."""
    command = PaintCommand(
        content=Path("photo.png"),
        styles=(Path("painting.png"),),
        output=places["out"] / "a.jpg",
        settings=Settings(),
    )
    writer, said = Writer(), []
    return Results(command, writer, LossCurve(), say=said.append), writer, said


def test_the_place_that_was_asked_for_comes_first(saver, places):
    results, _, said = saver
    assert results.save_picture(make_iterate(2)) == places["out"] / "a.jpg"
    assert (places["out"] / "a.jpg").read_text() == "2"
    assert (said, results.failed) == ([], False)


def test_a_locked_result_is_written_beside_it(saver, places):
    results, writer, said = saver
    (places["out"] / "a-1.jpg").write_text("of another run")
    writer.refused = lambda path: LOCKED if path.name == "a.jpg" else None
    found = places["out"] / "a-2.jpg"
    assert results.save_picture(make_iterate(2)) == found
    why = f"output {places['out'] / 'a.jpg'} can't be written (Permission denied)"
    assert said == [f"{why}; the result is saved as {found}"]
    assert results.failed
    assert (places["out"] / "a-1.jpg").read_text() == "of another run"
    # A newer picture takes the place of the first one, which was no more than a precaution.
    assert results.save_picture(make_iterate(3)) == found
    assert found.read_text() == "3"
    assert names(places["out"]) == ["a-1.jpg", "a-2.jpg"]


def test_a_result_is_written_once(saver, places):
    results, _, _ = saver
    iterate = make_iterate(2)
    results.save_picture(iterate)
    (places["out"] / "a.jpg").unlink()
    results.save_picture(iterate)
    assert not (places["out"] / "a.jpg").exists()


@pytest.mark.parametrize("rest", ["current", "home", "temporary"])
def test_where_the_folder_is_gone_or_full_another_one_takes_the_result(saver, places, rest):
    results, writer, said = saver
    writer.refused = lambda path: None if path.parent == places[rest] else FULL
    assert results.save_picture(make_iterate(2)) == places[rest] / "a.jpg"
    assert said[0].endswith(
        f"can't be written (No space left on device); the result is saved as "
        f"{places[rest] / 'a.jpg'}"
    )


def test_where_nothing_can_be_written_that_is_said(saver):
    results, writer, _ = saver
    writer.refused = lambda _: FULL
    with pytest.raises(OutputError, match=r"No space left.*and the result can't be saved anywhere"):
        results.save_picture(make_iterate(2))


@pytest.mark.parametrize(
    "error", [ValueError("bad EXIF"), MemoryError(), OSError("encoder error -2")]
)
def test_a_picture_that_its_format_refuses_is_saved_bare(saver, places, error):
    results, writer, said = saver
    writer.refused = lambda _: error
    found = places["out"] / "a-1.png"
    assert results.save_picture(make_iterate(2)) == found
    with Image.open(found) as picture:
        assert (picture.format, picture.size) == ("PNG", (64, 48))
    assert said[0].endswith(f"; the result is saved as {found}")


def test_the_picture_is_rescued_while_an_evaluation_lasts(saver, places):
    results, writer, said = saver
    results.rescue()  # there is nothing yet
    results.latest = make_iterate(2)
    writer.refused = lambda _: FULL
    results.rescue()  # is tried again when the evaluation has ended
    assert said == []
    writer.refused = lambda _: None
    results.rescue()
    assert said == [f"saved {places['out'] / 'a.jpg'} after 2 evaluations for now"]


@needs_runtime
def test_a_folder_that_is_gone_at_the_end(folder, call, network):
    def gone(number):
        if number == 5:
            shutil.rmtree("out")

    Path("out").mkdir()
    with before_each_evaluation(gone):
        code, out, error = call("render", *PICTURES, "-o", "out/a.png", *network)
    assert code == 1
    assert out.startswith(f"wrote {folder / 'a.png'} (24×18, ")
    assert error.splitlines()[-1] == (
        f"ortstyle: output {Path('out/a.png')} can't be written (No such file or directory); the "
        f"result is saved as {folder / 'a.png'}"
    )
    assert pixels_of("a.png")[0] == (24, 18)


@needs_runtime
def test_reports_that_fail_cost_no_picture(folder, call, network, monkeypatch):
    """The trace, a picture of `--save-every`, the plot and the page: each failure is said."""
    Path("gone").mkdir()
    written = TraceWriter._write

    def write(self, record):
        if record.get("evaluation", 0) >= 2:
            self._file.close()
            self._file = FileIO("full", "r")  # which refuses what is written
        written(self, record)

    monkeypatch.setattr(TraceWriter, "_write", write)
    Path("full").touch()
    pictures = [f"a-{number:04d}.png" for number in range(1, 6)]

    def disturb(number):
        if number == 3:
            shutil.rmtree("gone")
            Path(pictures[3]).mkdir()
            Path(pictures[4]).mkdir()

    options = ["--trace", "a.jsonl", "--save-every", "1"]
    options += ["--plot", "gone/a.svg", "--compare", "gone/a.html"]
    with before_each_evaluation(disturb):
        code, out, error = call("render", *PICTURES, "-o", "a.png", *network, *options, "--quiet")
    assert (code, out) == (1, "")
    trace, picture, plot, page = error.splitlines()
    assert trace.startswith("ortstyle: trace a.jsonl can't be written any more (")
    assert picture.startswith("ortstyle: output a-0004.png can't be written")
    assert plot.startswith(f"ortstyle: plot {Path('gone/a.svg')} can't be written")
    assert page.startswith(f"ortstyle: compare {Path('gone/a.html')} can't be written")
    assert pixels_of("a.png")[0] == (24, 18)
    assert [line["evaluation"] for line in read_trace("a.jsonl")[1]] == [1]
    assert Path(pictures[2]).is_file()


@needs_runtime
def test_an_unwritable_result_leaves_the_checkpoint(folder, call, network, monkeypatch):
    kept = ["--checkpoint", "a.ck", "--quiet"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Results, "_try", lambda *_, **__: OutputError("no"))
        code, _, error = call("render", *PICTURES, "-o", "a.png", *network, *kept)
    assert code == 1
    assert error.splitlines() == [
        "ortstyle: output a.png can't be written (no), and the result can't be saved anywhere else",
        "ortstyle: resume with: ortstyle resume a.ck",
    ]
    monkeypatch.setattr(WholeObjective, "__call__", lambda *_: pytest.fail("all was evaluated"))
    assert call("resume", "a.ck", "--quiet") == (0, "", "")
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
def test_a_stopped_run_too_finds_another_place(folder, call, network):
    def stop(number):
        if number == 4:
            shutil.rmtree("out")
            raise KeyboardInterrupt

    Path("out").mkdir()
    with before_each_evaluation(stop):
        code, _, error = call("render", *PICTURES, "-o", "out/a.png", *network, "--quiet")
    assert code == 130
    first, second = error.splitlines()
    assert first.endswith(f"; the result is saved as {folder / 'a.png'}")
    assert second == f"ortstyle: stopped after 3 evaluations; saved {folder / 'a.png'}"


def test_a_default_name_is_taken_once_and_left_empty_never(places):
    default = places["out"] / "a-b.png"
    command = PaintCommand(
        content=Path("photo.png"),
        styles=(Path("painting.png"),),
        output=default,
        settings=Settings(),
        default_output=default,
    )
    writer, said = Writer(), []
    results = Results(command, writer, LossCurve(), say=said.append)
    default.write_text("of another run")
    writer.refused = lambda path: FULL if path.parent == places["out"] else None
    found = results.save_picture(make_iterate(2))
    assert found.parent == places["current"]
    assert names(places["out"]) == ["a-b.png"]
    writer.refused = lambda _: None
    for number in (3, 4):  # the run's own file is replaced
        assert results.save_picture(make_iterate(number)) == places["out"] / "a-b-2.png"
        assert (places["out"] / "a-b-2.png").read_text() == str(number)
    assert default.read_text() == "of another run"
    assert names(places["out"]) == ["a-b-2.png", "a-b.png"]
