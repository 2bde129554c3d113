"""The names of the package: all there, and loaded no sooner than they are needed."""

import subprocess
import sys

import pytest

import ortstyle

#: What takes long to load, and of the extra for films what may be missing.
HEAVY = {"av", "cv2", "onnxruntime"}


@pytest.mark.parametrize("name", ortstyle.__all__)
def test_every_name_is_there(name):
    assert getattr(ortstyle, name).__name__ == name


def test_there_are_no_other_names():
    assert set(ortstyle.__all__) == set(ortstyle._MODULES)
    with pytest.raises(AttributeError, match="paint"):
        _ = ortstyle.paint


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        ("FilmOrder, FilmSettings, Settings, from_preset", HEAVY | {"numpy", "onnx"}),
        ("stylize_film", HEAVY),
    ],
)
def test_names_load_nothing_heavy(names, absent):
    code = f"from ortstyle import {names}; import sys; print(*sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code]
    loaded = subprocess.run(command, capture_output=True, check=True).stdout.decode().split()
    assert "ortstyle" in loaded
    assert not absent & set(loaded)
