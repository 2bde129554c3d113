"""A film in the studio in Chromium, from the clip that is dropped to the one that is downloaded."""

import base64
import io
import sys

import pytest
from chromium import drive
from films import write_film

from ortstyle.packaged import packaged_path

av = pytest.importorskip("av")

pytestmark = [pytest.mark.javascript, pytest.mark.slow]

SECONDS = 1200
FRAMES = 6


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    clip = write_film(folder / "a film.mp4", frames=FRAMES, rate=25, sound=True)
    other = write_film(folder / "other.mkv", frames=4, rate=25, codec="ffv1")
    painting = packaged_path("examples", "painting.jpg")
    given = [sys.executable, folder / "studio", clip, other, painting]
    return drive("journey-film.mjs", "http://127.0.0.1", folder, *given, seconds=SECONDS)[0]


def test_a_film_is_dropped_and_seen(journey):
    clip = journey["clip"]
    assert "a film.mp4" in clip["name"]
    assert "64 × 48 · 25 fps" in clip["name"]
    assert clip["bar"]["playable"]
    assert clip["bar"]["sound"]
    assert [width for _, width, _ in clip["bar"]["videos"]] == [64]


def test_the_draft_by_itself_is_of_the_frame_that_is_seen(journey):
    draft = journey["draft"]
    assert draft["at"].startswith("0:00.08 of")
    assert draft["kinds"] == [["draft", None]]
    assert draft["stills"] == [0.08]
    assert f"{FRAMES} frames" in draft["plan"]
    assert "Paint film at 48 pixels" in draft["buttons"]
    assert not draft["bar"]["hidden"]


def test_a_film_is_painted_and_told_by_frames(journey):
    paint = journey["paint"]
    assert any(told.startswith(f"Frame 1 of {FRAMES - 2}") for told in paint["told"])
    assert paint["film"]["begin"] == 0.08
    assert paint["size"] == [48, 36]
    assert paint["command"].startswith("ortstyle video 'a film.mp4' painting.jpg")
    assert len(paint["bar"]["videos"]) == 2


def test_who_sees_nothing_can_use_it(journey):
    assert journey["paint"]["violations"] == []


def test_the_film_is_downloaded_with_its_sound(journey):
    data = io.BytesIO(base64.b64decode(journey["paint"]["download"]))
    with av.open(data) as film:
        assert {stream.type for stream in film.streams} == {"video", "audio"}
        frames = [frame.width for frame in film.decode(video=0)]
    assert frames == [48] * (FRAMES - 2)


def test_a_frame_is_compared_with_its_source(journey):
    scrub = journey["scrub"]
    assert scrub["different"] == 4
    assert scrub["captions"][0] == "Clip"
    assert scrub["time"] == pytest.approx(0.12)
    painted, source = scrub["step"]
    assert source - painted == pytest.approx(0.08, abs=0.01)


def test_both_are_played_in_step(journey):
    play = journey["play"]
    painted, source = play["times"]
    assert source - painted == pytest.approx(play["begins"][1], abs=0.09)
    assert painted > 0.1
    assert play["muted"] == [False, True]


def test_the_film_is_there_after_a_reload(journey):
    assert len(journey["reload"]["bar"]["videos"]) == 2
    assert journey["reload"]["seen"]["title"] == journey["paint"]["seen"]["title"]


def test_a_film_goes_on_after_a_kill(journey):
    assert journey["kill"]["state"] == "done"
    assert journey["kill"]["other"]


def test_what_can_t_be_played_is_said_and_shown_by_frames(journey):
    bar = journey["unplayable"]["bar"]
    assert bar["note"].startswith("This browser can’t play this film")
    assert not bar["playable"]
