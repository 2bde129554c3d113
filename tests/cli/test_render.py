"""`ortstyle render`: what it writes, what it says while it works, how it ends."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ENVIRONMENT, PICTURES, names, needs_runtime, pixels_of, read_trace, start
from fakes import before_each_evaluation
from PIL import Image


@needs_runtime
def test_render_writes_the_picture_beside_the_current_folder(folder, network):
    result = start("render", "photo.png", "painting.png", *network)
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"wrote photo-painting\.png \(24×18, \d+ s\)\n", result.stdout)
    assert "scale 1/1, 24×18: 5/5, loss " in result.stderr
    assert names(folder) == ["painting.png", "photo-painting.png", "photo.png"]
    with Image.open("photo-painting.png") as picture:
        assert (picture.size, picture.mode, picture.format) == ((24, 18), "RGB", "PNG")


@needs_runtime
def test_the_default_name_lies_in_the_current_folder(folder, call, network, painting):
    (folder / "deep").mkdir()
    painting.save("deep/first.jpg")
    code, _, _ = call("render", "deep/first.jpg", "painting.png", "photo.png", *network)
    assert code == 0
    assert Path("first-painting.png").is_file()


@needs_runtime
def test_each_style_has_its_region(folder, call, network, photo):
    photo.rotate(90).save("other.png")
    left_half(photo.size).save("left.png")
    arguments = ["render", "photo.png", "painting.png", "other.png", *network]
    results = set()
    for masks in ([], ["left.png", "-"], ["-", "left.png"]):
        options = [o for mask in masks for o in ("--content-mask", mask)]
        assert call(*arguments, "-o", "a.png", *options)[0] == 0
        results.add(pixels_of("a.png"))
    assert len(results) == 3
    code, _, error = call(*arguments, "-o", "b.png", "--like", "a.png", "--like-paths")
    assert code == 0, error
    assert pixels_of("b.png") == pixels_of("a.png")


def left_half(size):
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask


@needs_runtime
def test_several_styles_are_blended(folder, call, network, photo):
    photo.rotate(90).save("other.png")
    arguments = ["render", "photo.png", "painting.png", "other.png", "-o", "a.png", *network]
    results = set()
    for blend in ("1,0", "0,1", "3,7"):
        assert call(*arguments, "--style-blend", blend)[0] == 0
        results.add(pixels_of("a.png"))
    assert len(results) == 3


@needs_runtime
def test_the_trace_has_a_line_an_evaluation(folder, call, network, tiny):
    code, _, _ = call(
        *["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl", *network]
    )
    assert code == 0
    run, rest = read_trace("a.jsonl")
    assert run["settings"]["model"] == str(tiny)
    assert run["settings"]["style_layers"] == [["relu1", 1], ["relu2", 0.5]]
    assert set(run) == {"settings", "device", "threads", "versions", "model"}
    assert [line["evaluation"] for line in rest] == [1, 2, 3, 4, 5]
    assert set(rest[0]) == {"scale", "width", "height", "evaluation", "loss", "terms", "seconds"}
    assert rest[0]["loss"] == pytest.approx(sum(rest[0]["terms"].values()), rel=1e-5)


@needs_runtime
def test_the_picture_is_saved_now_and_then(folder, call, network):
    code, _, _ = call(
        *["render", "photo.png", "painting.png", "-o", "a.jpg", "--save-every", "2", *network]
    )
    assert code == 0
    assert names(folder) == ["a-0002.jpg", "a-0004.jpg", "a.jpg", "painting.png", "photo.png"]
    with Image.open("a-0002.jpg") as early, Image.open("a.jpg") as late:
        assert early.size == late.size == (24, 18)
        assert early.tobytes() != late.tobytes()


@needs_runtime
def test_quiet_prints_nothing(folder, network):
    result = start("render", "photo.png", "painting.png", "--quiet", *network)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert Path("photo-painting.png").is_file()


@needs_runtime
def test_an_output_that_was_there_is_replaced(folder, call, network):
    Path("a.png").write_bytes(b"older")
    assert call("render", "photo.png", "painting.png", "-o", "a.png", *network)[0] == 0
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)


@needs_runtime
def test_a_log_in_an_encoding_without_the_cross(folder, network):
    arguments = ["render", "photo.png", "painting.png", "-o", "画.png", *network]
    result = start(*arguments, PYTHONIOENCODING="cp1251")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("wrote ?.png (24?18")
    assert Path("画.png").is_file()


@needs_runtime
def test_the_device_that_auto_takes_is_told_once(folder, call, network):
    code, _, error = call("render", "photo.png", "painting.png", *network)
    assert code == 0
    assert error.splitlines()[0] == "running on cpu, any processor"
    assert error.count("running on") == 1
    error = call("render", "photo.png", "painting.png", "--device", "cpu", *network)[2]
    assert "running on" not in error


@needs_runtime
def test_a_run_that_fails_half_way_saves_the_picture_so_far(folder, call, network):
    def fail(number):
        if number > 2:
            raise MemoryError

    with before_each_evaluation(fail):
        code, out, error = call("render", *PICTURES, "--quiet", *network)
    assert (code, out) == (1, "")
    assert error.splitlines() == [
        "ortstyle: stopped after 2 evaluations; saved photo-painting.png",
        "ortstyle: device cpu is out of memory, and tiles can't be smaller; give a smaller --size",
    ]
    assert Path("photo-painting.png").is_file()


@needs_runtime
def test_render_in_tiles_says_so(folder, call, network):
    options = [*network, "--size", 400, "--scales", 1, "--history", 2, "--memory", "216MB"]
    code, _, err = call("render", "photo.png", "painting.png", *options, "-o", "out.png")
    assert code == 0
    assert re.search(r"1 scale to 400×300, painted in tiles of \d+×\d+; .*at most \d+ MB", err)
    assert pixels_of("out.png")[0] == (400, 300)


LIMITED = """
import os, resource, sys
if hasattr(os, "sched_setaffinity"):  # the addresses of a session's threads would count too
    os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv.pop(1)), -1))
from ortstyle.cli.main import main
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
@needs_runtime
def test_a_process_that_runs_out_of_memory_goes_on_in_tiles(folder):
    """The process may use fewer addresses than the run is given memory by `--memory`."""
    Image.new("RGB", (1024, 768), "orange").save("photo.png")
    options = ["--size", 1024, "--scales", 1, "--iterations", 1, "--history", 2, "-o", "out.png"]
    command = ["render", "photo.png", "painting.png", *options, "--memory", "99GB"]
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, "1800000000", *map(str, command)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "out of memory; continuing in tiles of" in result.stderr
    assert pixels_of("out.png")[0] == (1024, 768)
