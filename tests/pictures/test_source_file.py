"""Pictures from pipes and standard input, and paths that are no files."""

import io
import os
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from images import random_image
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures import source_file
from ortstyle.pictures.read import read_picture, read_rgb
from ortstyle.pictures.source_file import is_pipe, label_of, open_source

posix = pytest.mark.skipif(os.name == "nt", reason="Windows' pipes have no paths of this kind")
READ = (
    "import sys; from ortstyle.pictures.read import read_rgb\n"
    "try: print(read_rgb(sys.argv[1], name='content').size)\n"
    "except Exception as error: print(error)"
)


def png():
    file = io.BytesIO()
    random_image().save(file, "PNG")
    return file.getvalue()


def error_of(path):
    with pytest.raises(PictureError) as caught:
        read_rgb(path, name="content")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read_in_a_process(path, **options):
    return subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, check=True, timeout=60, **options
    )


def test_standard_input_is_read():
    found = read_in_a_process("-", input=png())
    assert found.stdout.split() == [b"(24,", b"16)"]
    assert found.stderr == b""
    assert b"from standard input is empty" in read_in_a_process("-", input=b"").stdout


@posix
@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0"])
def test_paths_of_standard_input(name, tmp_path):
    assert read_in_a_process(name, input=png()).stdout.split() == [b"(24,", b"16)"]
    (tmp_path / "a.png").write_bytes(png())
    with (tmp_path / "a.png").open("rb") as file:
        assert read_in_a_process(name, stdin=file).stdout.split() == [b"(24,", b"16)"]


def test_names(tmp_path):
    assert label_of("style", "-") == "style from standard input"
    assert label_of("style", "./-") == "style ./-"
    assert is_pipe("-")
    picture = Image.new("RGB", (4, 3))
    for other in (picture, tmp_path / "none.png", tmp_path / ("x" * 300), "nowhere\0", __file__):
        assert not is_pipe(other)
    assert not is_pipe(tmp_path)
    assert not is_pipe(os.devnull)


@posix
def test_a_fifo_is_read_once(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    assert is_pipe(path)
    writer = threading.Thread(target=path.write_bytes, args=(png(),))
    writer.start()
    np.testing.assert_array_equal(read_rgb(path), random_image())
    writer.join()


@posix
def test_a_fifo_without_a_writer_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(source_file, "_WAIT_FOR_WRITER", 0.1)
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr(source_file, "_WAIT_FOR_DATA", 60)
    assert "is a pipe that nobody writes to" in error_of(tmp_path / "fifo")
    monkeypatch.setattr(source_file, "_WAIT_FOR_DATA", 0.2)
    descriptor = os.open(tmp_path / "fifo", os.O_RDWR)
    try:
        assert "nothing comes from the pipe" in error_of(tmp_path / "fifo")
    finally:
        os.close(descriptor)


@posix
def test_a_pipe_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(source_file, "MAX_PIPE_BYTES", 100)
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE) as endless:
        path = f"/dev/fd/{endless.stdout.fileno()}"
        assert "more than 1 GB" in error_of(path)
        endless.kill()


@posix
def test_devices_and_sockets_are_refused(tmp_path, monkeypatch):
    assert "/dev/zero is a device" in error_of("/dev/zero")
    assert "/dev/null is a device" in error_of("/dev/null")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert "s is a socket" in error_of("s")


def test_a_file_can_be_read_again(tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    with open_source(tmp_path / "a.png", label="content a.png") as file:
        assert file.read() == png()
        file.seek(0)
        assert file.read() == png()
    begun = time.monotonic()
    with pytest.raises(FileNotFoundError):
        open_source(tmp_path / "b.png", label="content b.png")
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("name", ["a\0.png", "\ud800.png"])
def test_what_can_not_be_a_name_is_not_called_damaged(name):
    with pytest.raises(PictureError, match=r"(can't be the name of a file|does not exist)"):
        read_picture(name, name="content")
