"""Text of unknown origin that is printed."""

import pytest

from ortstyle.report.printable import printable


@pytest.mark.parametrize(
    "text",
    ["a[red] b.png", "24×18 – “all”", "画\u3000面 café.png", "👩\u200d🎨.png", "نمی\u200cشود"],
)
def test_ordinary_text_stays_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[2J\x07.png", r"a\x1b[2J\x07.png"),
        ("a\nb\r\tc.png", r"a\nb\r\tc.png"),
        ("a\x7f\x9b1m.png", r"a\x7f\x9b1m.png"),
        ("gpj\u202e.exe", r"gpj\u202e.exe"),
        ("a\u2028b\u2066\U000e0041", r"a\u2028b\u2066\U000e0041"),
        ("bad\udcffname.jpg", r"bad\xffname.jpg"),
        ("bad\ud800name.jpg", r"bad\ud800name.jpg"),
    ],
)
def test_what_could_disturb_a_terminal_is_escaped(text, expected):
    assert printable(text) == expected
    assert printable(text).encode()
