"""PyAV is loaded when it is needed."""

import subprocess
import sys
from fractions import Fraction
from types import SimpleNamespace

import pytest

from ortstyle.errors import FilmError
from ortstyle.video.media.pyav import fraction_of, load_pyav, pyav_version


def test_it_is_there():
    pytest.importorskip("av")
    assert load_pyav().open
    assert pyav_version() >= 14


def test_numbers_of_any_type_become_fractions():
    half = SimpleNamespace(numerator=1, denominator=2)  # as PyAV 19 has them
    assert fraction_of(half) == fraction_of(Fraction(1, 2)) == Fraction(1, 2)
    assert fraction_of(None) is None
    assert fraction_of(SimpleNamespace(numerator=0, denominator=0)) is None
    assert fraction_of(SimpleNamespace(numerator=0, denominator=1)) == 0


def test_without_it_the_line_to_install_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(FilmError, match=r'pip install "ortstyle\[video\]"'):
        load_pyav()


def test_the_reading_of_films_loads_it_first_when_a_film_is_opened():
    code = (
        "import sys, ortstyle.video.media.clip, ortstyle.video.media.decode\n"
        "assert not {'av', 'cv2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
