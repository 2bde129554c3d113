"""Anchors of runs: their sizes, what does not fit, and runs that are held and resumed."""

from dataclasses import replace

import numpy as np
import pytest
from networks import anchor

from ortstyle.errors import CheckpointError, SettingsError
from ortstyle.objective.objective import Anchor
from ortstyle.run.anchors import check_anchor, check_resumed, resized_anchor
from ortstyle.run.checkpoint import read_header
from ortstyle.run.stylize import stylize

SIZE = (24, 18)  # width, height of a run on the photograph at 24 pixels


@pytest.fixture
def held():
    return anchor(*SIZE[::-1])


# sizes


def test_an_anchor_of_the_size_stays_as_it_is(held):
    assert resized_anchor(held, SIZE) is held


def test_pixels_without_weight_colour_no_others():
    weights = np.tile(np.array([1, 1, 1, 0, 0, 0, 3, 1], np.float32), (4, 1))
    pixels = np.full((1, 3, 4, 8), 100, np.float32)
    pixels[..., 3:6] = 255
    pixels[..., 6] = 60
    found = resized_anchor(Anchor(pixels, weights), (4, 2))
    assert found.pixels.shape == (1, 3, 2, 4)
    assert found.pixels.dtype == found.weights.dtype == np.float32
    np.testing.assert_allclose(found.weights[0], [1, 0.5, 0, 2])
    np.testing.assert_allclose(found.pixels[0, 0, 0], [100, 100, 255, (3 * 60 + 100) / 4])


def test_the_numbers_stay_finite_where_weights_are_tiny():
    rng = np.random.default_rng(2)
    weights = np.float32(10) ** rng.uniform(-40, -20, (9, 12)).astype(np.float32)
    pixels = rng.uniform(0, 255, (1, 3, 9, 12)).astype(np.float32)
    found = resized_anchor(Anchor(pixels, weights), (5, 4))
    assert np.isfinite(found.pixels).all()
    assert found.pixels.min() >= 0
    assert found.pixels.max() <= 256


# what does not fit


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pixels": np.zeros((1, 3, 24, 18), np.float32)}, r"pixels are \(1, 3, 24, 18\) float32"),
        ({"weights": np.zeros((18, 24))}, r"weights are \(18, 24\) float64; give \(18, 24\) fl"),
        ({"weights": np.full((18, 24), np.nan, np.float32)}, "weights are not all finite"),
        ({"weights": np.full((18, 24), -1, np.float32)}, "negative"),
    ],
    ids=["size", "type", "not finite", "negative"],
)
def test_an_anchor_that_does_not_fit_is_refused(held, changes, message):
    with pytest.raises(SettingsError, match=message):
        check_anchor(replace(held, **changes), SIZE)


def test_an_anchor_that_fits_passes(held):
    check_anchor(held, SIZE)


@pytest.mark.parametrize("given", ["anchor", "another size"])
def test_a_run_refuses_it_at_once(photo, painting, tiny_settings, given):
    pytest.importorskip("onnxruntime")
    bad = anchor(24, 18) if given == "another size" else "frame.png"
    with pytest.raises(SettingsError, match="anchor"):
        stylize(photo, painting, tiny_settings(), device="cpu", anchor=bad)


def test_headers_of_older_checkpoints_had_no_anchor(tmp_path):
    check_resumed(tmp_path, {}, anchored=False)
    check_resumed(tmp_path, {"anchored": True}, anchored=True)
    with pytest.raises(CheckpointError, match="without an anchor; resume it without one"):
        check_resumed(tmp_path, {}, anchored=True)


# runs


@pytest.fixture
def run(photo, painting, tiny_settings):
    """Return a function that makes a run on the photograph, of two scales or one."""
    pytest.importorskip("onnxruntime")

    def make(*, scales=2, **given):
        settings = tiny_settings(
            scales=scales, iterations=(3, 6)[-scales:], content_weight=1e2, style_weight=1e3
        )
        return stylize(photo, painting, settings, device="cpu", **given)

    return make


def test_a_run_is_held_at_every_scale(run, held):
    free, anchored = list(run()), list(run(anchor=held))
    assert {"temporal"} <= anchored[0].terms.keys() - free[0].terms.keys()
    assert [each.width for each in anchored] == [each.width for each in free]
    for last in (2, -1):  # of each scale
        assert anchored[last].terms["temporal"] < anchored[last - 2].terms["temporal"]

    def distance(iterate):
        return (held.weights * (iterate.pixels - held.pixels) ** 2).mean()

    assert distance(anchored[-1]) < 0.5 * distance(free[-1])


def test_a_run_starts_from_a_picture(run, held):
    """The first evaluation of a run that starts at its anchor has no temporal loss."""
    weights = np.ones(held.weights.shape, np.float32)
    start = held.pixels[0].transpose(1, 2, 0).round().astype(np.uint8)
    at = Anchor(start.transpose(2, 0, 1)[None].astype(np.float32), weights)
    assert next(run(scales=1, start=start, anchor=at)).terms["temporal"] == 0
    assert next(run(scales=1, anchor=at)).terms["temporal"] > 0


def test_a_run_that_is_resumed_needs_its_anchor(tmp_path, run, held):
    path = tmp_path / "run.checkpoint"
    first = run(anchor=held)
    found = []
    for iterate in first:
        found.append((iterate.loss, iterate.pixels.tobytes()))
        if len(found) == 5:
            first.save(path)
    assert read_header(path)["anchored"] is True
    again = list(run(anchor=held, resume=path))
    assert [(each.loss, each.pixels.tobytes()) for each in again] == found[4:]
    with pytest.raises(CheckpointError, match=r"run\.checkpoint is of a run with an anchor; give"):
        run(resume=path)
