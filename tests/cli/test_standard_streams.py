"""Standard streams that go away while something is printed."""

import errno
import io
import os
import subprocess
import sys

import pytest
from commands import ENVIRONMENT, PICTURES, RUN, needs_runtime, start_after
from PIL import Image

from ortstyle.cli.standard_streams import UnfailingStream, unfailing_streams


def text_stream(descriptor):
    return io.TextIOWrapper(os.fdopen(descriptor, "wb"), encoding="utf-8", newline="\n")


def test_it_prints_what_can_be_printed():
    reader, writer = os.pipe()
    with text_stream(writer) as inner:
        stream = UnfailingStream(inner)
        assert stream.write("24×18\n") == 6
        stream.flush()
        assert os.read(reader, 100) == "24×18\n".encode()
        assert (stream.encoding, stream.isatty(), stream.error) == ("utf-8", False, None)
    os.close(reader)


def test_a_reader_that_has_gone_is_no_failure():
    reader, writer = os.pipe()
    os.close(reader)
    with text_stream(writer) as inner:
        stream = UnfailingStream(inner)
        stream.write("x" * 100_000)
        stream.flush()
        assert stream.error.errno in (errno.EPIPE, errno.EINVAL)
        stream.write("more")
        stream.flush()  # to nowhere, as is what Python writes when it exits


def test_the_streams_are_put_back(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    before = sys.stdout
    with unfailing_streams() as out:
        assert sys.stdout is out
        assert sys.stderr.write("into nothing") == 12
    assert (sys.stdout, sys.stderr) == (before, None)


@pytest.mark.skipif(os.name == "nt", reason="is about POSIX descriptors")
def test_a_file_never_gets_the_number_of_a_standard_stream(folder):
    """What C libraries print to descriptor 2 would go to that file."""
    code = "import os; os.close(1); os.close(2)\n"
    end = "\nfrom ortstyle.cli.standard_streams import unfailing_streams\n"
    end += "with unfailing_streams():\n    os._exit(os.open('photo.png', os.O_RDONLY))"
    found = subprocess.run(
        [sys.executable, "-c", code + end], env=ENVIRONMENT, stdin=subprocess.DEVNULL, check=False
    )
    assert found.returncode > 2


@needs_runtime
@pytest.mark.parametrize("closed", ["stdout", "stderr", "both"])
def test_a_picture_is_painted_though_nobody_reads(folder, network, closed):
    """As in `ortstyle render … | head`, or when a terminal is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    streams = {
        name: writer if closed in (name, "both") else subprocess.PIPE
        for name in ("stdout", "stderr")
    }
    found = subprocess.run(
        [*RUN, "render", *PICTURES, "-o", "a.png", *network],
        env=ENVIRONMENT,
        **streams,
        encoding="utf-8",
        check=False,
    )
    os.close(writer)
    assert found.returncode == 0
    assert not found.stderr or "Error" not in found.stderr
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)


@pytest.mark.skipif(
    os.name == "nt" or not os.path.exists("/dev/full"),  # noqa: PTH110
    reason="needs /dev/full",
)
def test_output_that_is_lost_is_a_failure(folder):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        found = subprocess.run(
            [*RUN, "presets"],
            env=ENVIRONMENT,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert found.returncode == 1
    assert found.stderr == (
        "ortstyle: standard output can't be written (No space left on device)\n"
    )


def test_no_stream_at_all():
    found = start_after("import sys; sys.stdout = sys.stderr = None; ", "presets")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
