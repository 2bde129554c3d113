"""What an order will take, as a studio says it."""

import pytest

pytest.importorskip("av")


def test_a_picture_is_planned(make):
    work = make()
    found = work.studio.plan(work.data(settings={"size": 48, "iterations": 10}))
    assert (found["width"], found["frames"], found["disk_bytes"]) == (48, None, None)
    assert found["seconds"] is None


def test_variants_take_four_times_as_much(make):
    work = make()
    order = work.data(settings={"size": 48, "iterations": 10}, draft=True)
    one, four = work.studio.plan(order), work.studio.plan(order | {"variants": True})
    assert four["evaluations"] == 4 * one["evaluations"]
