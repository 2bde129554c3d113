"""Previews: asked for while somebody looks, not too often, and bounded."""

import base64

import pytest

from ortstyle.errors import JobError
from ortstyle.jobs.events import Event
from ortstyle.studio.paintings import previews as module
from ortstyle.studio.paintings.previews import Previews

KEY, OTHER = "0" * 16, "1" * 16


class Clock:
    """Stands in for the clocks of the module."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for name in ("monotonic", "time"):
        monkeypatch.setattr(module, name, clock)
    return clock


@pytest.fixture
def asked():
    return []


@pytest.fixture
def previews(clock, asked):
    return Previews(lambda key, side: asked.append((key, side)))


def preview(content=b"x", key=KEY):
    jpeg = base64.b64encode(b"\xff\xd8\xff" + content).decode()
    return Event("preview", key, {"jpeg": jpeg, "evaluations": 1})


def progress(key=KEY):
    return Event("progress", key, {"evaluations": 1})


def test_nothing_is_asked_for_while_nobody_looks(previews, asked):
    for _ in range(10):
        previews.take(Event("started", KEY))
        previews.take(progress())
    assert asked == []
    assert not previews.take(preview())
    assert previews.version(KEY) is None


def test_a_look_asks_and_gets_what_has_come(previews, asked):
    assert previews.look(KEY, 768) is None
    assert asked == [(KEY, 768)]
    assert previews.take(preview())
    found = previews.look(KEY, 768)
    assert found.jpeg == b"\xff\xd8\xffx"
    assert found.version == previews.version(KEY)


def test_a_look_counts_for_some_seconds(previews, asked, clock):
    previews.look(KEY, 512)
    clock.now += 4.9
    previews.take(progress())
    assert len(asked) == 2
    clock.now += 0.3
    previews.take(progress())
    assert len(asked) == 2
    assert previews.look(KEY, 512) is None
    assert len(asked) == 3


def test_a_worker_is_not_asked_more_than_four_times_a_second(previews, asked, clock):
    for _ in range(1000):
        clock.now += 0.01
        previews.look(KEY, 512)
        previews.take(preview())
        previews.take(progress())
    assert 30 <= len(asked) <= 40


def test_a_job_that_is_begun_again_is_asked_again(previews, asked, clock):
    previews.look(KEY, 512)  # the worker dies before it has answered
    clock.now += 1
    previews.take(Event("started", KEY))
    assert len(asked) == 2


def test_the_largest_side_that_somebody_wants_is_asked_for(previews, asked, clock):
    previews.look(KEY, 512)
    previews.look(KEY, 1024)
    clock.now += 1
    previews.look(KEY, 256)
    assert asked == [(KEY, 512), (KEY, 1024)]
    clock.now += 4.5
    previews.take(progress())
    assert asked[-1] == (KEY, 256)


@pytest.mark.parametrize("side", [0, 63, 4096, "512", 512.0, None])
def test_a_side_out_of_bounds_is_refused(previews, asked, side):
    with pytest.raises(JobError, match="64 to 2048"):
        previews.look(KEY, side)
    assert asked == []


@pytest.mark.parametrize("end", ["done", "failed", "stopped"])
def test_it_is_forgotten_when_the_painting_ends(previews, end):
    previews.look(KEY, 512)
    previews.take(preview())
    previews.take(Event(end, KEY))
    assert previews.version(KEY) is None
    assert not previews.take(preview())  # which was on its way


def test_a_paused_painting_keeps_its_preview(previews):
    previews.look(KEY, 512)
    previews.take(preview())
    previews.take(Event("paused", KEY))
    assert previews.version(KEY)


def test_versions_grow_also_over_ends_and_restarts(previews, clock):
    versions = []
    for _ in range(3):
        previews.look(KEY, 512)
        for _ in range(3):
            previews.take(preview())
            versions.append(previews.version(KEY))
        previews.take(Event("failed", KEY))
    clock.now += 1
    restarted = Previews(lambda *_: None)
    restarted.look(KEY, 512)
    restarted.take(preview())
    versions.append(restarted.version(KEY))
    assert versions == sorted(set(versions))


def test_all_previews_are_bounded(previews, monkeypatch):
    monkeypatch.setattr(module, "_MOST_BYTES", 1000)
    for number in range(20):
        key = f"{number:016x}"
        previews.look(key, 512)
        previews.take(preview(bytes(200), key))
    kept = [number for number in range(20) if previews.version(f"{number:016x}")]
    assert kept == [16, 17, 18, 19]


def test_those_who_look_at_many_are_bounded(previews):
    for number in range(1000):
        previews.look(f"{number:016x}", 512)
    assert len(previews._watched) <= 256


@pytest.mark.parametrize(
    "jpeg", [None, 1, "", "no base64!", base64.b64encode(b"<svg>").decode(), "/9j/" * 2_000_000]
)
def test_what_is_no_preview_is_left_out(previews, jpeg):
    previews.look(KEY, 512)
    assert not previews.take(Event("preview", KEY, {"jpeg": jpeg}))
    assert previews.version(KEY) is None


def test_jobs_do_not_share_previews(previews):
    previews.look(KEY, 512)
    previews.look(OTHER, 512)
    previews.take(preview(b"a"))
    previews.take(preview(b"b", OTHER))
    assert previews.look(KEY, 512).jpeg.endswith(b"a")
    assert previews.look(OTHER, 512).jpeg.endswith(b"b")
