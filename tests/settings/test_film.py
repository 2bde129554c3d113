"""The settings of a film."""

import json

import pytest

from ortstyle.errors import SettingsError
from ortstyle.settings.film import FilmSettings


def test_the_settings_are_plain_data():
    assert json.loads(json.dumps(FilmSettings(every=3).to_dict()))["every"] == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("every", 0), ("passes", 0), ("frame_iterations", 0), ("temporal_weight", -1)],
)
def test_a_value_out_of_range_is_refused(name, value):
    with pytest.raises(SettingsError, match=f"--{name.replace('_', '-')}"):
        FilmSettings(**{name: value})


def test_an_unknown_consistency_names_those_there_are():
    with pytest.raises(SettingsError, match=r"flow.*none"):
        FilmSettings(consistency="glue")
