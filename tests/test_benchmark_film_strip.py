"""The strip of frames in the manual: a clip and two films of it, small enough for a page."""

import sys

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av", reason="needs PyAV, of the extra video")
strip = pytest.importorskip("film_strip", reason="the benchmarks are not here")
painters = pytest.importorskip("film_painters", reason="the benchmarks are not here")
sequences = pytest.importorskip("film_sequences", reason="the benchmarks are not here")

COUNT = 5
CLIP = sequences.make_sequences((128, 96), COUNT)["pan"]


@pytest.fixture
def clip(tmp_path, monkeypatch):
    """Put a clip in place of those from packages, and engines that add noise; return the orders."""
    path = tmp_path / "clip.mkv"
    strip.write_frames(CLIP.frame, COUNT, path)
    monkeypatch.setattr(strip, "fetch", lambda *_: path)
    orders = []

    def engine(levels):
        def paint(order, folder):
            orders.append(order)
            rng = np.random.default_rng(0)
            for frame in order.frames:
                noisy = np.asarray(Image.open(frame)) + rng.normal(0, levels, (48, 64, 3))
                pixels = np.clip(noisy, 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / "frames" / frame.name)
            return [1.0] * len(order.frames)

        return paint

    monkeypatch.setitem(painters.ENGINES, "none", engine(30))
    monkeypatch.setitem(painters.ENGINES, "flow", engine(2))
    return orders


def draw(monkeypatch, folder, *more):
    named = ["film_strip.py", folder / "strip.jpg", "--folder", folder / "films"]
    asked = (*named, "--size", 64, "--frames", COUNT, "--shown", 3, "--crop", 48, *more)
    monkeypatch.setattr(sys, "argv", [str(each) for each in asked])
    strip.main()
    with Image.open(folder / "strip.jpg") as picture:
        return np.asarray(picture.convert("RGB")).astype(float)


def test_rows_are_the_clip_and_two_films_and_their_differences(clip, tmp_path, monkeypatch, capsys):
    sheet = draw(monkeypatch, tmp_path, "--iterations", 7)
    rows = np.split(sheet, 6)
    assert sheet.shape[1] == 3 * (48 + 4)
    flicker = [row[22:70, :48].std() for row in rows[1::2]]
    assert flicker[1] > 1.5 * flicker[2]  # of the frames by themselves, and of the film
    assert [order.settings.iterations for order in clip] == [7, 7]
    said = capsys.readouterr().out
    assert "frames 2 to 4" in said
    assert "Big Buck Bunny, CC BY 3.0" in said


def test_what_is_painted_is_not_painted_again(clip, tmp_path, monkeypatch):
    first = draw(monkeypatch, tmp_path)
    assert len(clip) == 2
    assert np.array_equal(draw(monkeypatch, tmp_path), first)
    assert len(clip) == 2


def test_other_settings_than_those_of_the_folder_are_refused(clip, tmp_path, monkeypatch):
    draw(monkeypatch, tmp_path)
    with pytest.raises(OSError, match="other settings"):
        draw(monkeypatch, tmp_path, "--iterations", 3)


@pytest.mark.parametrize("shown", [0, COUNT])
def test_frames_that_have_none_before_them_are_refused(shown, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        draw(monkeypatch, tmp_path, "--shown", shown)
    assert "fewer than --frames" in capsys.readouterr().err


def test_a_picture_that_is_too_large_loses_quality_but_not_too_much(tmp_path):
    rng = np.random.default_rng(0)

    def noise(side):
        return Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8))

    small, large = tmp_path / "small.jpg", tmp_path / "large.jpg"
    assert strip.save_small(noise(64), small) == 90
    assert strip.save_small(noise(500), large) < 90
    assert large.stat().st_size <= 150_000
    with pytest.raises(OSError, match="smaller crop"):
        strip.save_small(noise(1200), tmp_path / "none.jpg")
    assert not (tmp_path / "none.jpg").exists()
