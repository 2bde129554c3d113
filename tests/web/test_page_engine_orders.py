"""What the engine does with orders of all kinds, on a small network with WebAssembly."""

import numpy as np
import pytest
from engine_runs import image_of, job, psnr, python_run, run
from engine_sites import SMALL, painting, photograph, small_network, write_engine_site

from ortstyle.pictures.color import luminance
from ortstyle.pictures.picture import to_array
from ortstyle.settings.presets import from_preset

pytestmark = pytest.mark.javascript
CONTENT = photograph(64, 48)
STYLE = painting(64, 64)  # which also at half the size fills a canvas
FLAT = STYLE.point(lambda level: 200 + level // 50)
ORDER = {"size": 64, "iterations": 8}
#: A job's place among those that are run, by what is tried.
JOBS = {
    "luminance": job(CONTENT, STYLE, **ORDER, colors="luminance"),
    "strokes": job(CONTENT, STYLE, **ORDER, strokes=0.5),
    "weights": job(CONTENT, STYLE, **ORDER, contentWeight=9, styleWeight=0.5, smoothness=0.1),
    "flat": job(CONTENT, FLAT, **ORDER),
    "nothing to do": job(CONTENT, STYLE, **ORDER, contentWeight=0, styleWeight=0, smoothness=0),
    "stopped": job(CONTENT, STYLE, **ORDER | {"iterations": 500}) | {"stopAt": 3},
    "no picture": job(CONTENT, STYLE, **ORDER) | {"pictures": [{"text": "no picture"}] * 2},
    "plan": {"order": ORDER, "plan": {"photograph": [640, 480], "painting": [300, 300]}},
}
OVERRIDES = {
    "luminance": {"colors": "luminance"},
    "strokes": {"style_scale": 0.5},
    "weights": {"content_weight": 9.0, "style_weight": 0.5, "tv_weight": 0.1},
    "flat": {},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return SMALL | {"model": small_network(tmp_path_factory.mktemp("network")), "size": 64}


@pytest.fixture(scope="module")
def site(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    # A picture of 128 pixels is timed at the start.
    write_engine_site(folder, settings=from_preset(overrides=small), sizes=(64, 128))
    return folder


@pytest.fixture(scope="module")
def found(site, tmp_path_factory):
    """Return the answers by what is tried, of a page that is not isolated."""
    folder = tmp_path_factory.mktemp("orders")
    driven, faults = run(folder, list(JOBS.values()), site=site, isolated=False)
    assert faults == []
    return {"ready": driven["ready"], **dict(zip(JOBS, driven["found"], strict=True))}


@pytest.mark.parametrize("tried", OVERRIDES)
def test_an_order_gives_what_python_gives(found, small, tried):
    style = FLAT if tried == "flat" else STYLE
    losses, picture = python_run(CONTENT, style, **small, **OVERRIDES[tried], iterations=8)
    # The flat one's third step goes too far, so that its loss is unsure.
    compared = 2 if tried == "flat" else 5
    np.testing.assert_allclose(found[tried]["losses"][:compared], losses[:compared], rtol=1e-3)
    assert psnr(image_of(found[tried]["image"]), picture) > 35


def test_the_photographs_colours_are_kept(found):
    painted, content = to_array(image_of(found["luminance"]["image"])), to_array(CONTENT)
    chroma = [pixels - luminance(pixels) for pixels in (painted, content)]
    inside = ((painted > 0) & (painted < 255)).all(axis=1, keepdims=True)  # not clipped
    assert np.abs(chroma[0] - chroma[1])[np.broadcast_to(inside, painted.shape)].max() < 1.5


def test_an_optimiser_that_stops_early_ends_the_run_with_its_picture(found):
    ended = found["nothing to do"]  # no loss has a weight, so that no gradient leads anywhere
    assert ended["type"] == "done"
    assert ended["losses"] == [0]
    assert psnr(image_of(ended["image"]), CONTENT) > 50


def test_a_run_is_stopped_with_the_picture_that_it_has(found):
    stopped = found["stopped"]
    assert stopped["type"] == "done"
    assert 3 <= stopped["evaluations"] < 500
    assert len(stopped["losses"]) == stopped["evaluations"]
    assert image_of(stopped["image"]).size == (64, 48)


def test_what_is_no_picture_is_told(found):
    failed = found["no picture"]
    told = [failed[name] for name in ("type", "id", "kind", "reason")]
    assert told == ["failed", 1, "picture", "unknown"]


def test_a_plan_tells_scales_memory_and_time(found):
    plan = found["plan"]
    assert plan["scales"] == [[64, 8, [48, 64]]]
    assert plan["bytes"] > 1e6
    assert plan["seconds"] > 0
    assert plan["enough"] is True


def test_the_times_of_all_sizes_are_estimated(found):
    seconds = found["ready"]["secondsPerEvaluation"]
    assert found["ready"]["sizes"] == [64, 128]
    assert all(seconds[size] > 0 for size in ("64", "128"))


def test_without_isolation_there_is_one_thread(found):
    assert found["ready"]["isolated"] is False
    assert found["ready"]["threads"] == 1


def test_scales_and_resuming(small, tmp_path_factory):
    """A run of two scales goes on at the evaluation, and the scale, of the picture it is given."""
    folder = tmp_path_factory.mktemp("scales")
    settings = from_preset(overrides=small | {"scales": 2, "iterations": 10})
    write_engine_site(folder, settings=settings)
    resume = {"evaluations": 8, "scale": 2, "image": JOBS["luminance"]["pictures"][0]}
    jobs = [
        job(CONTENT, STYLE, size=64),
        job(CONTENT, STYLE, size=64, more={"resume": resume}),
    ]
    found, faults = run(tmp_path_factory.mktemp("run"), jobs, site=folder)
    assert faults == []
    whole, resumed = found["found"]
    assert [len(whole["losses"]), whole["evaluations"]] == [10, 10]
    assert whole["progress"][-1]["scale"] == [2, 2]
    (coarse, count), _ = settings.schedule()
    assert coarse == 45
    assert whole["losses"][-1] < whole["losses"][0]
    assert [len(resumed["losses"]), resumed["evaluations"]] == [2, 10]
    assert count < 8  # so that the picture is one of the second scale
    # It goes on from the picture that was given, which is the photograph.
    assert psnr(image_of(resumed["image"]), CONTENT) > psnr(image_of(whole["image"]), CONTENT)
