"""Requests survive the way to a worker, and other texts are refused."""

import json

import pytest
from fuzzed import changed_json, fuzz

from ortstyle.errors import JobError, OrtStyleError, SettingsError
from ortstyle.jobs.cluster_film_request import FilmRequest
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.painting.passes import steps_of

STYLE = f"file-{'a' * 64}.jpg"
MASK = f"array-{'b' * 64}.npy"


def request(**changes):
    film = FilmSettings(passes=2, loop=True)
    step = list(steps_of(range(6), film, is_whole=True))[13]
    plain = {
        "film": "film",
        "part": "0",
        "is_last": False,
        "step": step,
        "size": (48, 32),
        "settings": Settings(seed=5).to_dict(),
        "film_settings": film.to_dict(),
        "styles": (STYLE, STYLE),
        "weights": (0.1, 1 / 3),
        "masks": (None, MASK),
        "needs": (STYLE, MASK, "source-3.png"),
        "device": "cpu",
        "memory": 10**10,
        "threads": 0,
        "shares": {"tcp://a:1": 2},
        "folder": None,
    }
    return FilmRequest(**plain | changes)


def test_a_request_comes_out_as_it_went_in():
    given = request()
    assert given.step.of_last_pass
    found = FilmRequest.from_json(given.to_json())
    assert found.step == given.step
    assert (found.size, found.weights, found.masks) == (given.size, given.weights, given.masks)
    assert found.read_film_settings() == FilmSettings(passes=2, loop=True)
    assert found.read_settings(str) == Settings(seed=5)
    assert found.to_json() == given.to_json()


def test_pictures_are_put_for_their_names():
    palette = request().read_palette(lambda name: name[:4])
    assert palette.styles == ("file", "file")
    assert palette.masks == (None, "arra")
    assert request(weights=None, masks=None).read_palette(str).masks is None


@pytest.mark.parametrize(
    "changes",
    [
        {"size": (0, 32)},
        {"size": (1 << 20, 1 << 20)},
        {"size": (1.5, 2)},
        {"styles": ("../style.jpg",)},
        {"needs": ("/etc/passwd",)},
        {"masks": ("mask.png",)},
        {"weights": ("1",)},
        {"threads": -1},
        {"shares": {"a": "1"}},
        {"memory": "1"},
        {"folder": 5},
        {"film": None},
    ],
    ids=str,
)
def test_wrong_values_are_refused(changes):
    with pytest.raises(JobError):
        FilmRequest.from_json(request(**changes).to_json())


def test_files_of_settings_lie_where_the_worker_has_put_them():
    settings = Settings().to_dict()
    found = request(settings=settings | {"model": STYLE}).read_settings(lambda name: f"/x/{name}")
    assert found.model == f"/x/{STYLE}"
    with pytest.raises(JobError, match="no file of a film"):
        request(settings=settings | {"model": "file-../x"}).read_settings(str)
    with pytest.raises(SettingsError):
        request(settings=settings | {"unknown": 1}).read_settings(str)


def test_other_texts_are_refused():
    for text in ("", "[]", "{}", "x", "null", '{"step": {}}', "[" * 10_000):
        with pytest.raises(JobError, match="wrong form"):
            FilmRequest.from_json(text)


@pytest.mark.slow
def test_whatever_comes_is_read_or_refused():
    def check(data):
        try:
            found = FilmRequest.from_json(json.dumps(data))
            found.read_settings(str)
            found.read_film_settings()
        except OrtStyleError:
            pass

    fuzz(changed_json(json.loads(request().to_json())), check)
