"""`ortstyle presets`: all in short, one in full."""

from pathlib import Path

from commands import refusal_of

from ortstyle.settings.presets import from_preset, preset_names


def test_presets_are_listed_with_what_differs(call):
    code, out, error = call("presets")
    assert (code, error) == (0, "")
    heads = [line.partition(":")[0] for line in out.splitlines() if line[0] != " "]
    assert heads == preset_names()
    assert '    init = "noise"' in out.splitlines()
    assert "    size = 512" not in out


def test_one_preset_is_shown_whole_and_can_be_used_as_it_is(folder, call):
    code, out, error = call("presets", "neural-style")
    assert (code, error) == (0, "")
    assert out.startswith("# The published implementation")
    assert "size = 512\n" in out
    Path("mine.toml").write_text(out, "utf-8")
    assert from_preset("mine.toml") == from_preset("neural-style")
    assert call("presets", "mine.toml") == (0, out, "")
    assert "did you mean bold?" in refusal_of(call, 2, "presets", "bald")
