"""A run through its scales: coarse to fine, restarts, and the memory that it frees."""

import gc
import tracemalloc
import weakref
from dataclasses import FrozenInstanceError, replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from fakes import Fake, bowl, stylize_on
from PIL import Image

from ortstyle.errors import NotFiniteError
from ortstyle.objective.whole import WholeObjective
from ortstyle.run import objective_factory as factory
from ortstyle.run.iterate import Iterate
from ortstyle.run.pace import Pace
from ortstyle.run.stylize import stylize


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


def pixels(iterate):
    return np.asarray(iterate.image)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_one_iterate_an_evaluation(paint, optimizer):
    found = paint(iterations=7, optimizer=optimizer)
    assert [iterate.evaluations for iterate in found] == [1, 2, 3, 4, 5, 6, 7]
    for iterate in found:
        assert isinstance(iterate, Iterate)
        assert (iterate.width, iterate.height) == iterate.image.size == (24, 18)
        assert iterate.image.mode == "RGB"
        assert iterate.scale == (0, 1)
        assert 0 <= iterate.iteration <= iterate.evaluations
        assert iterate.notice == ""
        assert set(iterate.terms) == {"content", "style", "tv"}
        assert iterate.loss == pytest.approx(sum(iterate.terms.values()), rel=1e-5)
        assert iterate.terms["style"] > 0
    assert all(a.iteration <= b.iteration for a, b in pairwise(found))
    assert found[-1].iteration > 0
    assert 0 < found[0].seconds <= found[-1].seconds


def test_an_iterate_is_frozen(paint):
    (found,) = paint(iterations=1)
    with pytest.raises(FrozenInstanceError):
        found.loss = 0
    with pytest.raises(TypeError):
        found.terms["style"] = 0
    assert "pixels" not in repr(found)


@pytest.mark.parametrize("changes", [{}, {"optimizer": "adam"}, {"init": "noise"}])
def test_the_loss_goes_down(paint, changes):
    found = paint(iterations=30, **changes)
    assert min(iterate.loss for iterate in found) < found[0].loss / 2


@pytest.mark.parametrize("term", ["content", "style", "tv"])
def test_a_term_without_weight_is_zero(paint, term):
    (found,) = paint(iterations=1, init="noise", **{f"{term}_weight": 0.0})
    assert found.terms[term] == 0
    assert all(value > 0 for name, value in found.terms.items() if name != term)


def test_the_image_is_the_best_so_far_not_the_last(photo, tiny_settings):
    # The published step may raise the loss; the picture kept is that of the lowest.
    losses = [9.0, 3.0, 5.0, 4.0]
    fake = Fake(lambda i, x: (losses[i], np.ones_like(x)))
    settings = tiny_settings(size=48, iterations=4, step="published", spectral=0.0)
    found = list(stylize_on(lambda _: fake, photo, settings))
    assert [iterate.loss for iterate in found] == losses
    assert not np.array_equal(found[0].pixels, found[1].pixels)
    np.testing.assert_array_equal(found[1].pixels, found[2].pixels)
    np.testing.assert_array_equal(found[1].pixels, found[3].pixels)


def test_iterates_of_the_same_picture_keep_it_once(photo, tiny_settings):
    """A list of all iterates holds one picture for each time that the loss fell."""
    picture = photo.resize((400, 300))
    fake = Fake(lambda i, x: (1.0 if i == 1 else 2.0 + i, np.ones_like(x)))
    fake.asked = Counted()
    settings = tiny_settings(size=400, iterations=30, optimizer="adam", spectral=0.0)
    run, found = stylize_on(lambda _: fake, picture, settings), []
    found += [next(run) for _ in range(4)]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        found += run
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 30
    assert after - before < 3 * found[0].pixels.nbytes


def test_a_pause_is_neither_in_the_seconds_nor_in_the_time_left(paint, monkeypatch):
    times = iter([0, 0.5, 1, 1.5, 3602, 3602.5])
    clocks = {"clock": lambda: next(times), "processor": lambda: 0.0}
    monkeypatch.setattr("ortstyle.run.run.Pace", partial(Pace, **clocks))
    found = paint(iterations=5)
    assert [iterate.seconds for iterate in found] == [0.5, 1, 1.5, 2, 2.5]
    assert [iterate.seconds_left for iterate in found] == [2, 1.5, 1, 0.5, 0]


class Counted(list):
    """A list that counts what is appended, and keeps none of it."""

    def append(self, _):
        super().append(None)


def test_coarse_to_fine(paint):
    found = paint(scales=3, iterations=(4, 3, 2), size=48)
    assert [(i.scale, i.width, i.evaluations) for i in found] == [
        *(((0, 3), 24, n) for n in (1, 2, 3, 4)),
        *(((1, 3), 34, n) for n in (5, 6, 7)),
        *(((2, 3), 48, n) for n in (8, 9)),
    ]
    assert all(a.seconds < b.seconds for a, b in pairwise(found))
    assert found[-1].seconds_left == 0
    assert found[0].seconds_left > 0
    assert found[-1].image.size == (48, 36)


def test_a_scale_starts_where_the_last_one_came_to(paint):
    found = paint(scales=2, iterations=(9, 1), size=48)
    coarse, fine = pixels(found[8]).astype(float), found[9].image.resize((34, 25))
    cold = pixels(paint(scales=1, iterations=1, size=34)[0])
    assert np.abs(np.asarray(fine) - coarse).mean() < 0.3 * np.abs(cold - coarse).mean()


def test_the_coarse_scales_of_a_preview_are_those_of_the_picture(paint):
    small = paint(scales=2, iterations=(5, 1), size=34)
    large = paint(scales=3, iterations=(5, 1, 1), size=48)
    # The photograph has been resized by way of another size.
    np.testing.assert_allclose(small[4].pixels, large[4].pixels, atol=4)
    assert small[4].loss == pytest.approx(large[4].loss, rel=0.05)


def test_scales_too_small_for_the_network_are_left_out(tmp_path, painting, tiny_settings):
    """A panorama of 40×4 needs 4 rows; at half the size it has 2."""
    panorama = Image.fromarray(np.random.default_rng(0).integers(0, 255, (4, 40, 3), np.uint8))
    settings = tiny_settings(size=40, scales=3, iterations=(3, 2, 1))
    found = list(stylize(panorama, painting, settings))
    assert [iterate.width for iterate in found] == [40] * 6
    assert found[-1].scale == (0, 1)


def test_the_coarsest_of_the_scales_that_are_left_is_painted_as_such(
    tmp_path, painting, tiny_settings
):
    panorama = Image.fromarray(np.random.default_rng(0).integers(0, 255, (4, 40, 3), np.uint8))
    settings = tiny_settings(size=40, scales=3, iterations=(3, 2, 1), spectral=0.5)
    run = stylize(panorama, painting, settings)
    next(run), next(run)
    run.save(tmp_path / "a.checkpoint")
    found = list(run)[-1]
    alone = list(stylize(panorama, painting, replace(settings, scales=1, iterations=6)))[-1]
    np.testing.assert_array_equal(found.pixels, alone.pixels)
    again = list(stylize(panorama, painting, settings, resume=tmp_path / "a.checkpoint"))[-1]
    np.testing.assert_array_equal(found.pixels, again.pixels)


def test_one_scale_that_can_not_go_lower_leaves_it_to_the_next(photo, tiny_settings):
    changes = {"step": "published", "spectral": 0.0}
    settings = tiny_settings(size=48, scales=2, iterations=(5, 5), **changes)
    fakes = iter([Fake(lambda _, x: (1.0, np.zeros_like(x))), Fake(lambda _, x: bowl(x))])
    found = list(stylize_on(lambda _: next(fakes), photo, settings))
    assert found[0].notice == "evaluation 1: the gradient is zero; continuing at the next scale"
    assert [iterate.evaluations for iterate in found] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("end", ["close", "finish"])
def test_the_memory_of_a_scale_is_given_back_before_the_next(
    photo, painting, tiny_settings, monkeypatch, end
):
    alive = []

    class Watched(WholeObjective):
        def open(self):
            gc.collect()
            assert not any(ref() for ref in alive)
            alive.append(weakref.ref(self))
            return super().open()

    monkeypatch.setattr(factory, "WholeObjective", Watched)
    run = stylize(photo, painting, tiny_settings(scales=3, iterations=(2, 1, 1)))
    if end == "finish":
        assert len(list(run)) == 4
        assert len(alive) == 3
    else:
        for _ in range(3):
            next(run)
        run.close()
        assert len(alive) == 2
    del run
    gc.collect()
    assert not any(ref() for ref in alive)


def sessions():
    """Return how many of ONNX Runtime's sessions are alive."""
    import onnxruntime

    gc.collect()
    return sum(isinstance(thing, onnxruntime.InferenceSession) for thing in gc.get_objects())


@pytest.mark.parametrize("end", ["close", "finish", "drop"])
def test_the_session_is_released(photo, painting, tiny_settings, end):
    before = sessions()
    run = stylize(photo, painting, tiny_settings())
    next(run)
    assert sessions() == before + 1  # those that made the targets are gone
    if end == "close":
        run.close()
    elif end == "finish":
        list(run)
    if end != "drop":
        assert list(run) == []
    del run
    assert sessions() == before


@pytest.fixture
def run_on(photo, tiny_settings):
    """Return a function that runs on a fake objective, at one scale, from a picture of one grey."""
    grey = Image.new("RGB", photo.size, (100, 100, 100))
    same = {"step": "published", "spectral": 0.0, "size": photo.width}

    def run(fake, iterations, *, found=None, **changes):
        settings = tiny_settings(**same | {"iterations": iterations} | changes)
        found = [] if found is None else found
        found.extend(stylize_on(lambda _: fake, grey, settings))
        return found

    return run


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (np.nan, "the loss is no longer finite"),
        (np.inf, "the loss is no longer finite"),
        (1e12, "the loss diverged"),
    ],
)
def test_a_run_that_goes_wrong_starts_again_from_the_best(run_on, bad, reason, optimizer):
    fake = Fake(lambda i, x: (bad, np.ones_like(x)) if i == 4 else bowl(x))
    found = run_on(fake, 9, optimizer=optimizer)
    assert len(found) == 9
    notices = {iterate.evaluations: iterate.notice for iterate in found if iterate.notice}
    assert notices == {5: f"evaluation 5: {reason}; starting again from the best picture"}
    best = min(range(4), key=lambda i: found[i].loss)
    np.testing.assert_array_equal(fake.asked[5], fake.asked[best])  # the start of the second run
    np.testing.assert_array_equal(found[4].pixels, fake.asked[best].clip(0, 255))
    assert found[5].loss == found[best].loss
    assert all(a.iteration <= b.iteration for a, b in pairwise(found))
    assert np.isfinite(found[-1].pixels).all()
    assert fake.closed


def test_a_gradient_that_is_not_finite_is_no_gradient(run_on):
    found = run_on(Fake(lambda i, x: (1.0, x * np.nan if i == 2 else x)), 5)
    assert [bool(iterate.notice) for iterate in found] == [False, False, True, False, False]


def test_after_three_restarts_it_fails(run_on):
    fake = Fake(lambda i, x: bowl(x) if i % 2 == 0 else (np.nan, x))
    found = []
    with pytest.raises(NotFiniteError, match="not a number after 8 evaluations"):
        run_on(fake, 50, found=found)
    notices = [iterate.notice.rpartition("; ")[2] for iterate in found if iterate.notice]
    assert notices == ["starting again from the best picture"] * 3
    assert len(found) == 7
    np.testing.assert_array_equal(found[-1].pixels, np.full((1, 3, 36, 48), 100, np.float32))
    assert fake.closed


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("step", ["published", "line-search"])
@pytest.mark.parametrize(("loss", "factor"), [(np.nan, 1), (np.inf, 1), (1e30, 1e25), (1, np.nan)])
def test_a_run_that_never_had_a_finite_loss_fails_at_once(run_on, optimizer, step, loss, factor):
    fake, found = Fake(lambda _, x: (loss, x * np.float32(factor))), []
    with pytest.raises(NotFiniteError, match="after 1 evaluation;"):
        run_on(fake, 50, found=found, optimizer=optimizer, step=step)
    assert not found
    assert fake.closed


def test_a_run_that_can_not_go_lower_ends_early_and_says_so(run_on):
    found = run_on(Fake(lambda _, x: (1.0, np.zeros_like(x))), 50)
    assert [iterate.notice for iterate in found] == ["evaluation 1: the gradient is zero; stopping"]


def test_a_run_whose_loss_hardly_falls_ends_early_and_says_so(run_on):
    found = run_on(Fake(lambda n, x: (100.0 - n, np.ones_like(x))), 50, patience=0.15)
    assert [iterate.notice for iterate in found if iterate.notice] == [
        "evaluation 11: the loss hardly falls; stopping"
    ]
    assert len(found) == 11


def test_what_an_objective_has_to_tell_is_said_once(photo, tiny_settings):
    fakes = []

    def make(_):
        fakes.append(Fake(lambda _, x: bowl(x)))
        fakes[-1].notice = f"slow {len(fakes)}" if len(fakes) > 1 else ""
        return fakes[-1]

    settings = tiny_settings(size=48, scales=3, iterations=(2, 2, 2))
    notices = [iterate.notice for iterate in stylize_on(make, photo, settings)]
    assert [notice for notice in notices if notice] == ["slow 2"]
    assert len(fakes) == 3
