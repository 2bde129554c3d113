"""The form has a field for each setting that an order may change, and its values are accepted."""

import json
import re

import pytest

from ortstyle.settings.presets import from_preset, preset_names
from ortstyle.settings.settings import Settings
from ortstyle.studio.orders.form import describe_form, describe_option, form_value, label_of
from ortstyle.studio.orders.ordered_settings import offered_options, read_values, split_values


def fields():
    return {each["name"]: each for panel in describe_form()["panels"] for each in panel["options"]}


def test_json_can_hold_the_form():
    form = describe_form()
    assert json.loads(json.dumps(form, allow_nan=False)) == form


def test_each_setting_that_an_order_may_change_has_one_field_and_no_other():
    assert fields().keys() == offered_options().keys()


def test_no_field_takes_a_path():
    assert not fields().keys() & {"model", "content_mask", "style_mask"}
    assert fields()["init"]["type"] == "choice"
    assert fields()["init"]["choices"] == ["content", "noise", "style"]


@pytest.mark.parametrize("name", preset_names())
def test_the_values_of_a_preset_give_its_settings(name):
    values = {each["name"]: each["values"] for each in describe_form()["presets"]}[name]
    assert values.keys() == fields().keys()
    of_settings, _ = split_values(read_values(values))
    assert Settings(**of_settings) == from_preset(name)


def test_presets_say_what_they_are_for():
    presets = describe_form()["presets"]
    assert [each["name"] for each in presets] == preset_names()
    assert all(each["description"] for each in presets)


@pytest.mark.parametrize("name", offered_options())
def test_a_field_offers_what_its_setting_accepts(name):
    found = fields()[name]
    assert found["type"] in {"number", "integer", "boolean", "choice", "text"}
    assert found["label"]
    assert found["help"].endswith(".")
    assert (found["type"] == "choice") == bool(found["choices"])
    accepted = [*found["choices"], found["least"], found["most"], found["default"]]
    for value in accepted:
        if value is not None:
            assert name in read_values({name: value})


def test_labels_and_values_are_for_people():
    assert label_of("content_weight") == "Content weight"
    assert label_of("tv_weight") == "TV weight"
    assert label_of("icc") == "ICC"
    assert form_value((("relu1_1", 1.0), ("relu2_1", 0.5))) == "relu1_1:1,relu2_1:0.5"
    assert form_value(None) is None


def test_numbers_that_a_browser_can_not_hold_are_no_limits():
    assert describe_option(offered_options()["seed"])["most"] is None
    assert describe_option(offered_options()["grain"])["above"] == 0


def test_help_texts_are_in_the_words_of_the_page():
    helps = [option["help"] for panel in describe_form()["panels"] for option in panel["options"]]
    assert "Share of the photograph's structure" in " ".join(helps)
    for text in helps:
        assert not re.search("--[a-z]|CONTENT|STYLE", text), text
