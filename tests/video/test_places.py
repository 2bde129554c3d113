"""A film's file and folder overwrite no input."""

import os
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from ortstyle.errors import OutputError
from ortstyle.settings.settings import Settings
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.places import check_places


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "a.jpg", "b.jpg", "m.png", "m-03.png"):
        Path(name).write_bytes(b"x")
    Path("shots").mkdir()
    return tmp_path


def order(**changes):
    plain = {"source": Path("clip.mp4"), "styles": (Path("a.jpg"),), "output": Path("out.mp4")}
    return FilmOrder(**plain | changes)


def test_a_new_file_is_fine(place):
    check_places(order())
    check_places(order(source=Path("shots"), folder=Path("work")))
    check_places(order(source=Path("shots"), output=Path("shots/out.mp4")))
    check_places(order(styles=(Path("m-03.png"),), output=Path("m-%03d.png")))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"output": Path("-")}, "-o -"),
        ({"output": Path("x/../clip.mp4")}, "overwrite an input"),
        ({"output": Path("a.jpg")}, "overwrite an input"),
        ({"output": Path("m.png"), "settings": Settings(content_mask=("m.png",))}, "overwrite"),
        (
            {"output": Path("b.jpg"), "style_times": ((Fraction(3), Path("b.jpg")),)},
            "overwrite an input",
        ),
        ({"source": Path("shots"), "output": Path("shots/f%03d.png")}, "overwrite an input"),
        (
            {"output": Path("x/../m-%02d.png"), "styles": (Path("m-03.png"),)},
            "overwrite an input",
        ),
        ({"folder": Path("out.mp4")}, "is the output"),
        ({"folder": Path()}, "holds an input"),
        ({"source": Path("shots"), "folder": Path("shots")}, "is or holds an input"),
    ],
)
def test_an_input_is_not_overwritten(place, changes, message):
    (place / "x").mkdir()
    with pytest.raises(OutputError, match=message):
        check_places(order(**changes))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_is_no_output(place):
    os.mkfifo("pipe.mp4")
    with pytest.raises(OutputError, match=r"^-o pipe\.mp4 is a pipe; name a file$"):
        check_places(order(output=Path("pipe.mp4")))


@pytest.mark.skipif(sys.platform != "win32", reason="is about Windows")
def test_names_that_windows_keeps_for_itself_are_refused(place):
    with pytest.raises(OutputError, match=r"^-o nul\.mp4: Windows reserves the name nul\.mp4"):
        check_places(order(output=Path("nul.mp4")))
    with pytest.raises(OutputError, match=r"^--folder con: Windows reserves the name con"):
        check_places(order(folder=Path("con")))
