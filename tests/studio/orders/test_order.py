"""An order is checked whole, comes back from JSON unchanged, and says what to paint with."""

import json
from math import inf, nan

import pytest
from studio_orders import MASK, OTHER, PAINTING, PHOTOGRAPH, START, order_data, two_paintings

from ortstyle.settings.presets import from_preset, preset_names
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order import DRAFT_EVALUATIONS, DRAFT_SIDE, Order


def refused(**changes):
    with pytest.raises(Refused) as caught:
        Order.from_json(order_data(**changes))
    return caught.value


def full_order():
    return order_data(
        paintings=two_paintings(weight=2, scale=0.5, mask=MASK),
        preset="bold",
        settings={"size": 700, "style_layers": [["relu1_1", 1], ["relu2_1", 0.5]], "depth": 16},
        device="cuda:1",
        start=START,
        location=True,
    )


def test_an_order_comes_back_from_json_unchanged():
    order = Order.from_json(full_order())
    assert Order.from_json(json.loads(json.dumps(order.to_json()))) == order


def test_the_least_order_has_the_defaults():
    order = Order.from_json(order_data())
    assert order.settings_for({}) == from_preset()
    assert order.encoding.metadata == "minimal"
    assert order.device == "auto"


def test_an_order_knows_all_its_pictures():
    pictures = Order.from_json(full_order()).pictures
    assert pictures.keys() == {PHOTOGRAPH, PAINTING, OTHER, MASK, START}
    assert pictures[MASK] == "mask"


def test_weights_scales_masks_and_start_become_settings():
    paths = {MASK: "mask.png", START: "before.png"}
    settings = Order.from_json(full_order()).settings_for(paths)
    assert settings.style_blend == (1, 2)
    assert settings.style_scale == pytest.approx((1.6, 0.8))
    assert settings.content_mask == ("", "mask.png")
    assert settings.init == "before.png"
    assert settings.size == 700


def test_equal_weights_and_scales_leave_the_preset_as_it_is():
    order = Order.from_json(order_data(paintings=two_paintings(), preset="fine"))
    assert order.settings_for({}) == from_preset("fine")


def test_one_scale_for_all_stays_one_number():
    order = Order.from_json(order_data(paintings=[{"picture": PAINTING, "scale": 2}]))
    assert order.settings_for({}).style_scale == 2


def test_scales_of_the_settings_and_of_the_paintings_are_multiplied():
    order = order_data(paintings=two_paintings(scale=2), settings={"style_scale": "1,0.5+2"})
    assert Order.from_json(order).settings_for({}).style_scale == (1, (1, 4))
    assert refused(settings={"style_scale": "1,2"}).field == "style_scale"


@pytest.mark.parametrize("preset", preset_names())
def test_a_draft_is_small_and_soon(preset):
    settings = Order.from_json(order_data(preset=preset, draft=True)).settings_for({})
    assert settings.schedule() == ((DRAFT_SIDE, DRAFT_EVALUATIONS),)


def test_a_draft_is_not_larger_than_what_was_ordered():
    changes = {"size": 64, "iterations": "5,6", "scales": 2}
    order = Order.from_json(order_data(draft=True, settings=changes))
    assert order.settings_for({}).schedule() == ((64, 11),)
    order = Order.from_json(order_data(draft=True, settings={"size": "content"}))
    assert order.settings_for({}, longest=100).size == 100
    assert order.settings_for({}, longest=1000).size == DRAFT_SIDE


def test_the_place_is_kept_only_if_that_is_asked_for():
    assert Order.from_json(order_data(location=True)).encoding.metadata == "keep"
    assert Order.from_json(order_data(location=True, draft=True)).encoding.depth == 8


def test_the_size_of_a_large_photograph_is_refused():
    order = Order.from_json(order_data(settings={"size": "content"}))
    assert order.settings_for({}, longest=8192).size == "content"
    with pytest.raises(Refused, match="at most 8192"):
        order.settings_for({}, longest=8193)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"photograph": None}, "photograph"),
        ({"photograph": "../../etc/passwd"}, "photograph"),
        ({"photograph": PHOTOGRAPH + "\n"}, "photograph"),
        ({"photograph": [PHOTOGRAPH]}, "photograph"),
        ({"paintings": []}, "paintings"),
        ({"paintings": None}, "paintings"),
        ({"paintings": {"picture": PAINTING}}, "paintings"),
        ({"paintings": [{"picture": PAINTING}] * 9}, "paintings"),
        ({"paintings": [{"picture": PAINTING, "weight": 0}]}, "paintings"),
        ({"paintings": [{}]}, "paintings.0.picture"),
        ({"paintings": two_paintings(weight=nan)}, "paintings.1.weight"),
        ({"paintings": two_paintings(weight=-1)}, "paintings.1.weight"),
        ({"paintings": two_paintings(weight=True)}, "paintings.1.weight"),
        ({"paintings": two_paintings(weight="1")}, "paintings.1.weight"),
        ({"paintings": two_paintings(weight=10**400)}, "paintings.1.weight"),
        ({"paintings": two_paintings(scale=0)}, "paintings.1.scale"),
        ({"paintings": two_paintings(scale=inf)}, "paintings.1.scale"),
        ({"paintings": two_paintings(mask="x")}, "paintings.1.mask"),
        ({"preset": "mine.toml"}, "preset"),
        ({"preset": "/etc/preset.toml"}, "preset"),
        ({"preset": None}, "preset"),
        ({"preset": ["default"]}, "preset"),
        ({"device": "cpu\n"}, "device"),
        ({"device": "../x"}, "device"),
        ({"device": 1}, "device"),
        ({"start": "photo.png"}, "start"),
        ({"parent": 5}, "parent"),
        ({"draft": 1}, "draft"),
        ({"variants": "yes"}, "variants"),
        ({"variants": True, "presets": True}, "presets"),
        ({"label": "x" * 81}, "label"),
        ({"settings": {"size": 9000}}, "size"),
        ({"settings": {"iterations": 10**9}}, "iterations"),
        ({"settings": {"content_weight": 0, "style_weight": 0}}, None),
        ({"settings": {"iterations": "5,6"}}, None),
        ({"colour": "red"}, None),
    ],
)
def test_what_is_unfit_is_refused_and_its_field_is_named(changes, field):
    error = refused(**changes)
    assert error.field == field
    assert "--" not in str(error)
    assert str(error).isprintable()
    assert 10 < len(str(error)) < 500


@pytest.mark.parametrize("data", [None, [], "order", 5, {}, [order_data()]])
def test_what_is_no_order_is_refused(data):
    with pytest.raises(Refused):
        Order.from_json(data)


def test_unknown_names_are_refused_with_the_nearest_known_one():
    assert "did you mean photograph?" in str(refused(photografs=1))
    entry = {"picture": PAINTING, "wight": 1}
    assert "did you mean weight?" in str(refused(paintings=[entry]))
