"""A style that is transparent in places: what is painted, said, recorded, repeated and resumed."""

import pytest
from commands import PICTURES, crash, embedded_run, needs_runtime, pixels_of
from PIL import Image

LEFT_OUT = "style painting.png: what is transparent is left out of the style"
SHORT = ["--size", "48", "--iterations", "4"]


@pytest.fixture(autouse=True)
def _cut(folder, painting):
    """Cut the left half out of painting.png; flat.png is the same over white."""
    mask = Image.new("L", painting.size)
    mask.paste(255, (0, 0, painting.width // 2, painting.height))
    cut = painting.convert("RGBA")
    cut.putalpha(mask)
    cut.save("painting.png")
    flat = Image.new("RGB", cut.size, "white")
    flat.paste(cut, mask=mask)
    flat.save("flat.png")


@needs_runtime
def test_transparency_is_left_out_unless_all_is_to_count(folder, call, network):
    arguments = ["render", *PICTURES, *network, *SHORT]
    code, _, error = call(*arguments, "-o", "a.png")
    assert (code, error.count(f"{LEFT_OUT}; --style-mask - counts it as white")) == (0, 1), error
    code, _, error = call(*arguments, "-o", "b.png", "--style-mask", "-", "--quiet")
    assert code == 0
    said = "style painting.png: what is transparent counts as white, as --style-mask - says"
    assert error.splitlines() == [said]
    assert call("render", "photo.png", "flat.png", *network, *SHORT, "-o", "c.png")[0] == 0
    assert pixels_of("a.png") != pixels_of("b.png") == pixels_of("c.png")
    assert embedded_run("a.png")["settings"]["style_mask"] == []
    assert embedded_run("b.png")["settings"]["style_mask"] == [""]


@needs_runtime
@pytest.mark.parametrize("options", [[], ["--style-mask", "-"]])
def test_it_is_repeated_and_resumed(folder, call, network, options):
    kept = ["--save-every", "2", *network, *SHORT, *options]
    code, _, error = call("render", *PICTURES, *kept, "-o", "a.png")
    assert code == 0, error
    files = {path.name: path.read_bytes() for path in folder.glob("a*.png")}
    code, _, error = call("render", *PICTURES, *network[:2], "--like", "a.png", "-o", "b.png")
    assert code == 0, error
    assert pixels_of("b.png") == pixels_of("a.png")
    for name in files:
        (folder / name).unlink()
    crash(call, 3, *kept, "-o", "a.png")
    code, _, error = call("resume", "a.ck", "--quiet")
    assert (code, error.count("painting.png: what is transparent")) == (0, 1), error
    assert {path.name: path.read_bytes() for path in folder.glob("a*.png")} == files
