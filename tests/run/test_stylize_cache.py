"""Runs that share a cache paint the same pictures, to the bit, within the same memory."""

from dataclasses import asdict

import pytest
from images import random_image

from ortstyle import Cache
from ortstyle.errors import DeviceError, OutOfMemoryError, SettingsError
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.objective import whole
from ortstyle.run.stylize import stylize
from ortstyle.runtime.session import Session

SCALES = {"size": 40, "scales": 2, "iterations": 6, "spectral": 0.5}


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


@pytest.fixture
def paint(painting, tiny_settings):
    """Return a function that paints a seeded content and returns losses and the picture's bytes."""

    def run(seed=1, *, style=None, cache=None, memory=None, **changes):
        settings = tiny_settings(**SCALES | changes)
        content = random_image(48, 36, seed)
        made = stylize(
            content, style or painting, settings, device="cpu", cache=cache, memory=memory
        )
        found = [(iterate.loss, iterate.image.tobytes()) for iterate in made]
        return found, made

    return run


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 2, 2)])
def test_contents_of_one_shape(paint, order):
    expected = {seed: paint(seed)[0] for seed in order}
    with Cache() as cache:
        for seed in order:
            assert paint(seed, cache=cache)[0] == expected[seed]
            assert cache.bytes


def test_other_styles_sizes_and_settings(paint):
    variants = [
        {"style": random_image(30, 40, 5)},
        {"style": [random_image(30, 40, 5), random_image(40, 40, 6)]},
        {"size": 36},
        {"pooling": "avg"},
        {"content_weight": 1.0},
        {"precision": "float16"},
        {"colors": "luminance"},
    ]
    expected = [paint(**changes)[0] for changes in variants]
    with Cache() as cache:
        for _ in range(2):
            for changes, wanted in zip(variants, expected, strict=True):
                assert paint(cache=cache, **changes)[0] == wanted


def test_the_second_run_of_a_shape_makes_no_session(paint, monkeypatch):
    with Cache() as cache:
        paint(1, cache=cache)

        def refuse(*_, **__):
            raise AssertionError("this is cached")

        monkeypatch.setattr(Session, "__init__", refuse)
        monkeypatch.setattr(whole, "loss_model", refuse)
        assert paint(2, cache=cache)[0]


def test_a_run_after_one_that_was_closed_in_the_middle(paint, painting, tiny_settings):
    expected, _ = paint(2)
    with Cache() as cache:
        run = stylize(random_image(48, 36, 1), painting, tiny_settings(**SCALES), cache=cache)
        next(run)
        run.close()
        assert cache.bytes
        assert paint(2, cache=cache)[0] == expected


def test_a_run_that_was_never_begun_takes_nothing(paint, painting, tiny_settings):
    with Cache() as cache:
        paint(1, cache=cache)
        before = cache.bytes
        stylize(random_image(48, 36, 1), painting, tiny_settings(**SCALES), cache=cache).close()
        assert cache.bytes == before


def failing(monkeypatch, error, *, at=4):
    """Let one run of a session fail."""
    real, calls = Session.run, []

    def run(self, **inputs):
        calls.append(1)
        if len(calls) == at:
            self.has_failed = True
            raise error
        return real(self, **inputs)

    monkeypatch.setattr(Session, "run", run)


def test_a_run_after_one_that_failed(paint, monkeypatch):
    expected, _ = paint(2)
    with Cache() as cache:
        paint(1, cache=cache)
        with monkeypatch.context() as patched:
            failing(patched, DeviceError("lost"))
            with pytest.raises(DeviceError, match="lost"):
                paint(1, cache=cache)
        assert cache.bytes == 0
        assert paint(2, cache=cache)[0] == expected


@pytest.mark.parametrize("at", [1, 2, 4, 7])
def test_memory_that_ran_out_because_of_the_cache_does_not_change_the_picture(
    paint, monkeypatch, at
):
    expected, _ = paint(2)
    with Cache() as cache:
        paint(1, cache=cache)
        failing(monkeypatch, OutOfMemoryError("no memory"), at=at)
        found, run = paint(2, cache=cache)
        assert cache.bytes == 0, "this run goes on without it"
    assert found == expected
    assert run.plan(40).tile is None


def test_memory_that_runs_out_without_the_cache_too_is_mended_with_tiles(paint, monkeypatch):
    real = Session.run

    def run(self, **inputs):
        if "image" in inputs and inputs["image"].shape[2] > 100:
            self.has_failed = True
            raise OutOfMemoryError("no memory")
        return real(self, **inputs)

    monkeypatch.setattr(Session, "run", run)
    with Cache() as cache:
        _, made = paint(size=150, scales=1, iterations=2, cache=cache)
        assert made.plan(150).tile is not None


# memory


@pytest.mark.parametrize("budget", [12_000_000, 60_000_000])
def test_plans_are_the_same_and_the_cache_fits_in_what_they_leave(paint, budget):
    large = {"size": 160, "scales": 1, "iterations": 2, "memory": BASE_BYTES + budget}
    expected, without = paint(2, **large)
    with Cache() as cache:
        paint(1, cache=cache)
        paint(1, cache=cache, **large)
        found, made = paint(2, cache=cache, **large)
        assert asdict(made.plan(160)) == asdict(without.plan(160))
        assert cache.bytes + made.plan(160).memory <= BASE_BYTES + budget
    assert found == expected


def test_room_is_made_before_pictures_are_decoded(paint, painting, tiny_settings, monkeypatch):
    from ortstyle.run.inputs import Inputs

    with Cache() as cache:
        paint(cache=cache)
        assert cache.bytes
        held = []
        real = Inputs.read
        monkeypatch.setattr(
            Inputs, "read", lambda *args, **more: held.append(cache.bytes) or real(*args, **more)
        )
        settings = tiny_settings(size=200)
        memory = BASE_BYTES + 11_000_000
        run = stylize(random_image(48, 36), painting, settings, cache=cache, memory=memory)
        assert run.plan(200).tile is not None
        assert held[0] + run.plan(200).memory <= memory


def test_what_is_no_cache_is_refused(photo, painting, tiny_settings):
    with pytest.raises(SettingsError, match="cache is of type dict; give a Cache"):
        stylize(photo, painting, tiny_settings(), cache={})


def test_a_resumed_run_with_a_cache(paint, painting, tiny_settings, tmp_path):
    settings, content = tiny_settings(**SCALES), random_image(48, 36, 2)
    expected, _ = paint(2)
    with Cache() as cache:
        paint(1, cache=cache)
        run = stylize(content, painting, settings, device="cpu", cache=cache)
        for _ in range(2):
            next(run)
        run.save(tmp_path / "run.checkpoint")
        run.close()
        again = stylize(
            content,
            painting,
            settings,
            device="cpu",
            cache=cache,
            resume=tmp_path / "run.checkpoint",
        )
        found = [(iterate.loss, iterate.image.tobytes()) for iterate in again]
    assert found == expected[1:]
