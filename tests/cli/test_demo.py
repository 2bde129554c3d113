"""`ortstyle demo`: the packaged pictures, with settings of its own."""

import pytest
from commands import embedded_run, needs_runtime, start
from PIL import Image


@needs_runtime
def test_demo_paints_the_packaged_pictures(folder, call):
    code, out, error = call("demo", "--size", "64", "--iterations", "3")
    assert code == 0, error
    assert out.startswith("wrote demo.png (64×")
    with Image.open("demo.png") as picture:
        assert max(picture.size) == 64
    found = embedded_run("demo.png")["settings"]
    assert (found["size"], found["iterations"], found["history"]) == (64, 3, 20)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["384", "100", "20"]),
        (["--size", "100"], ["100", "100", "20"]),
        (["--preset", "neural-style", "--iterations", "7"], ["384", "7", "100"]),
    ],
)
def test_demo_has_settings_of_its_own_and_takes_others(call, options, expected):
    code, out, _ = call("demo", "--explain", *options)
    assert code == 0
    rows = [line.split() for line in out.splitlines() if line]
    found = {name: value for name, value, *_ in rows}
    assert [found[name] for name in ("size", "iterations", "history")] == expected


@needs_runtime
def test_the_threads_are_limited(folder):
    result = start("demo", "--threads", "1", "--size", "48", "--iterations", "1", "--quiet")
    assert result.returncode == 0, result.stderr
    assert embedded_run("demo.png")["threads"] == 1
