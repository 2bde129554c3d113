"""The other program is called as it wants to be, and its results are taken or refused."""

import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

peer = pytest.importorskip("film_peer", reason="the benchmarks are not here")


@pytest.fixture
def frames(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for t in range(3):
        Image.new("RGB", (32, 24), (100 * t, 10, 20)).save(folder / f"{t:05d}.png")
    return sorted(folder.glob("*.png"))


def program(monkeypatch, frames, *, left_out=0):
    """Let the program write its files, and return the commands that it was called with."""
    called = []

    def run(command, **options):
        called.append(list(map(str, command)))
        folder = command[command.index("--output") + 1]
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for frame in frames[left_out:]:
            Image.open(frame).save(folder / f"{frame.stem}_styled.png")
            rows.append(f'{{"input": "{frame.name}", "seconds": 0.5}}')
        return SimpleNamespace(stdout=f"[{','.join(rows)}]")

    monkeypatch.setattr(peer.subprocess, "run", run)
    return called


def test_frames_come_back_under_their_names(tmp_path, frames, monkeypatch):
    called = program(monkeypatch, frames)
    made = tmp_path / "made"
    assert peer.paint(tmp_path / "peer", frames, tmp_path / "style.jpg", made) == [0.5] * 3
    assert [p.name for p in sorted(made.iterdir())] == [p.name for p in frames]
    (command,) = called
    assert command[1:3] == ["stylize", str(frames[0].parent)]
    assert command[command.index("--max-size") + 1] == "32"


def test_a_frame_that_is_left_out_is_told(tmp_path, frames, monkeypatch):
    program(monkeypatch, frames, left_out=1)
    with pytest.raises(OSError, match=r"left 00000\.png out"):
        peer.paint(tmp_path / "peer", frames, tmp_path / "style.jpg", tmp_path / "made")


def test_a_program_that_fails_is_told_in_one_line(tmp_path, frames, monkeypatch):
    def run(command, **options):
        raise subprocess.CalledProcessError(2, command, stderr="first\nerror: no such style\n")

    monkeypatch.setattr(peer.subprocess, "run", run)
    with pytest.raises(OSError, match="failed: error: no such style"):
        peer.paint(tmp_path / "peer", frames, tmp_path / "style.jpg", tmp_path / "made")


def test_a_program_that_is_not_there_is_an_error(tmp_path, frames):
    with pytest.raises(OSError, match="not-there is not there"):
        peer.paint(tmp_path / "not-there", frames, tmp_path / "style.jpg", tmp_path / "made")


def test_smoothing_blends_with_the_blended_frame_before(tmp_path, frames):
    peer.smooth(frames, 0.5, tmp_path / "smooth")
    red = [np.asarray(Image.open(p))[0, 0, 0] for p in sorted((tmp_path / "smooth").iterdir())]
    assert red == [0, 50, 125]
