"""Variants and presets are drafts that differ, each in a way that its label says."""

from dataclasses import replace

import pytest
from studio_orders import MASK, OTHER, START, order_data, two_paintings

from ortstyle.settings.presets import from_preset, preset_names
from ortstyle.studio.orders.order import DRAFT_SIDE, Order
from ortstyle.studio.orders.variants import fixed_id, presets_of, variants_of
from ortstyle.studio.records import is_id


def an_order(**changes):
    return Order.from_json(order_data(**changes))


@pytest.mark.parametrize("preset", preset_names())
def test_four_variants_differ_in_settings_and_label(preset):
    variants = variants_of(an_order(preset=preset, variants=True))
    settings = [each.settings_for({}) for each in variants]
    assert len({each.label for each in variants}) == 4
    assert len(set(settings)) == 4
    assert {each.side for each in settings} == {DRAFT_SIDE}
    plain, bolder, closer, further = settings
    assert plain == an_order(preset=preset, draft=True).settings_for({})
    assert bolder.style_scale > 1.5 * plain.style_scale
    assert further.content_weight < plain.content_weight / 2
    assert closer.content_weight > 2 * plain.content_weight


def test_variants_are_orders_that_a_page_may_send_again():
    order = an_order(paintings=two_paintings(mask=MASK, scale=20), start=START, variants=True)
    for each in variants_of(order):
        assert Order.from_json(each.to_json()) == each
        assert each.start == START


def test_variants_of_an_order_without_content_loss_differ_too():
    settings = [
        each.settings_for({}) for each in variants_of(an_order(settings={"content_weight": 0}))
    ]
    assert len(set(settings)) == 4


def test_there_is_one_draft_for_each_preset_as_it_is():
    drafts = presets_of(an_order(presets=True, settings={"size": 700, "seed": 5}, start=START))
    assert [each.label for each in drafts] == preset_names()
    for each in drafts:
        found = each.settings_for({})
        usual = from_preset(each.preset)
        assert found == replace(
            usual, size=DRAFT_SIDE, iterations=found.iterations, scales=found.scales
        )


def test_the_id_of_a_preset_s_draft_follows_from_what_it_shows():
    first, second = (presets_of(an_order(presets=True, **changes)) for changes in ({}, {}))
    ids = [fixed_id(each) for each in first]
    assert ids == [fixed_id(each) for each in second]
    assert len(set(ids)) == len(ids)
    assert all(map(is_id, ids))
    assert {fixed_id(each, group=True) for each in first} == {fixed_id(second[0], group=True)}
    other = presets_of(an_order(presets=True, paintings=[{"picture": OTHER}]))
    assert not set(ids) & {fixed_id(each) for each in other}


def test_the_device_does_not_count():
    first, second = (presets_of(an_order(device=device))[0] for device in ("auto", "cpu"))
    assert fixed_id(first) == fixed_id(second)
