"""`--thumbnail`: the picture in a terminal that can show it."""

import os
import subprocess

import pytest
from commands import ENVIRONMENT, RUN, needs_runtime, refusal_of


@needs_runtime
def test_a_thumbnail_needs_a_terminal_that_shows_it(folder, call, network, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-kitty")
    arguments = ["render", "photo.png", "painting.png", *network]
    assert "--thumbnail: this terminal" in refusal_of(call, 2, *arguments, "--thumbnail")
    code, _, error = call(*arguments)
    assert (code, "\x1b_G" in error) == (0, False)


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
@pytest.mark.parametrize(
    ("term", "options", "shown"),
    [
        ("xterm-kitty", [], True),
        ("foot", ["--thumbnail"], True),
        ("xterm-kitty", ["--no-thumbnail"], False),
        ("xterm-kitty", ["--quiet"], False),
        ("xterm", [], False),
    ],
)
def test_the_terminal_shows_the_picture(folder, network, term, options, shown):
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    environment = {k: v for k, v in ENVIRONMENT.items() if not k.startswith(("TERM_", "KITTY"))}
    command = [*RUN, "render", "photo.png", "painting.png", *network, *options]
    with subprocess.Popen(command, stderr=theirs, env=environment | {"TERM": term}) as process:
        os.close(theirs)
        text = b""
        while process.poll() is None:
            text += read_terminal(ours)
        while more := read_terminal(ours):
            text += more
    os.close(ours)
    assert process.returncode == 0, text
    assert (b"\x1b_Ga=T" in text or b"\x1bPq" in text) == shown


def read_terminal(descriptor):
    """Read what a terminal was sent in a moment; nothing once the other side has gone."""
    import select

    if not select.select([descriptor], [], [], 0.05)[0]:
        return b""
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""
