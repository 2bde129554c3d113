"""The server's view of the process that reads pictures: what ends it ends nothing else."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from threading import Thread

import pytest
from images import random_image
from PIL import Image

from ortstyle.errors import StudioError
from ortstyle.jobs.job import make_job
from ortstyle.jobs.worker_process import environment
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import NoSpace, Refused
from ortstyle.studio.pictures.reader_process import Inspected, Reader

BEGIN = """
import json, os, sys, time
def tell(number, **values):
    print(json.dumps({"number": number, **values}), flush=True)
tell(0, answer={})
for line in sys.stdin:
    asked = json.loads(line)
"""


def reader_of(code, **options):
    """Return a reader whose process answers by some code."""
    return Reader(command=[sys.executable, "-S", "-c", BEGIN + "    " + code], **options)


@pytest.fixture(scope="module")
def reader():
    with Reader(max_pixels=10**6) as found:
        found.start()
        yield found


@pytest.fixture
def picture(tmp_path):
    random_image(30, 20).save(tmp_path / "upload.part", "JPEG")
    return tmp_path / "upload.part"


def test_a_picture_is_read_in_another_process(reader, picture, tmp_path):
    assert reader.inspect(picture, shown="a.jpg") == Inspected(".jpg", 30, 20)
    view = reader.view(picture, tmp_path / "view", side=16, shown="a.jpg")
    assert view == tmp_path / "view.jpg"
    with Image.open(view) as image:
        assert image.size == (16, 10)


def test_a_result_is_copied_in_another_process(reader, tmp_path):
    random_image(30, 20).save(tmp_path / "result.png")
    reader.download(tmp_path / "result.png", tmp_path / "out.jpg", metadata="minimal", shown="sea")
    with Image.open(tmp_path / "out.jpg") as image:
        assert image.size == (30, 20)


def test_what_is_no_picture_is_refused_in_a_sentence(reader, tmp_path):
    (tmp_path / "upload.part").write_bytes(b"a letter")
    with pytest.raises(Refused) as raised:
        reader.inspect(tmp_path / "upload.part", shown="sea.jpg")
    wanted = "“sea.jpg” is not a picture in a known format; convert it to PNG or JPEG."
    assert str(raised.value) == wanted


LITTLE_MEMORY = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
from ortstyle.studio.pictures.reader import main
main(["--max-pixels", "200000000"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no limit on memory")
def test_a_picture_that_takes_too_much_memory_is_refused_and_the_next_is_read(tmp_path, picture):
    Image.new("1", (12_000, 12_000)).save(tmp_path / "large.png")
    with Reader(command=[sys.executable, "-c", LITTLE_MEMORY]) as found:
        with pytest.raises(Refused, match=r"“large.png” takes more memory to read than there is"):
            found.inspect(tmp_path / "large.png", shown="large.png")
        assert found.inspect(picture, shown="a.jpg") == Inspected(".jpg", 30, 20)


def test_several_threads_may_ask(reader, picture):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reader.inspect(picture, shown="a"), range(24)))
    assert set(found) == {Inspected(".jpg", 30, 20)}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes in other ways")
def test_one_that_something_else_has_ended_is_started_again(reader, picture):
    reader.inspect(picture, shown="a")
    os.kill(reader._pictures._child._process.pid, signal.SIGKILL)
    assert reader.inspect(picture, shown="a") == Inspected(".jpg", 30, 20)


def test_a_picture_that_ends_it_is_refused_and_the_next_is_read(tmp_path):
    code = "os._exit(9) if 'bad' in asked['path'] else tell(asked['number'], answer=GOOD)"
    code = code.replace("GOOD", "{'suffix': '.png', 'width': 1, 'height': 2}")
    with reader_of(code) as found:
        with pytest.raises(Refused, match=r"“bad.png” can't be read \(exit code 9\)"):
            found.inspect(tmp_path / "bad", shown="bad.png")
        assert found.inspect(tmp_path / "good", shown="good.png") == Inspected(".png", 1, 2)


def test_one_that_takes_too_long_is_refused_and_the_next_is_read(tmp_path):
    code = "time.sleep(1e6 if 'bad' in asked['path'] else 0); tell(asked['number'], answer=GOOD)"
    code = code.replace("GOOD", "{'suffix': '.png', 'width': 1, 'height': 2}")
    with reader_of(code, patience=3) as found:
        with pytest.raises(Refused, match=r"“bad.png” takes more than 3 seconds to read"):
            found.inspect(tmp_path / "bad", shown="bad.png")
        assert found._pictures._child is None
        assert found.inspect(tmp_path / "good", shown="good.png") == Inspected(".png", 1, 2)


@pytest.mark.parametrize(("kind", "error"), [("NoSpace", NoSpace), ("StudioError", StudioError)])
def test_faults_have_their_kinds(tmp_path, kind, error):
    with (
        reader_of(f"tell(asked['number'], error='the disk is full', kind='{kind}')") as found,
        pytest.raises(error, match=r"^The disk is full\.$") as raised,
    ):
        found.inspect(tmp_path, shown="a.png")
    assert type(raised.value) is error


def test_one_that_can_not_begin_is_tried_anew_each_time(tmp_path):
    with Reader(command=[sys.executable, "-S", "-c", "raise SystemExit(5)"]) as found:
        for _ in range(2):
            with pytest.raises(StudioError, match="can't be started"):
                found.inspect(tmp_path, shown="a")


def test_once_closed_it_says_so(tmp_path):
    found = reader_of("time.sleep(1e6)")
    found.start()
    found.close()
    found.close()
    with pytest.raises(StudioError, match="closing"):
        found.inspect(tmp_path, shown="a")
    assert found._pictures._child is None


def test_closing_ends_a_request(tmp_path):
    found = reader_of("open(asked['path'], 'w'); time.sleep(1e6)")
    said = []

    def ask():
        try:
            found.inspect(tmp_path / "begun", shown="a")
        except StudioError as error:
            said.append(str(error))

    thread = Thread(target=ask)
    thread.start()
    while thread.is_alive() and not (tmp_path / "begun").exists():
        thread.join(0.01)
    found.close()
    thread.join(60)
    assert said == ["The studio is closing."]


def a_job(folder, **options):
    names = [folder / name for name in ("photo.png", "painting.png", "out.png")]
    return make_job(names[0], [names[1]], names[2], settings=Settings(size=64), **options)


@pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs ONNX Runtime")
def test_a_plan_is_made_while_a_picture_is_read(tmp_path):
    """Its memory is what the server's machine has, not what the process that reads may take."""
    for name in ("photo.png", "painting.png"):
        random_image(64, 48).save(tmp_path / name)
    job = a_job(tmp_path)
    with Reader() as found:
        with found._pictures._asking:
            planned = found.plan(replace(job, memory=10**11))
            assert planned["free_bytes"] == 10**11
            assert planned["fits"]
            assert found.plan(job)["free_bytes"] > 0
        (tmp_path / "photo.png").unlink()
        with pytest.raises(Refused):
            found.plan(job)


def test_one_for_plans_is_started_too_unless_it_is_closed_before():
    with reader_of("pass") as found:
        found.start()
        assert found._planner._child is not None
    found = reader_of("pass")

    def start():
        with suppress(StudioError):  # if it is closed before all
            found.start(delay=1e6)

    thread = Thread(target=start)
    thread.start()
    found.close()
    thread.join(60)
    assert not thread.is_alive()
    assert found._planner._child is None


@pytest.mark.parametrize("code", ["os._exit(9)", "time.sleep(1e6)"])
def test_a_plan_that_can_not_be_made_is_told(tmp_path, code):
    hashes = {tmp_path / name: "1" * 64 for name in ("photo.png", "painting.png")}
    job = a_job(tmp_path, hash_of=hashes)
    with (
        reader_of(code, patience=0.5) as found,
        pytest.raises(StudioError, match="plan can't be made now"),
    ):
        found.plan(job)


def test_the_server_does_not_load_what_decodes():
    code = (
        "import sys, ortstyle.studio.pictures.reader_process\n"
        "print([n for n in ('numpy', 'PIL', 'onnx', 'onnxruntime') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True
    )
    assert found.stdout.strip() == b"[]"
