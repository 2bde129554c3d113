"""The work of `ortstyle sheet`: paintings are found, drafts painted, and nothing else is left."""

import re
import signal
import sys
from pathlib import Path

import pytest
from commands import names, needs_runtime, refusal_of, start_until
from fakes import before_each_evaluation
from PIL import Image

pytestmark = needs_runtime


@pytest.fixture
def paintings(folder, painting):
    """Return a folder of three paintings, one of which is no picture."""
    (folder / "art").mkdir()
    for angle in (0, 90):
        painting.rotate(angle).save(folder / "art" / f"turn {angle}.png")
    return folder / "art"


@pytest.fixture
def options(network):
    return [*network, "--threads", 1, "--device", "cpu"]


def alts(path):
    return re.findall(r' alt="([^"]*)"', Path(path).read_text("utf-8"))


def test_a_page_of_paintings_and_presets(call, folder, paintings, options):
    code, out, error = call(
        *("sheet", "photo.png", "art", "--preset", "default,fine", "-o", "s.html", *options)
    )
    assert code == 0, error
    assert re.fullmatch(r"wrote s\.html \(4 drafts, .*\)\n", out)
    assert "4 drafts of 24 pixels: 2 paintings, 2 presets; 20 evaluations in all" in error
    assert alts("s.html") == [
        "photo.png",
        *("turn 0.png", "turn 0.png, default", "turn 0.png, fine"),
        *("turn 90.png", "turn 90.png, default", "turn 90.png, fine"),
    ]
    text = Path("s.html").read_text("utf-8")
    assert re.findall(r'href="([^"]*)"', text) == [
        "photo.png",
        "art/turn%200.png",
        "art/turn%2090.png",
    ]
    assert names(folder) == ["art", "painting.png", "photo.png", "s.html"]


def test_an_image_with_one_preset_under_its_usual_name(call, folder, paintings, options):
    code, out, error = call("sheet", "photo.png", "--style", "art/*.png", "--quiet", *options)
    assert (code, out, error) == (0, "", "")
    assert names(folder) == ["art", "painting.png", "photo-sheet.png", "photo.png"]
    with Image.open("photo-sheet.png") as sheet:
        assert sheet.width > 3 * 64  # the photograph and two drafts
    code, _, error = call("sheet", "photo.png", "art", "--quiet", *options)
    assert code == 0
    assert Path("photo-sheet-2.png").exists()


def test_the_photograph_and_the_sheet_are_no_paintings(call, folder, options):
    for _ in range(2):
        code, _, error = call("sheet", "photo.png", ".", "-o", "sheet.png", *options)
        assert code == 0
        assert "1 draft of 24 pixels: 1 painting, 1 preset" in error


def test_a_painting_that_can_not_be_read_takes_a_line(call, folder, paintings, options):
    (paintings / "text.png").write_text("text", encoding="utf-8")
    code, out, error = call(
        *("sheet", "photo.png", "art", "none.png", "--preset", "default,fine"),
        *("-o", "s.html", *options),
    )
    assert code == 1
    assert "wrote s.html (4 drafts" in out
    assert len(re.findall(r"text\.png, \w+: style .*text\.png", error)) == 1
    assert len(re.findall(r"none\.png, \w+: style .*none\.png", error)) == 1
    assert len(alts("s.html")) == 1 + 2 * 3
    text = Path("s.html").read_text("utf-8")
    assert text.count('class="missing"') == 6
    assert str(folder) not in text
    assert names(folder) == ["art", "painting.png", "photo.png", "s.html"]


def test_no_sheet_is_written_where_no_draft_is_painted(call, folder, options):
    code, out, error = call("sheet", "photo.png", "none.png", "-o", "s.html", *options)
    assert (code, out) == (1, "")
    assert "no draft could be painted" in error
    assert names(folder) == ["painting.png", "photo.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png", "painting.png"], "content none.png"),
        (["photo.png", "empty"], "there is no painting"),
        (["photo.png", "painting.png", "-o", "painting.png"], "would overwrite an input"),
        (["photo.png", "painting.png", "-o", "photo.png"], "would overwrite an input"),
        (["photo.png", "painting.png", "-o", "s.txt"], "must end in .png or .html"),
        (["photo.png", "painting.png", "-o", "none/s.png"], "its folder does not exist"),
    ],
)
def test_what_is_wrong_is_told_before_the_work(call, folder, options, arguments, message):
    (folder / "empty").mkdir()
    if "empty" in arguments:  # a line for the folder, and one for the command
        code, _, error = call("sheet", *arguments, *options)
        assert code == 1
        assert "no pictures in empty" in error
    else:
        error = refusal_of(call, 1, "sheet", *arguments, *options)
    assert message in error


def test_a_photograph_from_a_pipe_is_refused(call, folder, options):
    error = refusal_of(call, 2, "sheet", "-", "painting.png", *options)
    assert "save what comes from a pipe first" in error


def test_a_sheet_that_crashed_goes_on(call, folder, paintings, options):
    def fail(number):
        if number > 7:  # in the second draft
            raise KeyboardInterrupt

    command = ["sheet", "photo.png", "art", "-o", "s.html", *options]
    with before_each_evaluation(fail):
        code, out, error = call(*command)
    assert (code, out) == (130, "")
    assert "1 of 2 drafts are painted; the same command paints the others" in error
    assert len(names(folder)) == 4  # with the folder of the drafts
    made = []
    with before_each_evaluation(made.append):
        code, _, error = call(*command)
    assert code == 0
    assert "turn 0.png, default: was painted before" in error
    assert len(made) == 5
    assert names(folder) == ["art", "painting.png", "photo.png", "s.html"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to a process")
def test_ctrl_c_stops_after_an_evaluation(folder, paintings, options):
    long = ["--iterations", 8000, "--optimizer", "adam"]  # L-BFGS may be done much earlier
    process = start_until(
        lambda: list(folder.glob(".ortstyle-drafts-s.html/[0-9a-f]*.png")),
        *("sheet", "photo.png", "art", "-o", "s.html", *options, *long),
    )
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopping after this evaluation" in error
    assert "1 of 2 drafts are painted" in error
