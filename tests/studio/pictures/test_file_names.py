"""Names of files are shown on one line, whatever a stranger has put in them."""

import pytest
from hypothesis import given, strategies as st

from ortstyle.report.printable import printable
from ortstyle.studio.pictures.file_names import shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("sea.jpg", "sea.jpg"),
        ("Meer bei Nacht.JPG", "Meer bei Nacht.JPG"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\sea.jpg", "sea.jpg"),
        ("a/../b\\..\\sea.jpg", "sea.jpg"),
        ("..", "picture"),
        ("", "picture"),
        ("/", "picture"),
        ("\0", "picture"),
        (" \t\n ", "picture"),
        ("a\0b\x1b[2J.jpg", "ab[2J.jpg"),
        ("a\r\nb.jpg", "a b.jpg"),
        ("a \x1b\x85b.jpg", "a b.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066\u200fים.jpg", "ים.jpg"),
        ("a\u2028b.jpg", "a b.jpg"),
        ("a\ud800.jpg", "a.jpg"),
        ("Stra\u00dfe.jpg", "Straße.jpg"),
        ("A\u0308pfel.jpg", "Äpfel.jpg"),
        ("👩\u200d🎨.png", "👩\u200d🎨.png"),
        (".hidden", "hidden"),
    ],
)
def test_what_is_left_of_a_name(name, shown):
    assert shown_name(name) == shown


def test_a_long_name_is_cut_and_keeps_its_suffix():
    shown = shown_name("x" * 10_000 + ".jpg")
    assert len(shown) == 100
    assert shown.endswith("x….jpg")
    assert len(shown_name("x." + "y" * 10_000)) == 100
    assert len(shown_name("😀" * 10_000)) == 100


@given(st.text(st.characters(), max_size=300))
def test_any_name_is_one_line_that_is_safe_to_print(name):
    shown = shown_name(name)
    assert 1 <= len(shown) <= 100
    assert printable(shown) == shown
    assert not {"/", "\\", "\n"} & set(shown)
    assert shown_name(shown) == shown
