"""The options for a film's file."""

import subprocess
import sys

import pytest

from ortstyle.errors import SettingsError
from ortstyle.settings.declaration import options_of
from ortstyle.video.media.encoding import FilmEncoding


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"codec": "h246"}, "--codec: 'h246' is unknown; did you mean h264?"),
        ({"quality": -1}, "--quality must be at least 0, not -1"),
        ({"quality": 101}, "--quality must be at most 100, not 101"),
        ({"audio": "yes"}, "--audio: 'yes' has the wrong"),
    ],
)
def test_wrong_choices_are_refused(choice, words):
    with pytest.raises(SettingsError, match=words):
        FilmEncoding(**choice)


def test_options_belong_to_one_panel():
    assert {option.declared.panel for option in options_of(FilmEncoding)} == {"Film file"}
    flags = {option.name: option.declared.flags for option in options_of(FilmEncoding)}
    assert flags["audio"] == ("--audio", "--no-audio")


@pytest.mark.parametrize(
    ("module", "heavy"), [("encoding", "{'av', 'PIL', 'numpy'}"), ("encode", "{'av'}")]
)
def test_options_and_the_door_to_writing_load_no_pyav(module, heavy):
    code = f"import sys, ortstyle.video.media.{module}; print({heavy} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "set()\n"
