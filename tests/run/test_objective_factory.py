"""Runs in tiles: the same picture, within a budget, continued where memory ran out."""

import numpy as np
import pytest

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.run.stylize import stylize
from ortstyle.runtime.session import Session


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


def last(run):
    *_, found = run
    return found


def test_a_run_in_tiles_paints_the_same(photo, painting, tiny_settings):
    # Without maxima and |x|, whose derivatives jump: rounding, in which tiles differ, decides on
    # which side of a jump a number falls, and L-BFGS amplifies that to per cents of the loss.
    smooth = {"pooling": "avg", "tv": "l2"}
    settings = tiny_settings(size=200, scales=2, iterations=12, spectral=0.5, **smooth)
    whole = last(stylize(photo, painting, settings))
    run = stylize(photo, painting, settings, memory=BASE_BYTES + 11_000_000)
    tiled = last(run)
    assert run.plan(200).tile is not None
    assert abs(whole.pixels - tiled.pixels).mean() < 0.5
    assert tiled.loss == pytest.approx(whole.loss, rel=1e-3)


def test_a_panorama_in_tiles_leaves_out_scales_too_coarse_for_it(painting, tiny_settings):
    panorama = painting.resize((800, 9))
    settings = tiny_settings(size=800, scales=5, iterations=10, spectral=0.5)
    run = stylize(panorama, painting, settings, memory=BASE_BYTES + 43_000_000)
    found = list(run)
    assert run.plan(800).tile is not None
    assert found[0].width > 200
    assert sum(1 for _ in found) == 10


@pytest.fixture
def exhausted(monkeypatch):
    """Return a function that makes runs on more than some pixels fail as if memory ran out."""

    def limit(pixels):
        run = Session.run

        def refuse(self, **inputs):
            image = inputs.get("image")
            if image is not None and image.shape[2] * image.shape[3] > pixels:
                raise OutOfMemoryError("device cpu failed: out of memory")
            return run(self, **inputs)

        monkeypatch.setattr(Session, "run", refuse)

    return limit


def test_out_of_memory_tiles_are_halved_and_the_run_goes_on(
    photo, painting, tiny_settings, exhausted
):
    settings = tiny_settings(size=120, iterations=6)
    whole = last(stylize(photo, painting, settings))
    run = stylize(photo, painting, settings)
    notices = [next(run).notice, next(run).notice]
    exhausted(5000)
    rest = list(run)
    notices += [iterate.notice for iterate in rest]
    assert "out of memory; continuing in tiles of" in rest[0].notice
    assert sum("out of memory" in notice for notice in notices) == 1
    assert rest[-1].evaluations == 6
    assert abs(whole.pixels - rest[-1].pixels).mean() < 0.5


def test_memory_that_suffices_for_no_tile_ends_the_run(photo, painting, tiny_settings, exhausted):
    run = stylize(photo, painting, tiny_settings(size=120))
    next(run)
    exhausted(100)
    with pytest.raises(DeviceError, match="out of memory, and tiles can't be smaller"):
        next(run)


def test_the_whole_run_s_plan_is_known_before_it_begins(photo, painting, tiny_settings):
    from ortstyle.errors import SettingsError

    with pytest.raises(SettingsError, match="more than the"):
        stylize(photo, painting, tiny_settings(size=400, scales=2), memory=BASE_BYTES + 2_000_000)
    assert np.isfinite(last(stylize(photo, painting, tiny_settings())).loss)


def test_a_checkpoint_is_no_larger_than_predicted(tmp_path, photo, painting, tiny_settings):
    run = stylize(photo, painting, tiny_settings(size=48, scales=2, iterations=(30, 4), history=5))
    sizes = []
    for _ in run:
        run.save(tmp_path / "a.ck")
        sizes.append((tmp_path / "a.ck").stat().st_size)
    assert max(sizes) <= run.checkpoint_bytes < 2 * max(sizes) + 100_000
