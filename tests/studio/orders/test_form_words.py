"""The page's words are of settings and values that there are, and speak no command line."""

import pytest

from ortstyle.studio.orders.form import describe_form
from ortstyle.studio.orders.form_words import CHOICES, HELPS, LABELS

FORM = describe_form()
OPTIONS = {
    option["name"]: option
    for panel in [*FORM["panels"], *FORM["film"]]
    for option in panel["options"]
}


def test_words_are_of_settings_that_there_are():
    assert set(LABELS) | set(HELPS) <= set(OPTIONS)
    values = {value for option in OPTIONS.values() for value in option["choices"]}
    assert set(CHOICES) <= values


def test_they_are_in_the_form():
    for name, label in LABELS.items():
        assert OPTIONS[name]["label"] == label
    for name, text in HELPS.items():
        assert OPTIONS[name]["help"] == text
    assert OPTIONS["init"]["words"]["noise"] == "noise"


@pytest.mark.parametrize("name", OPTIONS)
def test_nothing_is_in_the_words_of_the_command_line(name):
    shown = f"{OPTIONS[name]['label']} {OPTIONS[name]['help']}"
    for word in ("--", "CONTENT", "STYLE", "Color", "TV"):
        assert word not in shown
