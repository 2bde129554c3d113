"""Films painted by the command, with the tiny network."""

import signal
from pathlib import Path

import films
import pytest
from commands import names, needs_runtime
from painted_films import duration_of, frames_of

from ortstyle.video.painting import scene_painter

pytestmark = needs_runtime
COUNT = 4


@pytest.fixture
def clip(folder):
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    films.write_film(folder / "clip.mp4", frames=COUNT, sound=True)
    return folder


@pytest.fixture
def paint(call, clip, network):
    """Return a function that paints the clip; it returns exit code, stdout and stderr."""

    def run(*more):
        options = [*network, "--size", "32", "--frame-iterations", "2", "--device", "cpu"]
        return call("video", "clip.mp4", "painting.png", "-o", "out.mp4", *options, *more)

    return run


def stop_after(monkeypatch, count):
    """Send Ctrl-C once so many frames are painted."""
    real = scene_painter._ScenePainter.paint
    painted = []

    def paint(self, step):
        if len(painted) == count:
            signal.raise_signal(signal.SIGINT)
        painted.append(step.index)
        return real(self, step)

    monkeypatch.setattr(scene_painter._ScenePainter, "paint", paint)
    return painted


def test_a_film_is_painted(paint, clip):
    code, out, error = paint()
    assert code == 0, error
    assert "wrote out.mp4 (32×24, 4 frames" in out
    assert "4 frames of 32×24" in error
    assert "painting: 4/4 frames" in error
    assert len(frames_of("out.mp4")[0]) == COUNT
    assert duration_of("out.mp4", "audio") == pytest.approx(0.16, abs=0.05)
    assert names(clip) == ["clip.mp4", "out.mp4", "painting.png", "photo.png"]


def test_quiet_prints_nothing(paint):
    assert paint("--quiet") == (0, "", "")


def test_ctrl_c_writes_the_film_so_far_and_the_same_command_goes_on(paint, clip, monkeypatch):
    with monkeypatch.context() as patch:
        stop_after(patch, 2)
        code, _, error = paint("--keep-frames")
    assert code == 130
    assert "wrote the film so far to out.mp4: 2 of 4 frames" in error
    assert error.endswith("type the same command again to go on\n")
    assert len(frames_of("out.mp4")[0]) == 2
    code, _, error = paint("--keep-frames")
    assert code == 0, error
    assert "4 frames are read and 2 painted already" in error
    stopped = [path.read_bytes() for path in sorted(Path("out.mp4.frames").rglob("*.png"))]
    assert paint("--keep-frames", "--restart")[0] == 0
    whole = [path.read_bytes() for path in sorted(Path("out.mp4.frames").rglob("*.png"))]
    assert len(whole) == 2 * COUNT
    assert stopped == whole


def test_ctrl_c_before_the_first_frame_writes_no_film(paint, clip, monkeypatch):
    stop_after(monkeypatch, 0)
    code, _, error = paint()
    assert code == 130
    assert "no film is written" in error
    assert not (clip / "out.mp4").exists()


def test_an_error_says_how_to_go_on(paint, clip, monkeypatch):
    from ortstyle.errors import DeviceError

    def fail(self, step):
        raise DeviceError("the device is gone")

    monkeypatch.setattr(scene_painter._ScenePainter, "paint", fail)
    code, _, error = paint()
    assert code == 1
    assert "the device is gone" in error
    assert "type the same command again to go on" in error


def test_an_existing_film_is_kept(paint, clip):
    (clip / "out.mp4").write_bytes(b"x")
    code, _, error = paint("--no-overwrite")
    assert code == 1
    assert "--no-overwrite" in error
    assert (clip / "out.mp4").read_bytes() == b"x"


def test_a_thumbnail_needs_a_terminal_that_shows_it(paint):
    code, _, error = paint("--thumbnail")
    assert code == 2
    assert "--thumbnail" in error


def test_a_command_that_will_fail_again_is_not_to_be_typed_again(paint):
    code, _, error = paint("--memory", "1MB")
    assert code == 2, error
    assert "--memory" in error
    assert "type the same command again" not in error
