"""Requests are answered in lines; whatever goes wrong is a line too."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from images import random_image
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.jobs.worker_process import environment
from ortstyle.studio.pictures import reader
from ortstyle.studio.pictures.decoding import Decoder
from ortstyle.studio.pictures.reader import REQUESTS, answer, reader_command


class Failing:
    """A decoder whose requests fail in some way."""

    def __init__(self, error):
        self.error = error

    def inspect(self, _):
        raise self.error


def asked(decoder=None, **values):
    line = json.dumps({"number": 7, **values}).encode()
    found = answer(decoder or Decoder(1000), line)
    assert found.pop("number") == 7
    return found


def fault(error, **values):
    return asked(Failing(error), request="inspect", **{"path": "a.png"} | values)


def test_a_request_is_answered(tmp_path):
    random_image(9, 7).save(tmp_path / "a.png")
    found = asked(request="inspect", path=str(tmp_path / "a.png"))
    assert found == {"answer": {"suffix": ".png", "width": 9, "height": 7}}
    out = tmp_path / "out"
    found = asked(request="view", path=str(tmp_path / "a.png"), out=str(out), side=4)
    assert found == {"answer": {"suffix": ".jpg"}}
    found = asked(
        request="download", path=str(tmp_path / "a.png"), out=f"{out}.jpg", metadata="none"
    )
    assert found == {"answer": {}}
    with Image.open(f"{out}.jpg") as image:
        assert image.size == (9, 7)


def test_a_picture_is_refused_without_its_path(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a letter")
    assert asked(request="inspect", path=str(path)) == {
        "kind": "Refused",
        "error": "is not a picture in a known format; convert it to PNG or JPEG",
    }
    path.write_bytes(b"")
    found = asked(request="inspect", path=str(path))
    assert found == {"kind": "Refused", "error": "is empty; get a fresh copy"}


def test_a_bomb_is_refused_in_words_for_a_page(tmp_path):
    Image.new("L", (1001, 1)).save(tmp_path / "a.png")
    found = asked(request="inspect", path=str(tmp_path / "a.png"))
    line = "has more pixels than a picture may have; make it smaller"
    assert found == {"kind": "Refused", "error": line}


def test_memory_and_disk_have_words_of_their_own():
    assert "takes more memory" in fault(MemoryError())["error"]
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped = OutputError("output can't be written")
    wrapped.__cause__ = full
    for error in (full, wrapped):
        found = fault(error)
        assert found["kind"] == "NoSpace"
        assert found["error"].startswith("the disk is full")


@pytest.mark.parametrize("error", [ZeroDivisionError("by\n0"), OSError(5, "no"), OutputError("x")])
def test_what_nobody_expected_is_one_line(error):
    found = fault(error)
    assert found["kind"] == "StudioError"
    assert "\n" not in found["error"]


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"5", b"{}", b'{"number": 1}', b"[" * 10**5])
def test_what_is_no_request_is_told(line):
    found = answer(Decoder(1000), line)
    assert found["kind"] == "StudioError"


def test_an_unknown_request_is_told():
    assert asked(request="remove", path="a")["kind"] == "StudioError"
    assert "plan" in REQUESTS


def test_the_process_limits_itself_and_ends_with_its_input(tmp_path):
    random_image(9, 7).save(tmp_path / "a.png")
    line = json.dumps({"number": 1, "request": "inspect", "path": str(tmp_path / "a.png")})
    process = subprocess.Popen(
        reader_command(1000), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    with process:
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        found = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert found == [
            {"number": 0, "answer": {}},
            {"number": 1, "answer": {"suffix": ".png", "width": 9, "height": 7}},
        ]
        process.stdin.close()
        assert process.wait(60) == 0


def test_one_for_plans_loads_what_they_need_before_the_first():
    command = reader_command(1000, plans=True)
    command[1:1] = ["-X", "importtime"]  # which does not name what `import_module` loads itself
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stderr=pipe, env=environment()) as process:
        assert any(b" ortstyle.run.prediction" in line for line in process.stderr)
        process.stdin.close()
        process.stderr.read()
        assert process.wait(60) == 0


def test_it_loads_nothing_slow_before_its_limits_are_set():
    code = (
        "import sys, ortstyle.studio.pictures.reader\n"
        "print([n for n in ('numpy', 'PIL', 'onnx', 'onnxruntime') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True
    )
    assert found.stdout.strip() == b"[]"


def test_it_ends_while_it_works(tmp_path):
    """A decoder that never comes back does not outlive the server."""
    code = (
        "import time\n"
        "from ortstyle.studio.pictures import reader\n"
        "reader.answer = lambda *_: time.sleep(1e6)\n"
        "reader.main(['--max-pixels', '10'])"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    with process:
        assert process.stdout.readline()
        process.stdin.write(b"{}\n")
        process.stdin.close()
        assert process.wait(60) == 0


def test_its_command_names_this_module():
    name = reader.__name__
    assert reader_command(5)[-4:] == ["-m", name, "--max-pixels", "5"]
    assert Path(reader_command(5)[0]).exists()
