"""What the films of a batch have in common becomes a part of each job."""

from fractions import Fraction

import pytest

from ortstyle.errors import SettingsError
from ortstyle.jobs.film_options import FilmOptions
from ortstyle.jobs.film_part import FilmPart
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding


def test_values_become_records():
    options = FilmOptions(values={"every": 2}, encoding={"audio": False}, end=Fraction(3))
    assert options.part == FilmPart(
        settings=FilmSettings(every=2), encoding=FilmEncoding(audio=False), end=Fraction(3)
    )


@pytest.mark.parametrize(
    "wrong", [{"values": {"every": 0}}, {"encoding": {"codec": "x"}}, {"end": Fraction(0)}]
)
def test_values_that_are_wrong_are_refused(wrong):
    with pytest.raises(SettingsError):
        _ = FilmOptions(**wrong).part
