"""The benchmark of films: it paints, measures, prints and draws, and does nothing twice."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av", reason="needs PyAV, of the extra video")
video = pytest.importorskip("video", reason="the benchmarks are not here")
painters = pytest.importorskip("film_painters", reason="the benchmarks are not here")


@pytest.fixture
def engines(monkeypatch):
    """Replace two engines: one adds noise to each frame, the other half of it."""

    def paint(levels):
        def engine(order, folder):
            rng = np.random.default_rng(0)
            for frame in order.frames:
                pixels = np.asarray(Image.open(frame)) + rng.normal(0, levels, (48, 48, 3))
                pixels = np.clip(pixels, 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / "frames" / frame.name)
            return [4.0] + [levels] * (len(order.frames) - 1)

        return engine

    monkeypatch.setitem(painters.ENGINES, "none", paint(20))
    monkeypatch.setitem(painters.ENGINES, "flow", paint(5))


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["video.py", *map(str, arguments)])
    video.main()


def test_films_are_measured_beside_the_first_engine(tmp_path, engines, monkeypatch, capsys):
    asked = (tmp_path, "--size", 48, "--frames", 12, "--sequences", "pan")
    run(monkeypatch, *asked)
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| pan")]
    assert [row.split("|")[2].strip() for row in rows] == ["source", "none", "flow"]
    found = json.loads((tmp_path / "pan" / "measures.json").read_text())
    assert found["none"]["error_ratio"] == 1
    assert found["flow"]["error_ratio"] < 0.3
    assert found["flow"]["far_ratio"] < 0.3
    assert found["flow"]["seconds_ratio"] == 0.25
    assert found["flow"]["sharpness"] < 1
    assert found["source"]["drift"] == 0
    assert (tmp_path / "pan.png").exists()

    for engine in ("none", "flow"):
        monkeypatch.setitem(painters.ENGINES, engine, None)  # can't be called again
    run(monkeypatch, *asked)
    assert json.loads((tmp_path / "pan" / "measures.json").read_text()) == found


def test_settings_are_given_by_name(monkeypatch, tmp_path, engines):
    asked = ("--size", 48, "--frames", 2, "--sequences", "pan", "--iterations", 7)
    film = ("--film", "passes=3", "cuts=false", "--settings", "seed=5", "init=noise")
    run(monkeypatch, tmp_path, *asked, *film)
    order = json.loads((tmp_path / "pan" / "flow" / "order.json").read_text())
    assert (order["film"]["passes"], order["film"]["cuts"]) == (3, False)
    assert (order["settings"]["seed"], order["settings"]["init"]) == (5, "noise")
    assert order["settings"]["iterations"] == 7


def test_a_film_that_goes_there_and_back_has_its_drift(monkeypatch, tmp_path, engines):
    monkeypatch.setattr(video, "TURN", 3)
    run(monkeypatch, tmp_path, "--size", 48, "--frames", 6, "--sequences", "light")
    found = json.loads((tmp_path / "light" / "measures.json").read_text())
    assert found["flow"]["drift_of_return"] > 0


def test_a_real_clip_is_measured_by_its_estimated_motion(monkeypatch, tmp_path, engines):
    pytest.importorskip("cv2", reason="needs OpenCV, of the extra video")
    pan = video.make_sequences((96, 96), 4)["pan"]

    def fetch(clip, folder):
        folder.mkdir(parents=True, exist_ok=True)
        video.write_frames(pan.frame, 4, folder / "bunny.mkv")
        return folder / "bunny.mkv"

    monkeypatch.setattr(video, "fetch", fetch)
    run(monkeypatch, tmp_path, "--size", 48, "--frames", 9, "--sequences", "bunny")
    found = json.loads((tmp_path / "bunny" / "measures.json").read_text())
    assert found["flow"]["error_ratio"] < 0.5
    assert len(list((tmp_path / "bunny" / "source").iterdir())) == 4
