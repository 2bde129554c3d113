"""One painting from a command, in the process of the tests: what is written, said and saved."""

import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from commands import embedded_run, names, pixels_of, read_trace
from fakes import before_each_evaluation
from PIL import Image

from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.cli.paint import Resumption, paint
from ortstyle.cli.stored_run import StoredRun
from ortstyle.errors import OrtStyleError, SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.run.checkpoint import read_checkpoint, read_header
from ortstyle.run.lock import CheckpointLock

pytest.importorskip("onnxruntime")
KEPT = Checkpointing(path=Path("a.ck"), every=0)


@pytest.fixture
def command(folder, tiny_settings):
    """Return a function that gives a command for the pictures of the folder."""
    assert folder == Path.cwd()

    def make(**changes):
        given = {
            "content": Path("photo.png"),
            "styles": (Path("painting.png"),),
            "output": Path("a.png"),
            "settings": tiny_settings(),
            "device": "cpu",
        }
        return PaintCommand(**given | changes)

    return make


def stop_at(evaluation, error=KeyboardInterrupt):
    """Raise an error before an evaluation is made."""

    def stop(number):
        if number == evaluation:
            raise error

    return before_each_evaluation(stop)


def resume(*, any_device=False, **changes):
    """Resume the run whose checkpoint is `a.ck`."""
    with CheckpointLock(Path("a.ck")) as lock:
        stored = StoredRun.of(read_checkpoint(Path("a.ck")))
        stored = replace(stored, **changes)
        resumption = Resumption(stored=stored, lock=lock, any_device=any_device)
        paint(stored.command, resumption=resumption, quiet=True)


def test_it_writes_the_result_and_says_so(command, folder, capfd):
    paint(command())
    assert re.fullmatch(r"wrote a\.png \(24×18, \d+ s\)\n", capfd.readouterr().out)
    assert names(folder) == ["a.png", "painting.png", "photo.png"]
    assert pixels_of("a.png")[0] == (24, 18)
    assert embedded_run("a.png")["settings"]["style_loss"] == "gram"
    assert embedded_run("a.png")["device"] == "cpu"


def test_quiet_says_nothing(command, capfd):
    paint(command(), quiet=True)
    assert capfd.readouterr() == ("", "")
    assert Path("a.png").is_file()


def test_it_writes_every_report_that_was_asked_for(command, folder):
    reports = Reports(
        save_every=2, trace=Path("a.jsonl"), plot=Path("a.svg"), compare=Path("a.html")
    )
    paint(command(reports=reports, encoding=Encoding(depth=16)), quiet=True)
    expected = ["a-0002.png", "a-0004.png", "a.html", "a.jsonl", "a.png", "a.svg"]
    assert names(folder) == [*expected, "painting.png", "photo.png"]
    run, lines = read_trace("a.jsonl")
    assert run == embedded_run("a.png")
    assert [line["evaluation"] for line in lines] == [1, 2, 3, 4, 5]
    assert pixels_of("a-0002.png") != pixels_of("a-0004.png")
    assert Path("a.png").read_bytes()[24] == 16  # bits a channel; PNG specification, 11.2.2


def test_another_model_than_that_of_like_is_told(command, capfd):
    paint(command(), expected_model="0" * 64, quiet=True)
    told = capfd.readouterr().err
    assert "--like was painted with another model than tiny.onnx; the result will differ" in told
    paint(command(), expected_model=embedded_run("a.png")["model"]["sha256"], quiet=True)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_run_that_stops_saves_what_there_is(command, folder, capfd, error):
    reports = Reports(save_every=2, trace=Path("a.jsonl"))
    with stop_at(4, error), pytest.raises(error):
        paint(command(reports=reports), quiet=True)
    assert capfd.readouterr() == ("", "ortstyle: stopped after 3 evaluations; saved a.png\n")
    assert names(folder) == ["a-0002.png", "a.jsonl", "a.png", "painting.png", "photo.png"]
    assert len(read_trace("a.jsonl")[1]) == 3
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)


def test_a_signal_waits_for_the_evaluation_and_the_run_can_be_resumed(command, folder, capfd):
    paint(command(), quiet=True)
    expected = Path("a.png").read_bytes()
    Path("a.png").unlink()
    handler = signal.getsignal(signal.SIGINT)

    def interrupt(number):
        if number == 2:
            signal.raise_signal(signal.SIGINT)

    with before_each_evaluation(interrupt), pytest.raises(KeyboardInterrupt):
        paint(command(checkpointing=KEPT), quiet=True)
    assert signal.getsignal(signal.SIGINT) is handler
    assert capfd.readouterr().err.splitlines() == [
        "ortstyle: stopping after this evaluation; press Ctrl-C again to stop at once",
        "ortstyle: stopped after 2 evaluations; saved a.png",
        "ortstyle: resume with: ortstyle resume a.ck",
    ]
    assert read_header(Path("a.ck"))["position"]["evaluations"] == 2
    resume()
    assert Path("a.png").read_bytes() == expected
    assert names(folder) == ["a.png", "painting.png", "photo.png"], "success removes checkpoint"


def test_a_resumed_run_records_each_evaluation_once(command):
    reports = Reports(save_every=1, trace=Path("a.jsonl"))
    with stop_at(4, ZeroDivisionError), pytest.raises(ZeroDivisionError):
        paint(command(checkpointing=KEPT, reports=reports), quiet=True)
    for path in Path().glob("a-*.png"):
        path.unlink()
    resume()
    assert [line["evaluation"] for line in read_trace("a.jsonl")[1]] == [1, 2, 3, 4, 5]
    assert sorted(path.name for path in Path().glob("a-*.png")) == ["a-0004.png", "a-0005.png"]


def test_a_run_is_resumed_elsewhere_only_where_its_device_is_gone(command, monkeypatch):
    paint(command(checkpointing=replace(KEPT, keep=True)), quiet=True)
    expected, asked = Path("a.png").read_bytes(), []
    real = paint.__globals__["choose_device"]

    def choose(name, *arguments):
        asked.append(name)
        return real("cpu" if name == "auto" else name, *arguments)

    monkeypatch.setattr("ortstyle.cli.paint.choose_device", choose)
    resume()
    assert asked == ["cpu"]
    with pytest.raises(OrtStyleError, match="abacus"):
        resume(device="abacus")
    asked.clear()
    resume(device="abacus", command=command(device="auto", checkpointing=replace(KEPT, keep=True)))
    assert asked == ["abacus", "auto"]
    asked.clear()
    resume(device="abacus", any_device=True)
    assert asked == ["cpu"]
    assert Path("a.png").read_bytes() == expected


def test_the_whole_photograph_is_not_kept_while_the_styles_are_read(command, monkeypatch):
    Image.new("RGB", (400, 300)).save("photo.png")
    given = []

    def stylize(content, *_, **__):
        given.append(content)
        raise SettingsError("stop")

    monkeypatch.setattr("ortstyle.cli.paint.stylize", stylize)
    made = command()
    with pytest.raises(SettingsError, match="stop"):
        paint(made, quiet=True)
    (content,) = given
    assert max(content.size) == made.settings.side < 400
    assert content.proportions == (400, 300)
