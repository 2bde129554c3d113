"""`ortstyle studio` as a user starts and stops it; the studio is a fake one."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest
from behind_guard import FAKE, PATIENCE
from commands import ENVIRONMENT, RUN, needs_runtime
from supervised import wait_until

from ortstyle.cli import studio_run
from ortstyle.cli.studio_run import PASSWORD_VARIABLE
from ortstyle.errors import DeviceError
from ortstyle.packaged import packaged_path
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.http import opening

pytestmark = needs_runtime
EVERYWHERE = "0.0.0.0"  # noqa: S104
PASSWORD = "correct horse"  # noqa: S105
signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


class Started:
    """`ortstyle studio` in a process of its own; a context manager, which kills it."""

    def __init__(self, folder, *arguments, code=FAKE, **changes):
        command = ["studio", "--folder", folder, "--port", "0", *arguments]
        if "--browser" in command:
            command.remove("--browser")
        else:
            command.append("--no-browser")
        self.process = subprocess.Popen(
            [*RUN[:-1], code + RUN[-1], *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            env=ENVIRONMENT | changes,
        )
        self.line = self.process.stderr.readline()
        found = re.search(r"(http://\S+)\?token=(\S+)", self.line)
        assert found, self.line + self.process.stderr.read()
        self.url, self.token = found.groups()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, path, **more):
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.get(self.url + path, headers=headers, trust_env=False, **more)

    def end(self, number):
        """Send a signal; return the exit code and what was said after the first line."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


def test_it_says_where_the_page_is_and_serves_it(tmp_path):
    with Started(tmp_path / "studio") as studio:
        assert studio.line.startswith("ortstyle: the studio is at http://127.0.0.1:")
        assert studio.ask("").text == "the page"
        assert httpx.get(studio.url, trust_env=False).status_code == 401
        told = json.loads((tmp_path / "studio" / "fake.json").read_text())
        assert told == {"devices": ["auto"], "threads": 0, "is_remote": False}


@signals
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_closes_it_within_seconds_also_while_a_page_listens(tmp_path, name, code):
    with Started(tmp_path / "studio") as studio:
        headers = {"Authorization": f"Bearer {studio.token}"}
        events = f"{studio.url}api/events"
        with httpx.stream("GET", events, headers=headers, trust_env=False, timeout=PATIENCE) as tab:
            assert tab.status_code == 200
            began = time.monotonic()
            found, said = studio.end(getattr(signal, name))
            assert time.monotonic() - began < PATIENCE / 2
        assert found == code
        assert said == (
            "ortstyle: closing the studio: what is being painted is kept, and goes on the next "
            "time; press Ctrl-C again to end at once\n"
        )
    assert (tmp_path / "studio" / "closed").exists()
    assert not (tmp_path / "studio" / "address.json").exists()


@signals
def test_a_terminal_that_was_closed_does_not_keep_it_from_closing(tmp_path):
    with Started(tmp_path / "studio") as studio:
        studio.process.stderr.close()
        studio.process.stdout.close()
        studio.process.send_signal(signal.SIGHUP)
        studio.process.send_signal(signal.SIGHUP)  # one of the shell and one of the system
        assert studio.process.wait(PATIENCE) == 129
        studio.process.stdout = studio.process.stderr = None
    assert (tmp_path / "studio" / "closed").exists()


@signals
def test_a_second_ctrl_c_ends_it_at_once(tmp_path):
    stuck = FAKE + (
        "import time\n"
        "real = behind_guard.FakeStudio.close\n"
        "behind_guard.FakeStudio.close = lambda self: (real(self), time.sleep(600))\n"
    )
    with Started(tmp_path / "studio", code=stuck) as studio:
        studio.process.send_signal(signal.SIGINT)
        assert "closing the studio" in studio.process.stderr.readline()
        wait_until((tmp_path / "studio" / "closed").exists)
        assert studio.end(signal.SIGINT)[0] == 130


def test_one_that_was_killed_is_started_again(tmp_path):
    with Started(tmp_path / "studio") as studio:
        studio.process.kill()
        studio.process.wait()
    with Started(tmp_path / "studio") as studio:
        assert studio.ask("").text == "the page"


def test_a_second_one_leads_to_the_first(tmp_path, call, monkeypatch):
    opened = []
    monkeypatch.setattr(opening, "open_page", lambda *given: opened.append(given) or True)
    with Started(tmp_path / "studio") as studio:
        code, _, said = call("studio", "--folder", tmp_path / "studio", "--no-browser")
        assert code == 0
        assert f"another studio runs on the folder {tmp_path / 'studio'} at {studio.url}" in said
        assert f"?token={studio.token}" in said
        assert opened == []
        assert call("studio", "--folder", tmp_path / "studio")[0] == 0
        ((address, where),) = opened
        assert where == (tmp_path / "studio").resolve()
        assert studio.token not in address
        assert httpx.get(address, trust_env=False).status_code == 303
        monkeypatch.setattr(opening, "open_page", lambda *_: False)
        assert "open the address yourself" in call("studio", "--folder", tmp_path / "studio")[2]


def test_a_second_one_that_can_not_find_the_first_says_so(tmp_path, call):
    with StudioFolder(tmp_path / "studio"):
        code, _, said = call("studio", "--folder", tmp_path / "studio")
    assert code == 1
    assert "another studio runs on the folder" in said
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is no such file")
def test_the_browser_is_started_without_the_secret(tmp_path):
    note = tmp_path / "browser.txt"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {note}.part; mv {note}.part {note}\n')
    browser.chmod(0o700)
    with Started(tmp_path / "studio", "--browser", BROWSER=str(browser)) as studio:
        wait_until(note.exists)
        shown = note.read_text().strip()
        assert shown == (tmp_path / "studio" / "open.html").as_uri()
        text = (tmp_path / "studio" / "open.html").read_text()
        assert studio.token not in text
        address = re.search('href="([^"]*)"', text)[1]
        assert httpx.get(address, trust_env=False).status_code == 303


# faults


def test_a_port_that_is_taken_is_told(tmp_path, call):
    with Started(tmp_path / "a") as studio:
        port = studio.url.rpartition(":")[2].strip("/")
        code, _, said = call("studio", "--folder", tmp_path / "b", "--port", port)
    assert code == 1
    assert re.fullmatch(rf"ortstyle: port {port} .*--port.*\n", said)


def test_a_folder_that_can_not_be_written_is_told(tmp_path, call):
    (tmp_path / "file").write_text("")
    code, _, said = call("studio", "--folder", tmp_path / "file" / "studio")
    assert code == 1
    assert re.fullmatch("ortstyle: the studio's folder .* choose another with --folder\n", said)


def test_a_missing_extra_is_told_with_the_line_to_install_it(tmp_path, call, monkeypatch):
    monkeypatch.setattr(studio_run, "find_spec", lambda name: name != "uvicorn")
    code, _, said = call("studio", "--folder", tmp_path)
    assert code == 1
    assert said.endswith('install them with: pip install "ortstyle[studio]"\n')


def test_a_missing_onnx_runtime_is_told_before_the_page_opens(tmp_path, call, monkeypatch):
    real = studio_run.find_spec
    monkeypatch.setattr(
        studio_run, "find_spec", lambda name: None if name == "onnxruntime" else real(name)
    )

    def tell(name):
        raise DeviceError(f"device {name}: ONNX Runtime is missing; pip install it")

    monkeypatch.setattr(studio_run, "find_device", tell)
    code, _, said = call("studio", "--folder", tmp_path / "studio")
    assert code == 1
    assert said == "ortstyle: device cpu: ONNX Runtime is missing; pip install it\n"
    assert not (tmp_path / "studio").exists()


def test_a_device_that_does_not_exist_is_told(tmp_path, call):
    code, _, said = call("studio", "--folder", tmp_path / "studio", "--device", "cdua")
    assert code == 2
    assert "cdua" in said
    assert not (tmp_path / "studio").exists()


# the password


def test_a_network_needs_a_password(tmp_path, call, monkeypatch):
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "stdin", None)
    code, _, said = call("studio", "--folder", tmp_path / "studio", "--host", EVERYWHERE)
    assert code == 1
    assert "lets every machine of the network reach the studio, so it needs a password" in said


@pytest.mark.parametrize("source", ["file", "variable"])
def test_the_password_comes_from_a_file_or_a_variable(tmp_path, source):
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    arguments, changes = ["--password-file", path], {}
    if source == "variable":
        arguments, changes = [], {PASSWORD_VARIABLE: PASSWORD}
    with Started(tmp_path / "studio", "--host", EVERYWHERE, *arguments, **changes) as studio:
        login = f"{studio.url}api/login"
        answer = httpx.post(login, json={"password": PASSWORD}, trust_env=False)
        assert answer.status_code == 204
        wrong = httpx.post(login, json={"password": f"{PASSWORD}\n"}, trust_env=False)
        assert wrong.status_code == 401


def test_processes_that_are_started_later_do_not_know_the_password(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    assert studio_run._password(studio_run.StudioCommand()) == PASSWORD
    assert PASSWORD_VARIABLE not in os.environ


def test_at_a_terminal_it_is_asked_for(monkeypatch, capsys):
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    asked = []
    monkeypatch.setattr(
        studio_run.typer, "prompt", lambda _, **more: asked.append(more) or PASSWORD
    )
    assert studio_run._password(studio_run.StudioCommand()) is None
    assert asked == []
    assert studio_run._password(studio_run.StudioCommand(host=EVERYWHERE)) == PASSWORD
    assert asked[0]["hide_input"]
    assert "needs a password" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "can't be read"), (b"\xff\xfe\xfa", "no text in UTF-8"), (b"short", "8 to 1024")],
)
def test_a_password_that_is_none_is_told(tmp_path, call, content, said):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    code, _, error = call("studio", "--folder", tmp_path / "s", "--password-file", path)
    assert code in {1, 2}
    assert said in error
    assert len(error.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps users' files apart by other means")
def test_a_password_that_others_can_read_is_mentioned(tmp_path, capsys):
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o644)
    assert studio_run._read_password(path) == PASSWORD
    assert "other users of this machine can read" in capsys.readouterr().err
    path.chmod(0o600)
    studio_run._read_password(path)
    assert capsys.readouterr().err == ""


# the log


def test_faults_are_written_to_a_file_of_the_folder(tmp_path):
    with Started(tmp_path / "studio") as studio:
        assert studio.ask("api/fail").status_code == 500
        log = tmp_path / "studio" / "studio.log"
        wait_until(lambda: log.exists() and "ZeroDivisionError" in log.read_text("utf-8"))


def test_the_log_is_left_as_it_was(tmp_path):
    handlers = list(logging.getLogger().handlers)
    with StudioFolder(tmp_path / "studio") as folder:
        with studio_run._logging(folder):
            assert logging.getLogger().handlers != handlers
        assert logging.getLogger().handlers == handlers
        assert not (folder.path / "studio.log").exists()
    assert logging.raiseExceptions


# what is loaded


def test_the_page_is_served_before_anything_heavy_is_loaded(tmp_path):
    code = (
        "import sys\n"
        "from ortstyle.studio.http import server\n"
        "def show(*_): print('loaded', *HEAVY & set(sys.modules), flush=True)\n"
        "HEAVY = {'PIL', 'numpy', 'onnx', 'onnx_ir', 'onnxruntime', 'tifffile'}\n"
        "server.open_page = show\n"
    )
    with Started(tmp_path / "studio", "--browser", code=code) as studio:
        assert studio.process.stdout.readline().split() == ["loaded"]


@pytest.mark.slow
def test_the_real_studio_paints_and_its_server_never_decodes_or_paints(tmp_path):
    """The server has no need of what takes long to load, and of what decodes strangers' files."""
    code = (
        "import sys, threading\n"
        "from ortstyle.studio.studio import Studio\n"
        "HEAVY = {'PIL', 'numpy', 'onnx', 'onnx_ir', 'onnxruntime', 'tifffile'}\n"
        "about = Studio.about\n"
        "Studio.about = lambda self: about(self) | "
        "{'version': ' '.join(sorted(HEAVY & set(sys.modules)))}\n"
    )
    with Started(tmp_path / "studio", code=code) as studio:
        headers = {"Authorization": f"Bearer {studio.token}"}
        with httpx.Client(
            base_url=studio.url, headers=headers, trust_env=False, timeout=PATIENCE
        ) as page:
            assert page.get("/").headers["content-type"].startswith("text/html")
            ids = []
            for role, file in (("photograph", "photo.jpg"), ("painting", "painting.jpg")):
                query = {"name": file, "role": role}
                data = packaged_path("examples", file).read_bytes()
                ids.append(page.put("/api/pictures", params=query, content=data).json()["id"])
            order = {"photograph": ids[0], "paintings": [{"picture": ids[1]}]}
            order["settings"] = {"size": 32, "scales": 1, "iterations": 2}
            (painting,) = page.post("/api/paintings", json=order).json()["paintings"]
            path = f"/api/paintings/{painting['id']}"
            wait_until(lambda: page.get(path).json()["state"] in {"done", "failed"}, seconds=240)
            assert page.get(path).json()["state"] == "done"
            assert page.get(f"{path}/image").headers["content-type"] == "image/png"
            assert page.get(f"{path}/image", params={"side": 256}).status_code == 200
            assert page.post("/api/plan", json=order).status_code == 200
            assert page.delete(path).status_code == 204
            assert page.get("/api/studio").json()["version"] == ""
