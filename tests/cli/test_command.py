"""The record of a command: its defaults, and the values that it refuses."""

from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.errors import SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import options_of
from ortstyle.settings.settings import Settings


def command(**changes):
    given = {"content": Path("a.png"), "styles": (Path("b.png"),), "output": Path("c.png")}
    return PaintCommand(**given, settings=Settings(), **changes)


def test_without_options_nothing_is_written_beside_the_result():
    found = command()
    assert found.encoding == Encoding()
    assert found.checkpointing == Checkpointing(path=None, every=5.0, keep=False)
    assert all(getattr(found.reports, known.name) is None for known in fields(Reports))
    assert found.device == "auto"
    assert (found.memory, found.preset, found.like) == (None, None, None)


def test_commands_that_say_the_same_are_equal_and_stay_so():
    assert command() == command()
    assert command() != command(reports=Reports(save_every=2))
    with pytest.raises(FrozenInstanceError):
        command().device = "cpu"


@pytest.mark.parametrize("every", [-1.0, -1e-9, float("nan"), float("inf")])
def test_minutes_that_are_no_interval_are_refused(every):
    with pytest.raises(SettingsError, match="--checkpoint-every"):
        Checkpointing(every=every)


@pytest.mark.parametrize("every", [0, 0.5, 60])
def test_any_interval_will_do_even_none_at_all(every):
    assert Checkpointing(every=every).every == every


@pytest.mark.parametrize("count", [0, -1])
def test_pictures_in_between_are_saved_every_evaluation_or_less_often(count):
    with pytest.raises(SettingsError, match=f"--save-every must be at least 1, not {count}"):
        Reports(save_every=count)
    assert Reports(save_every=1).save_every == 1


def test_a_changed_record_is_checked_too():
    with pytest.raises(SettingsError, match="--save-every"):
        replace(Reports(save_every=4), save_every=0)


@pytest.mark.parametrize("record", [Checkpointing, Reports])
def test_every_field_is_an_option_that_the_docstring_explains(record):
    options = options_of(record)
    assert [option.name for option in options] == [known.name for known in fields(record)]
    for option in options:
        assert option.help_text in record.__doc__


def test_the_names_on_the_command_line():
    found = [option.flag for record in (Checkpointing, Reports) for option in options_of(record)]
    checkpoints = ["--checkpoint", "--checkpoint-every", "--keep-checkpoint"]
    assert found == [*checkpoints, "--save-every", "--trace", "--plot", "--compare"]
