"""The options for a file's encoding."""

import subprocess
import sys

import pytest

from ortstyle.errors import SettingsError
from ortstyle.pictures.encode import Encoding


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"icc": "kep"}, "--icc: 'kep' is unknown; did you mean keep?"),
        ({"chroma": "411"}, "--chroma: '411' is unknown"),
        ({"depth": 12}, "--depth must be 8 or 16, not 12"),
        ({"quality": 0}, "--quality must lie in 1–100, not 0"),
        ({"quality": 101}, "--quality must lie in 1–100, not 101"),
    ],
)
def test_wrong_choices_are_refused(choice, words):
    with pytest.raises(SettingsError, match=words):
        Encoding(**choice)


def test_choices_load_neither_pillow_nor_numpy():
    code = "import sys, ortstyle.pictures.encode; print({'PIL', 'numpy'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "set()\n"
