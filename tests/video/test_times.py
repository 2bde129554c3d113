"""Times as people write them."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from ortstyle.errors import SettingsError
from ortstyle.video.times import format_time, parse_rate, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("12", 12),
        ("12.", 12),
        ("12.5", Fraction(25, 2)),
        (".1", Fraction(1, 10)),
        ("90", 90),
        ("0:12", 12),
        (" 1:02.04 ", Fraction(6204, 100)),
        ("90:00", 5400),
        ("1:02:03.25", Fraction(372325, 100)),
    ],
)
def test_a_time_is_exact(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1e3", "nan", "1:60", "1:60:00", "1:2:3:4", "0:1x", "٣", "1,5", ":", "9" * 99],
)
def test_what_is_no_time_is_refused_in_one_line(text):
    with pytest.raises(SettingsError, match=r"^--from: .*0:12$") as caught:
        parse_time(text, option="--from")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (Fraction(-1, 2), "-0:00.5"),
        (Fraction(-1, 10**6), "0:00"),
        (Fraction(1001, 24000), "0:00.042"),
        (Fraction(59_9999, 10_000), "1:00"),
        (3723, "1:02:03"),
    ],
)
def test_times_are_shown_to_the_millisecond(seconds, text):
    assert format_time(Fraction(seconds)) == text


@given(st.integers(0, 10**8))
def test_what_is_shown_can_be_read(milliseconds):
    time = Fraction(milliseconds, 1000)
    assert parse_time(format_time(time)) == time


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", 25),
        ("23.976", Fraction(2997, 125)),
        ("24000/1001", Fraction(24000, 1001)),
        ("1/2", 0.5),
    ],
)
def test_a_rate_is_exact(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "-5", "1/0", "1001", "1e2", "25 fps", "1/2/3"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(SettingsError, match=r"^--rate: .*24000/1001$"):
        parse_rate(text, option="--rate")
