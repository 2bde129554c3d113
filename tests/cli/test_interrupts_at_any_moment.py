"""Runs that are disturbed at random moments: a picture is always there, and a sentence says where.

Runs that are killed at random moments are in `test_resume_after_kill.py`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from commands import ENVIRONMENT, MOMENTS, count_evaluations, needs_runtime
from random_moments import (
    TRACE,
    Moments,
    arguments_of,
    assert_nothing_is_left,
    assert_picture,
    disturb,
    start_again,
)

pytestmark = [
    needs_runtime,
    pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one process"),
]
#: What a run says that was stopped before there was a picture.
NO_PICTURE = ("ortstyle: stopped", "no picture is saved")
A_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"


def stop_at(moments, number, folder, arguments):
    """Send a signal; check what is left; return whether there was a picture by then."""
    start_again(folder)
    found = disturb(arguments, moments, lambda process: process.send_signal(number))
    told = found.code, found.out, found.error
    assert_nothing_is_left(folder)
    if found.code in (0, -number) and found.saved:  # it had ended, or was about to
        assert found.saved == [Path("a.png")], told
    elif found.code == -number or "Error" in found.error:
        # The interpreter was still loading the program, which can't answer yet.
        assert not count_evaluations(TRACE), told
        assert not Path("a.png").exists(), told
        return False
    else:
        assert found.code == 128 + number, told
        if not found.saved:
            assert count_evaluations(TRACE) <= 1, told
            assert any(words in found.error for words in NO_PICTURE), told
            assert not Path("a.png").exists(), told
            assert not Path("a.ck").exists(), told
            assert not TRACE.exists() or count_evaluations(TRACE), told
            return False
    assert "Traceback" not in found.error, told
    assert_picture(found.saved[-1])
    if "resume with" in found.error:
        assert Path("a.ck").exists(), told
    return True


def stop_at_random_moments(folder, network, number, *, count):
    arguments = arguments_of(network, "a.png")
    moments, pictures = Moments.of(arguments, int(number)), 0
    for turn in range(count):
        kept = ["--checkpoint", "a.ck", "--checkpoint-every", "0"] if turn % 2 else []
        pictures += stop_at(moments, number, folder, [*arguments, *kept])
    return pictures


SIGNALS = [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]


def test_a_signal_at_any_moment(folder, network):
    stop_at_random_moments(folder, network, signal.SIGTERM, count=2)


@pytest.mark.slow
@pytest.mark.parametrize("number", SIGNALS)
def test_many_signals_at_any_moment(folder, network, number):
    pictures = stop_at_random_moments(folder, network, number, count=MOMENTS)
    print(f"{pictures} of {MOMENTS} had a picture")  # noqa: T201
    assert pictures >= MOMENTS // 5


def close_terminal_at(moments, folder, arguments):
    """Run in a terminal that is closed; return whether there was a picture by then."""
    start_again(folder)
    master, slave = os.openpty()
    reader = Thread(target=read_all, args=(master,))
    command = [*arguments]
    command[command.index("-c") + 1] = A_TERMINAL + command[command.index("-c") + 1]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as process:
        os.close(slave)
        reader.start()
        moments.wait(process)
        made = count_evaluations(TRACE)
        close(master, reader)
        process.wait(600)
    assert_nothing_is_left(folder)
    if made:
        assert_picture("a.png")
        assert process.returncode in (0, 128 + signal.SIGHUP)
    return bool(made)


def read_all(descriptor):
    with suppress(OSError):
        while os.read(descriptor, 4096):
            pass


def close(master, reader):
    """Close a terminal, from which a thread reads until then."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, master)  # closes the terminal, although a thread is reading from it
    os.close(nowhere)
    reader.join(timeout=0.1)


def close_at_random_moments(folder, network, *, count):
    arguments = arguments_of(network, "a.png")
    moments = Moments.of(arguments, 1)
    return sum(close_terminal_at(moments, folder, arguments) for _ in range(count))


@pytest.mark.skipif(sys.platform != "linux", reason="reads terminals as Linux does")
def test_a_terminal_closed_at_any_moment(folder, network):
    close_at_random_moments(folder, network, count=1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads terminals as Linux does")
def test_many_terminals_closed_at_any_moment(folder, network):
    pictures = close_at_random_moments(folder, network, count=MOMENTS)
    print(f"{pictures} of {MOMENTS} had a picture")  # noqa: T201
    assert pictures >= MOMENTS // 5


def lose_place_at(moments, folder, arguments, lose):
    """Lose the place of the output; the result is then elsewhere, and that is said."""
    found = disturb(arguments, moments, lose)
    told = found.code, found.out, found.error
    assert found.code in (0, 1), told
    assert "Traceback" not in found.error, told
    if not found.saved:  # before the work the place is checked, and the run refused
        assert re.search("ortstyle: (output|trace) ", found.error), told
        return False
    if not Path("out").exists() and found.saved[-1].parent == Path("out"):
        return False  # the folder was removed after the picture had been saved
    assert_picture(found.saved[-1])
    assert_nothing_is_left(folder)
    return found.saved[-1].parent != Path("out")


def lose_places_at_random_moments(folder, network, lose, *, trace=TRACE, seed, count):
    """Lose the folder `out` again and again; return how many results were saved elsewhere."""
    arguments = arguments_of(network, "out/a.png", trace=trace)
    Path("out").mkdir(exist_ok=True)
    moments, elsewhere = Moments.of(arguments, seed), 0
    for _ in range(count):
        start_again(folder)
        Path("out").mkdir(exist_ok=True)
        elsewhere += lose_place_at(moments, folder, arguments, lose)
        if Path("out").exists():
            assert_nothing_is_left(Path("out"))
    return elsewhere


def remove_folders_at_random_moments(folder, network, *, count):
    def remove(_):
        shutil.rmtree("out", ignore_errors=True)

    return lose_places_at_random_moments(folder, network, remove, seed=2, count=count)


def test_a_folder_removed_at_any_moment(folder, network):
    remove_folders_at_random_moments(folder, network, count=1)


@pytest.mark.slow
def test_many_folders_removed_at_any_moment(folder, network):
    elsewhere = remove_folders_at_random_moments(folder, network, count=MOMENTS)
    print(f"{elsewhere} of {MOMENTS} were saved elsewhere")  # noqa: T201
    assert elsewhere >= MOMENTS // 16


@contextmanager
def small_disk(path):
    """Mount a file system of 256 KB."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)]
    if (
        sys.platform != "linux"
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("can't mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(_):
    """Fill the disk at `out`."""
    with suppress(OSError), Path("out/filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def fill_disks_at_random_moments(folder, network, *, count):
    with small_disk(folder / "out"):
        return lose_places_at_random_moments(
            folder, network, fill, trace="out/trace.jsonl", seed=3, count=count
        )


def test_a_disk_full_at_any_moment(folder, network):
    fill_disks_at_random_moments(folder, network, count=1)


@pytest.mark.slow
def test_many_disks_full_at_any_moment(folder, network):
    elsewhere = fill_disks_at_random_moments(folder, network, count=MOMENTS)
    print(f"{elsewhere} of {MOMENTS} were saved elsewhere")  # noqa: T201
    assert elsewhere >= MOMENTS // 16
