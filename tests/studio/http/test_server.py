"""The server from its beginning to its end: it listens, tells how to get in, and leaves nothing."""

import gc
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread, enumerate as threads

import httpx
import pytest
from behind_guard import PATIENCE, answer_of, first_status, running, small_app
from supervised import wait_until

from ortstyle.errors import StudioError
from ortstyle.studio.folder import FolderInUse, StudioFolder
from ortstyle.studio.http import server as module
from ortstyle.studio.http.server import StudioServer, serve

PASSWORD = "correct horse"  # noqa: S105


class FakeStudio:
    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


@pytest.fixture
def folder(tmp_path):
    with StudioFolder(tmp_path / "studio") as found:
        yield found


class Served:
    """A studio that `serve` serves in a thread."""

    def __init__(self, folder, *, open_browser=False, make=None, **options):
        self.server, self.studio, self.lines = StudioServer(port=0, **options), FakeStudio(), []
        self._is_told, self._fault = Event(), None
        arguments = (self.server, folder, make or self._make)
        more = {"tell": self._tell, "open_browser": open_browser}
        self.thread = Thread(target=self._run, args=arguments, kwargs=more)

    def _make(self, _folder, _access):
        return self.studio, small_app()

    def _tell(self, line):
        self.lines.append(line)
        self._is_told.set()

    def _run(self, *arguments, **more):
        try:
            serve(*arguments, **more)
        except BaseException as error:  # noqa: BLE001  for the test
            self._fault = error
            self._is_told.set()

    def __enter__(self):
        self.thread.start()
        assert self._is_told.wait(PATIENCE)
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        if self._fault:
            raise self._fault


def test_a_studio_is_served_and_closed(folder):
    with Served(folder) as served:
        (line,) = served.lines
        assert line == f"the studio is at {served.server.address}"
        answer = httpx.get(served.server.address, follow_redirects=False, trust_env=False)
        assert answer.status_code == 303
        with pytest.raises(FolderInUse) as caught:
            StudioFolder(folder.path)
        assert caught.value.url == served.server.url
        assert caught.value.token == served.server.token
        assert served.studio.closed == 0
    assert served.studio.closed == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.server.url, trust_env=False)


def test_whoever_can_read_the_folder_can_open_the_page(folder):
    """A second `ortstyle studio` opens the page of the first one."""
    with Served(folder) as served:
        found = json.loads((folder.path / "address.json").read_text())
        answer = httpx.get(f"{found['url']}?token={found['token']}", trust_env=False)
        assert answer.status_code == 303
        assert served.server.token == found["token"]


def test_the_browser_is_given_a_code_and_not_the_token(folder, monkeypatch):
    opened = []
    monkeypatch.setattr(module, "open_page", lambda *given: opened.append(given) or True)
    with Served(folder, open_browser=True) as served:
        wait_until(lambda: opened)
        ((address, where),) = opened
        assert where == folder.path
        assert served.server.token not in address
        for status in (303, 401):  # it leads in once
            assert httpx.get(address, trust_env=False).status_code == status


def test_without_a_browser_the_user_is_told_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(module, "open_page", lambda *_: False)
    with Served(folder, open_browser=True) as served:
        wait_until(lambda: len(served.lines) == 2)
        assert served.lines[1] == "no browser could be started; open the address yourself"


def test_in_a_network_the_password_is_needed_and_others_are_told_the_address(folder):
    everywhere = "0.0.0.0"  # noqa: S104
    with pytest.raises(StudioError, match=r"every machine .* needs a password.*--password-file"):
        StudioServer(host=everywhere, port=0)
    with Served(folder, host=everywhere, password=PASSWORD) as served:
        wait_until(lambda: len(served.lines) == 2 or not served.server.network_url)
        if served.server.network_url:
            assert served.server.network_url in served.lines[1]
            assert "token" not in served.lines[1]
            assert "not encrypted" in served.lines[1]
        with httpx.Client(base_url=served.server.url, trust_env=False) as client:
            assert client.post("/api/login", json={"password": PASSWORD}).status_code == 204
            assert client.get("/api/echo").status_code == 200


def test_a_studio_that_can_not_be_made_leaves_the_port_free(folder):
    def fail(_folder, _access):
        raise StudioError("the catalogue is damaged")

    with pytest.raises(StudioError, match="damaged"), Served(folder, make=fail) as served:
        pass
    with socket.socket() as again:
        again.bind(("127.0.0.1", int(served.server.url.rpartition(":")[2].strip("/"))))


def test_a_password_that_is_unfit_leaves_the_port_free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    for _ in range(2):
        with pytest.raises(StudioError, match="characters"):
            StudioServer(port=port, password="short")  # noqa: S106


def test_the_address_of_a_studio_is_one_that_its_guard_allows():
    server = StudioServer(host="127.0.0.1", port=0)
    assert server.access.allows_host(server.url.removeprefix("http://").strip("/"))
    server.close()


def test_a_server_that_was_stopped_before_it_ran_does_not_run():
    server = StudioServer(port=0)
    server.stop()
    server.run(small_app())
    server.close()


def test_streams_of_events_do_not_keep_a_server_from_ending():
    with running() as door:
        held = [door.connect() for _ in range(4)]
        for one in held:
            one.sendall(door.head("GET /api/events HTTP/1.1"))
            assert first_status(one) == 200
        wait_until(lambda: door.app.state.streams == 4)
        door.server.stop()
        door.thread.join(PATIENCE)
        assert not door.thread.is_alive()
        assert door.app.state.streams == 0
        for one in held:
            assert answer_of(one)[1].endswith(b"\r\n0\r\n\r\n")  # the end of an answer
            one.close()


def test_a_client_that_reads_nothing_does_not_keep_a_server_from_ending(monkeypatch):
    monkeypatch.setattr(module, "_CLOSING_SECONDS", 1)

    async def flood(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                body = {"type": "http.response.body", "body": b"x" * 100_000, "more_body": True}
                await send(body)

    with running(flood) as door, door.connect() as client:
        client.sendall(door.head())
        assert first_status(client) == 200
        door.server.stop()
        door.thread.join(PATIENCE)
        assert not door.thread.is_alive()


def test_a_stream_ends_when_its_tab_is_closed():
    with running() as door:
        with door.connect() as tab:
            tab.sendall(door.head("GET /api/events HTTP/1.1"))
            assert first_status(tab) == 200
            wait_until(lambda: door.app.state.streams == 1)
        wait_until(lambda: door.app.state.streams == 0)


def test_connections_that_are_reset_before_they_are_accepted_are_no_matter():
    """Windows' own event loop would listen no more."""
    at_once = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)
    with running() as door:
        for _ in range(100):
            with door.connect() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        with door.client() as client:
            assert client.get("/api/echo").status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells no descriptors")
def test_no_descriptor_is_left_open():
    def count():
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    with running() as door:

        def visit():
            with door.client() as client:
                client.get("/api/echo")
                client.put("/api/pictures", content=b"x" * 1000)
            for half in (
                b"",
                b"GET / HT",
                door.head("PUT /api/pictures HTTP/1.1", "Content-Length: 9"),
            ):
                with door.connect() as one:
                    one.sendall(half)

        visit()
        wait_until(lambda: not [t for t in threads() if t.name == "ready"])
        before = count()
        for _ in range(20):
            visit()
        wait_until(lambda: count() <= before)


def test_nothing_heavy_is_loaded_before_the_server_listens():
    code = (
        "import sys, ortstyle.studio.http.server\n"
        "heavy = {'PIL', 'numpy', 'onnx', 'onnx_ir', 'onnxruntime', 'tifffile'}\n"
        "print(*heavy & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == ""
