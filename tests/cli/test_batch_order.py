"""Paintings that a shell has put among the photographs."""

import pytest

from ortstyle.cli.batch_order import check_order
from ortstyle.errors import SettingsError


@pytest.mark.parametrize(
    ("line", "contents"),
    [
        ("photos --style p/a.jpg p/b.jpg p/c.jpg -o out", "photos p/b.jpg p/c.jpg"),
        ("photos --style a.jpg b.jpg", "photos b.jpg"),
        ("--style p/a.jpg p/b.jpg photos", "p/b.jpg photos"),
        ("--style x.jpg --style p/a.jpg p/b.jpg photos", "p/b.jpg photos"),
    ],
)
def test_a_pattern_that_a_shell_has_replaced_is_refused(line, contents):
    with pytest.raises(SettingsError, match=r"b.jpg follows --style (p/)?a.jpg, but is no value"):
        check_order(line.split(), contents.split())


@pytest.mark.parametrize(
    ("line", "contents"),
    [
        ("photos x.jpg --style a.jpg --style b.jpg -o out", "photos x.jpg"),
        ("--style a.jpg photo.jpg", "photo.jpg"),
        ("--style p/a.jpg q/photo.jpg", "q/photo.jpg"),
        ("--style p/a.jpg -o out photos", "photos"),
        ("--style=p/a.jpg p/b.jpg", "p/b.jpg"),
        ("--manifest a.csv --style p/a.jpg", ""),
        ("photos", "photos"),
    ],
)
def test_orders_that_are_meant(line, contents):
    check_order(line.split(), contents.split())
