"""`ortstyle video --explain`."""

import films
import pytest


def test_the_clip_pictures_and_settings_are_told(call, folder):
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    films.write_film(folder / "clip.mp4", frames=6)
    films.write_film(folder / "mask.mp4", frames=2)
    options = ["--size", "32", "--every", "3", "--to", "0:10", "--content-mask", "mask.mp4"]
    code, out, _ = call("video", "clip.mp4", "painting.png", *options, "--explain")
    assert code == 0
    rows = dict(line.split(maxsplit=1) for line in out.splitlines() if line)
    assert rows["clip"] == "clip.mp4, 64×48, 6 frames, 25 a second, 0:00.24 → 32×24"
    assert rows["part"] == "from its beginning to 0:10"
    assert rows["style"] == "painting.png, 40×40"
    assert rows["folder"] == "clip-painting.mp4.frames"
    assert rows["every"].split() == ["3", "option"]
    assert not (folder / "clip-painting.mp4.frames").exists()


def test_styles_along_the_film_are_told(call, folder):
    pytest.importorskip("av")
    films.write_film(folder / "clip.mp4", frames=2)
    times = ["--style-at", "0:00", "painting.png", "--style-at", "1:00", "photo.png"]
    _, out, _ = call("video", "clip.mp4", *times, "--explain")
    assert "style at 1:00" in out
