"""The loss curve: what it collects, and the table that checkpoints keep."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from iterates import make_iterate

from ortstyle.report.loss_curve import LossCurve, LossSample


def test_every_evaluation_is_a_sample():
    curve = LossCurve()
    curve.update(make_iterate(1))
    curve.update(replace(make_iterate(2, loss=7.0), scale=(1, 2), width=128, height=96))
    terms = {"content": 1000.0, "style": 234.0, "tv": 0.5}
    assert curve.samples == [
        LossSample(scale=0, size=(64, 48), evaluation=1, losses={**terms, "total": 1234.5}),
        LossSample(scale=1, size=(128, 96), evaluation=2, losses={**terms, "total": 7.0}),
    ]


def test_a_curve_is_the_same_after_a_checkpoint():
    curve = LossCurve()
    for i in range(1, 4):
        curve.update(make_iterate(i, loss=1000.0 / i))
    names, table = curve.to_table()
    assert names == ["content", "style", "tv", "total"]
    np.testing.assert_array_equal(table[1], [0, 64, 48, 2, 1000, 234, 0.5, 500])
    assert table.dtype == np.float64
    resumed = LossCurve.from_table(names, table)
    assert resumed.samples == curve.samples
    resumed.update(make_iterate(4))
    assert [sample.evaluation for sample in resumed.samples] == [1, 2, 3, 4]


@pytest.mark.parametrize("names", [[None], [5], ["\ud800"], ["a b"], [["a"]], [""]])
def test_names_that_no_loss_has_are_refused(names):
    with pytest.raises(TypeError):
        LossCurve.from_table(names, np.ones((1, 5)))


def test_losses_of_another_run_are_dropped():
    curve = LossCurve.from_table(["other", "total"], np.ones((1, 6)))
    curve.update(make_iterate(2))
    assert [sample.evaluation for sample in curve.samples] == [2]
    assert curve.to_table()[1].shape == (1, 8)


def test_an_empty_curve_is_an_empty_table():
    names, table = LossCurve().to_table()
    assert (names, table.shape) == ([], (0, 4))
    assert LossCurve.from_table(names, table).samples == []


def test_a_picture_is_freed_once_its_loss_is_collected():
    pixels = np.zeros(3 * 64 * 48, np.float32)
    alive, curve = weakref.ref(pixels), LossCurve()
    curve.update(replace(make_iterate(1), _pixels=lambda pixels=pixels: pixels))
    del pixels
    gc.collect()
    assert alive() is None
