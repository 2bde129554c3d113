"""How far a film is: a share that never decreases, and figures that JSON holds."""

import json
from types import SimpleNamespace

import pytest

from ortstyle.jobs.film_events import FilmShare, film_figures
from ortstyle.video.film_progress import progress_of

PHASES = ("reading", "painting", "between", "writing")


def step(phase, done, count=4):
    return progress_of(phase, done, count, done - 1, 1.0)


def test_the_share_grows_with_every_frame_of_every_phase():
    share, told = FilmShare(100), []
    for phase in PHASES:
        for done in range(1, 5):
            share.follow(step(phase, done))
            told.append(share.done)
    assert told == sorted(told)
    assert len(set(told)) == len(told)
    assert (told[-1], share.evaluated, share.of) == (1, 100, 100)


def test_a_share_does_not_fall_where_a_phase_begins_again():
    share = FilmShare(100)
    share.follow(step("reading", 4))
    before = share.done
    share.follow(step("reading", 1))  # of masks that move
    assert share.done == before


def test_the_first_frame_is_more_work():
    shares = [FilmShare(1000, first_ratio=ratio) for ratio in (1.0, 9.0)]
    for share in shares:
        share.follow(step("painting", 1))
    even, uneven = ((share.done - 0.05) / 0.87 for share in shares)
    assert even == pytest.approx(1 / 4)
    assert uneven == pytest.approx(9 / 12)


def test_what_is_done_of_a_frame_counts_but_is_not_kept():
    share = FilmShare(1000)
    share.follow(step("painting", 1))
    kept, done = share.kept_evaluations, share.done
    share.within(5, 10)
    assert share.done > done
    assert share.kept_evaluations == kept
    share.within(20, 10)
    half = share.done
    share.follow(step("painting", 2))
    assert share.done == pytest.approx(half)
    assert share.kept_evaluations > kept


@pytest.mark.parametrize(
    ("read", "painted", "count", "share"),
    [(0, 0, 4, 0), (2, 0, 4, 0.025), (4, 2, 4, 0.485), (3, 1, None, 0), (9, 0, 4, 0.05)],
)
def test_a_film_goes_on_from_what_is_there(read, painted, count, share):
    found = FilmShare(100)
    found.begin(read=read, painted=painted, count=count)
    assert found.done == found.kept == pytest.approx(share)


def test_all_evaluations_are_told_once_all_is_done_and_not_before():
    share = FilmShare(10, done=0.9999999)
    assert share.evaluated == 9
    share.follow(step("writing", 4))
    assert share.evaluated == 10


def test_what_is_written_is_not_kept_before_all_is():
    share = FilmShare(100)
    share.follow(step("painting", 4))
    kept = share.kept
    share.follow(step("writing", 2))
    assert share.done > share.kept == kept


def test_a_clip_that_tells_no_frames_has_a_share_of_something():
    share = FilmShare(None)
    share.follow(step("reading", 3, None))
    assert (share.evaluated, share.of) == (0, 1000)


def test_figures_have_the_names_of_pictures_and_those_of_films():
    share = FilmShare(100)
    share.follow(step("painting", 2))
    last = SimpleNamespace(loss=float("nan"), terms={"style": 1.5, "content": float("inf")})
    figures = film_figures(
        step("painting", 2), share, size=(64, 48), seconds=2.0, seconds_left=None, last=last
    )
    assert figures["phase"] == "painting"
    assert (figures["frame"], figures["frames"], figures["frames_of"]) == (1, 2, 4)
    assert (figures["evaluations"], figures["of"]) == (48, 100)
    assert (figures["width"], figures["height"]) == (64, 48)
    assert figures["loss"] is None
    assert figures["terms"] == {"style": 1.5, "content": None}
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
