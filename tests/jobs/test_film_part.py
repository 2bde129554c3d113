"""What a job says of a film: to JSON and back, with hostile values refused."""

import json
from fractions import Fraction

import pytest

from ortstyle.errors import SettingsError
from ortstyle.jobs.film_part import FilmPart
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding

PART = FilmPart(
    settings=FilmSettings(every=3, loop=True),
    encoding=FilmEncoding(codec="av1", quality=30, audio=False),
    begin=Fraction(1, 3),
    end=Fraction(7, 2),
    rate=Fraction(24000, 1001),
    style_times=(Fraction(0), Fraction(10, 3)),
)


@pytest.mark.parametrize("part", [PART, FilmPart()])
def test_a_part_survives_json_with_exact_times(part):
    assert FilmPart.from_dict(json.loads(json.dumps(part.to_dict()))) == part


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"every": 0}},
        {"settings": {"colour": "red"}},
        {"settings": []},
        {"encoding": {"codec": "../../etc/passwd"}},
        {"encoding": {"quality": "best"}},
        {"encoding": None},
        {"begin": "1e999999999"},
        {"begin": "1/0"},
        {"begin": "9" * 5000},
        {"begin": "nan"},
        {"begin": -1},
        {"begin": "-1"},
        {"begin": 1.5},
        {"end": "1/3"},
        {"end": "10000000000"},
        {"rate": "0"},
        {"rate": "1001"},
        {"style_times": "123"},
        {"style_times": 3},
        {"style_times": [None]},
        {"style_times": ["0"] * 10_001},
        {"style_times": {"0": "1"}},
    ],
)
def test_data_of_the_wrong_form_are_refused(change):
    with pytest.raises((SettingsError, LookupError, TypeError, ValueError, ArithmeticError)):
        FilmPart.from_dict(PART.to_dict() | change)


@pytest.mark.parametrize("name", ["settings", "encoding", "begin", "end", "rate", "style_times"])
def test_what_is_missing_is_refused(name):
    data = PART.to_dict()
    del data[name]
    with pytest.raises(LookupError):
        FilmPart.from_dict(data)


def test_an_end_before_the_beginning_is_refused_in_words():
    with pytest.raises(SettingsError, match="--to 0:02 is not after --from 0:03"):
        FilmPart(begin=Fraction(3), end=Fraction(2))


@pytest.mark.parametrize("count", [2, 3])
def test_one_style_may_come_before_those_with_times(count):
    PART.check_styles(count)


@pytest.mark.parametrize("count", [1, 4])
def test_other_numbers_of_styles_are_refused(count):
    with pytest.raises(ValueError, match="its styles are not those"):
        PART.check_styles(count)
