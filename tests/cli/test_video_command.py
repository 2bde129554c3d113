"""The values of `--style-at`."""

from fractions import Fraction
from pathlib import Path

import pytest

from ortstyle.cli.video_command import parse_style_time
from ortstyle.errors import SettingsError


def test_a_time_and_a_painting():
    assert parse_style_time("0:10=b=c.jpg") == (Fraction(10), Path("b=c.jpg"))


@pytest.mark.parametrize(("joined", "message"), [("0:10", "no painting"), ("x=b.jpg", "no time")])
def test_what_is_missing_is_told(joined, message):
    with pytest.raises(SettingsError, match=f"--style-at: .*{message}"):
        parse_style_time(joined)
