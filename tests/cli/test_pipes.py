"""Pictures from standard input and pipes, and results to standard output."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ENVIRONMENT, RUN, names, needs_runtime, start_after
from PIL import Image

from ortstyle.cli import pipes
from ortstyle.errors import OutputError

SHORT = ["--size", "16", "--iterations", "2", "--scales", "1"]


def run(folder, *arguments, stdin=None, **options):
    return subprocess.run(
        [*RUN, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=ENVIRONMENT,
        cwd=folder,
        check=False,
        timeout=120,
        **options,
    )


@needs_runtime
def test_a_picture_goes_through_standard_input_and_output(folder, network):
    photo = (folder / "photo.png").read_bytes()
    before = names(folder)
    done = run(folder, "render", "-", "painting.png", *network, *SHORT, "-o", "-", stdin=photo)
    assert done.returncode == 0, done.stderr
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert (image.format, max(image.size)) == ("PNG", 16)
    assert b"wrote" not in done.stderr
    assert names(folder) == before
    done = run(folder, "render", "photo.png", "-", *network, *SHORT, stdin=photo)
    assert done.stdout.startswith(b"wrote photo-stdin.png"), done.stderr


def refusal(folder, *arguments):
    before = names(folder)
    photo = (folder / "photo.png").read_bytes()
    done = run(folder, "render", *arguments, stdin=photo)
    assert (done.returncode, done.stdout) == (2, b""), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert names(folder) == before
    return done.stderr.decode()


def test_what_pipes_can_not_do_is_refused(folder):
    assert "standard input is given twice" in refusal(folder, "-", "-")
    assert "--compare reads" in refusal(folder, "-", "painting.png", "--compare", "a.html")
    assert "--checkpoint reads" in refusal(folder, "photo.png", "-", "--checkpoint", "a")
    pair = ["photo.png", "painting.png", "-o", "-"]
    assert "--checkpoint writes beside" in refusal(folder, *pair, "--checkpoint", "a")
    assert "--save-every writes beside" in refusal(folder, *pair, "--save-every", "1")
    if os.name == "posix":
        assert "standard input is given twice" in refusal(folder, "-", "/dev/stdin")


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows reports a closed pipe in other ways")
def test_a_result_that_nobody_takes_is_kept(folder, network):
    arguments = ["render", "photo.png", "painting.png", *network, *SHORT, "-o", "-"]
    with subprocess.Popen(
        [*RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        cwd=folder,
    ) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 1
    assert "the result is saved as photo-painting.png" in said
    assert (folder / "photo-painting.png").exists()


@needs_runtime
@pytest.mark.skipif(os.name == "nt" or not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_behind_standard_output_loses_no_result(folder, network, monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "HOME", str(folder / "home"))
    (folder / "home").mkdir()
    (folder / "here").mkdir()
    code = "import os; os.rmdir(os.getcwd())\n"
    pictures = [str(folder / "photo.png"), str(folder / "painting.png")]
    for prefix, place in (("", folder / "here"), (code, folder / "home")):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*RUN[:-1], prefix + RUN[-1], "render", *pictures, *network, *SHORT, "-o", "-"],
                stdout=full,
                stderr=subprocess.PIPE,
                env=ENVIRONMENT,
                cwd=folder / "here",
                check=False,
            )
        said = done.stderr.decode()
        assert done.returncode == 1, said
        assert "takes nothing (No space left on device); the result is saved as" in said
        assert "Traceback" not in said
        assert (place / "photo-painting.png").stat().st_size
        (place / "photo-painting.png").unlink()


@pytest.mark.skipif(os.name == "nt", reason="is about POSIX descriptors")
def test_a_closed_standard_output_is_refused_before_the_work(folder):
    code = "import os, sys; os.close(1); sys.stdout = None\n"
    done = start_after(code, "render", "photo.png", "painting.png", "-o", "-")
    assert done.returncode == 2
    assert "standard output is closed" in done.stderr


def test_no_folder_for_temporary_files(folder, monkeypatch):
    def refuse(**_):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(pipes, "TemporaryDirectory", refuse)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    with (
        pytest.raises(OutputError, match="no folder for temporary files"),
        pipes.result_file(pipes.STANDARD_OUTPUT, Path("a.png")),
    ):
        raise AssertionError
