"""The command line of `ortstyle sheet`: its options, presets and names."""

import pytest
from commands import refusal_of

from ortstyle.cli.sheet import _settings_of
from ortstyle.errors import SettingsError


@pytest.fixture
def commands(monkeypatch):
    """Return a list of the commands that would be carried out."""
    draft_sheet = pytest.importorskip("ortstyle.cli.draft_sheet")
    found = []
    monkeypatch.setattr(draft_sheet, "make_sheet", found.append)
    return found


def test_options_and_arguments(call, folder, commands):
    code, _, error = call(
        *("sheet", "photo.png", "a.png", "b.png", "--style", "c", "--style", "d", "-r"),
        *("--preset", "bold, fine", "--iterations", 7, "--memory", "2GB", "--threads", 3),
    )
    assert (code, error) == (0, "")
    (found,) = commands
    assert found.styles == ("a.png", "b.png", "c", "d")
    assert found.recursive
    assert list(found.presets) == ["bold", "fine"]
    assert {(each.size, each.iterations) for each in found.presets.values()} == {(192, 7)}
    assert found.output.name == "photo-sheet.png"
    assert (found.memory, found.threads) == (2 * 10**9, 3)


def test_the_size_is_the_commands_unless_it_is_given(folder):
    (folder / "mine.toml").write_text("size = 900\niterations = 3\n", encoding="utf-8")
    assert _settings_of("mine.toml", {})["mine"].size == 192
    assert _settings_of("mine.toml,default", {"size": 256})["mine"].size == 256
    assert _settings_of("mine.toml", {})["mine"].iterations == 3


def test_presets_have_names_of_their_own(folder):
    (folder / "in").mkdir()
    for path in ("bold.toml", "in/bold.toml", "a,b.toml"):
        (folder / path).write_text("", encoding="utf-8")
    found = _settings_of("bold,bold,./bold.toml,in/bold.toml", {})
    assert list(found) == ["bold", "./bold.toml", "in/bold.toml"]
    assert list(_settings_of("a,b.toml", {})) == ["a,b"]
    assert list(_settings_of("fine,,", {})) == ["fine"]


@pytest.mark.parametrize("text", ["", ",", "none", "bold,none", "none.toml"])
def test_presets_that_do_not_exist_are_refused(folder, text):
    with pytest.raises(SettingsError, match="preset"):
        _settings_of(text, {})


def test_a_file_that_exists_is_kept(call, folder, commands):
    (folder / "s.png").write_bytes(b"")
    (folder / "photo-sheet.png").write_bytes(b"")
    code, _, error = call("sheet", "photo.png", "painting.png")
    assert code == 0
    assert "the result goes to photo-sheet-2.png" in error
    error = refusal_of(
        call, 1, "sheet", "photo.png", "painting.png", "-o", "s.png", "--no-overwrite"
    )
    assert "s.png exists" in error
    assert call("sheet", "photo.png", "painting.png", "--overwrite")[0] == 0
    assert [command.output.name for command in commands] == [
        "photo-sheet-2.png",
        "photo-sheet.png",
    ]


def test_a_painting_must_be_named(call, folder):
    assert "no painting is named" in refusal_of(call, 2, "sheet", "photo.png")
