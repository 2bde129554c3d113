"""Amounts of memory as people write and read them."""

import pytest

from ortstyle.errors import SettingsError
from ortstyle.memory.amounts import format_memory, parse_memory


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500MB", 500_000_000),
        ("6GB", 6_000_000_000),
        ("6 gb", 6_000_000_000),
        ("6GiB", 6 * 2**30),
        ("1.5G", 1_500_000_000),
        (".5g", 500_000_000),
        ("800k", 800_000),
        ("1tib", 2**40),
    ],
)
def test_amounts_are_read(text, amount):
    assert parse_memory(text) == amount


@pytest.mark.parametrize(
    "text", ["", "6", "GB", "-1GB", "6 apples", "6GBs", "1,5G", "nan G", "٣GB"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(SettingsError, match=r"^--memory: .* is no amount of memory; write 500MB"):
        parse_memory(text, option="--memory")


def test_more_than_there_is_is_refused():
    for text in ("9" * 400 + "GB", "9" * 30 + "k"):
        with pytest.raises(SettingsError, match=r"^memory: '9+…? ?.*is more than there is"):
            parse_memory(text)


def test_none_at_all_is_refused():
    with pytest.raises(SettingsError, match="no memory at all"):
        parse_memory("0GB")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (6_123_456_789, "6.1 GB"),
        (480_400_000, "480 MB"),
        (999_400_000, "999 MB"),
        (999_600_000, "1.0 GB"),
        (999_600, "1 MB"),
        (51_234, "52 kB"),
        (3, "1 kB"),
        (0, "0 MB"),
    ],
)
def test_amounts_are_written(amount, text):
    assert format_memory(amount) == text
