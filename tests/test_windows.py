"""What differs on Windows: names of files, paths, locks, signals and consoles."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from commands import (
    ENDLESSLY,
    PICTURES,
    RUN,
    count_evaluations,
    names,
    needs_runtime,
    start_until,
)
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.files import check_file, save_file
from ortstyle.pictures.write import check_output, save_picture

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="is about Windows")


def ortstyle(*arguments, **changes):
    """Run a command as a user does: exit code, stdout, stderr as bytes."""
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"} | changes
    found = subprocess.run(
        [*RUN, *map(str, arguments)], capture_output=True, env=environment, check=False
    )
    return found.returncode, found.stdout, found.stderr


def assert_one_line(error):
    lines = error.decode("utf-8", "replace").splitlines()
    assert len(lines) == 1, lines
    (line,) = lines
    assert line.startswith("ortstyle: ")
    return line


# Names


@pytest.mark.parametrize("name", ["nul.png", "NUL", "con.jpg", "com1.png", "LPT9.tif", "aux.webp"])
def test_names_that_windows_keeps_for_itself_are_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"Windows reserves the name|no suffix"):
        check_output(tmp_path / name)


def test_a_reserved_name_is_refused_before_the_work(folder, network):
    code, out, error = ortstyle("render", "photo.png", "painting.png", "-o", "nul.png", *network)
    assert (code, out) == (1, b"")
    assert "output nul.png: Windows reserves the name nul.png" in assert_one_line(error)
    code, _, error = ortstyle(
        "render", "photo.png", "painting.png", *network, "--plot", "con.png", "-o", "a.png"
    )
    assert code == 1
    assert "plot con.png" in assert_one_line(error)
    assert {path.name for path in folder.iterdir()} == {"photo.png", "painting.png"}


@pytest.mark.parametrize("name", ["a<b.png", "a?.png", 'a"b.png', "a|b.png", "a*.png"])
def test_characters_that_no_name_may_have_are_one_line(tmp_path, name):
    with pytest.raises(OutputError) as caught:
        check_output(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name",
    ["Gemälde [1] (2).png", "фото 写真 & 'b;c,d %TEMP% ~ $x.png"],
)
def test_names_with_letters_of_the_world_are_painted(folder, network, name):
    (folder / "photo.png").rename(folder / name)
    (folder / "Gemälde 1 (2).png").write_bytes(b"what the brackets would mean to a shell")
    output = f"aus {name}"
    code, out, error = ortstyle(
        "render", name, "painting.png", "-o", output, *network, PYTHONIOENCODING="utf-8"
    )
    assert code == 0, error
    assert out.decode("utf-8").startswith(f"wrote {output} (24×18, ")
    with Image.open(folder / output) as picture:
        assert picture.size == (24, 18)


# Places


def spellings(path):
    """Return an absolute path in the ways in which Windows takes it."""
    text = str(path)
    yield text
    yield text.replace("\\", "/")
    yield f"\\\\?\\{text}"
    yield text[0].swapcase() + text[1:]
    yield f"{path.drive}{path.name}"  # in the drive's current folder


def test_a_path_is_taken_however_it_is_spelled(folder, photo):
    for output in spellings(folder / "a.png"):
        save_picture(photo, check_output(output))
        assert (folder / "a.png").is_file(), output
        (folder / "a.png").unlink()


def test_shares_and_drives_that_are_not_there_are_one_line():
    for output in (r"\\localhost\no such share\a.png", r"Q:\nowhere\a.png"):
        with pytest.raises(OutputError) as caught:
            check_output(output)
        assert "\n" not in str(caught.value)
        assert "folder does not exist" in str(caught.value) or "can't be written" in str(
            caught.value
        )


def test_a_long_path_is_written_or_refused_before_the_work(tmp_path, photo):
    deep = Path(f"\\\\?\\{tmp_path}")
    while len(str(deep)) < 300:
        deep /= "d" * 50
    deep.mkdir(parents=True)
    plain = Path(str(deep).removeprefix("\\\\?\\"))
    try:
        save_picture(photo, check_output(plain / "a.png"))
    except OutputError as error:
        assert "path may be too long for Windows" in str(error)  # noqa: PT017  either is right
    else:
        assert (plain / "a.png").is_file()
    save_picture(photo, check_output(deep / "a.png"))
    assert (deep / "a.png").is_file()


# Files in use


def test_a_write_protected_file_is_said(tmp_path, photo):
    path = tmp_path / "a.png"
    photo.save(path)
    path.chmod(0o444)
    try:
        with pytest.raises(OutputError, match="write-protected"):
            check_output(path)
    finally:
        path.chmod(0o666)


def test_a_file_that_another_program_has_open_is_said_before_the_work(folder, photo, network):
    photo.save("out.png")
    with Path("out.png").open("rb") as file:
        kept = file.read()
        code, _, error = ortstyle("render", "photo.png", "painting.png", "-o", "out.png", *network)
        assert code == 1
        assert "output out.png is open in another program" in assert_one_line(error)
        with pytest.raises(OutputError, match=r"plot out\.png is open in another program"):
            check_file(Path("out.png"), (".png",), option="plot")
    assert Path("out.png").read_bytes() == kept
    check_output("out.png")
    assert Path("out.png").read_bytes() == kept


def test_a_file_that_another_program_opens_for_a_moment_is_waited_for(tmp_path):
    """So do virus scanners and indexers, as soon as a file has been written."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    for change in (
        lambda: check_file(path, (".txt",), option="trace"),
        lambda: save_file(path, b"new", option="trace"),
    ):
        file = path.open("rb")
        threading.Timer(0.5, file.close).start()
        change()
        assert file.closed
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a.txt"]


def test_a_trial_of_a_place_that_is_watched_succeeds(tmp_path):
    """The file that a trial makes is opened by another program as soon as it is there."""
    path, ended, times = tmp_path / "a.txt", threading.Event(), []

    def watch():
        while not ended.is_set():
            with contextlib.suppress(OSError):
                with path.open("rb"):
                    times.append(time.monotonic())
                    time.sleep(0.1)
                time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for _ in range(20):
            check_file(path, (".txt",), option="trace")
    finally:
        ended.set()
        watcher.join()
    assert times
    assert not path.exists()


def test_a_mapped_file_is_said_too(tmp_path):
    path = tmp_path / "a.png"
    np.arange(1 << 16, dtype=np.uint8).tofile(path)
    mapped = np.memmap(path, np.uint8, "r")
    with pytest.raises(OutputError, match="is open in another program"):
        check_output(path)
    del mapped
    check_output(path)


def test_a_file_opened_during_the_work_stays_as_it_was(tmp_path, photo):
    path = tmp_path / "a.png"
    photo.save(path)
    check_output(path)
    kept = path.read_bytes()
    with path.open("rb"), pytest.raises(OutputError, match="can't be written"):
        save_picture(photo.rotate(90), path)
    assert path.read_bytes() == kept
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


@needs_runtime
def test_a_result_that_a_viewer_opens_during_the_work_is_written_beside_it(folder, network, photo):
    photo.save("a.png")
    kept = Path("a.png").read_bytes()
    trace = folder / "a.jsonl"
    arguments = ["render", *PICTURES, "-o", "a.png", "--trace", "a.jsonl", *network]
    process = start_until(lambda: count_evaluations(trace), *arguments, "--iterations", "30")
    with Path("a.png").open("rb"):
        out, error = process.communicate(timeout=600)
    assert process.returncode == 1, error
    assert out.startswith("wrote a-1.png (24×18, ")
    assert "output a.png can't be written (" in error
    assert error.splitlines()[-1].endswith("; the result is saved as a-1.png")
    assert Path("a.png").read_bytes() == kept
    with Image.open("a-1.png") as picture:
        assert picture.size == (24, 18)
    assert names(folder) == ["a-1.png", "a.jsonl", "a.png", "painting.png", "photo.png"]


# Signals

#: Waits in a thread until some evaluations have been made, and then calls `act`. No run is so long,
#: however slow the machine, that it is kept without being told to.
WHEN_PAINTING = """
import contextlib, os, pathlib, threading, time
from ortstyle.cli import checkpointer

checkpointer.LONG_RUN = float("inf")

def later():
    lines = 0
    while lines < 4:
        time.sleep(0.02)
        with contextlib.suppress(OSError):  # there is no trace before
            lines = pathlib.Path("a.jsonl").read_text("utf-8").count("\\n")
    act()

threading.Thread(target=later, daemon=True).start()
"""
#: Windows too raises the signal of Ctrl-Break in another thread.
BREAK = """
def act():
    import signal
    signal.raise_signal(signal.SIGBREAK)
"""
#: No process can close the console of another one, so its handler is called as Windows calls it.
CLOSE = """
from ortstyle.cli import windows_console

made, real = [], windows_console.ConsoleClosing.__init__

def init(self, save):
    real(self, save)
    made.append(self)

windows_console.ConsoleClosing.__init__ = init

def act():
    made[0]._routine({event})
    os._exit(7)  # as Windows ends the process when the handler has returned
"""


@needs_runtime
@pytest.mark.parametrize("kept", [[], ["--checkpoint", "a.ck"]])
@pytest.mark.parametrize(
    ("code", "expected"),
    [(BREAK, 149), *((CLOSE.format(event=event), 129) for event in (2, 5, 6))],
    ids=["Ctrl-Break", "closed", "logged off", "shut down"],
)
def test_a_console_that_goes_away_saves_the_picture(folder, network, code, expected, kept):
    command = [*RUN[:-1], code + WHEN_PAINTING + RUN[-1], "render", *PICTURES, "-o", "a.png"]
    command += ["--trace", "a.jsonl", *network, *ENDLESSLY, *kept]
    found = subprocess.run(
        command,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        creationflags=subprocess.CREATE_NEW_CONSOLE,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert found.returncode == expected, found.stderr
    told = [line for line in found.stderr.splitlines() if line.startswith("ortstyle: ")]
    assert told[0] == "ortstyle: stopping after this evaluation"
    assert re.fullmatch(r"ortstyle: stopped after \d+ evaluations; saved a\.png", told[1])
    assert told[2:] == ["ortstyle: resume with: ortstyle resume a.ck"] * bool(kept)
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)
    expected_names = ["a.ck"] * bool(kept) + ["a.jsonl", "a.png", "painting.png", "photo.png"]
    assert names(folder) == expected_names


# The console


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "utf-8"])
def test_every_code_page_can_show_what_is_said(folder, network, encoding):
    """Redirected output has the system's code page, while a console takes all of Unicode."""
    for command in (
        ["render", "photo.png", "painting.png", *network],
        ["render", "фото.png", "painting.png"],
    ):
        code, out, error = ortstyle(*command, PYTHONIOENCODING=encoding)
        said = out + error
        assert b"Traceback" not in said, said
        assert code == ("фото.png" in command), said
        said.decode(encoding)
