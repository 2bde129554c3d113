"""How large bodies may be and how long they may take, over real connections and with a clock."""

import asyncio
from time import monotonic

import pytest
from behind_guard import PATIENCE, answer_of, first_status, running
from supervised import wait_until

from ortstyle.errors import StudioError
from ortstyle.studio.faults import Refused, TooLarge
from ortstyle.studio.guard.body_limits import (
    Body,
    BodyLimit,
    BodyLimits,
    Closing,
    TooSlow,
    check_length,
    is_upload,
    replay,
)
from ortstyle.studio.guard.middleware import Guard

LIMITS = BodyLimits(upload=BodyLimit(200_000, seconds=3600.0), other=BodyLimit(2000))
BRIEF = BodyLimits(
    upload=BodyLimit(200_000, idle_seconds=0.3, seconds=0.9),
    other=BodyLimit(2000, idle_seconds=0.3, seconds=0.9),
)


def set_limits(limits, monkeypatch):
    """Let guards have other limits than the usual ones."""
    real = Guard.__init__
    monkeypatch.setattr(
        Guard, "__init__", lambda self, app, access: real(self, app, access, limits=limits)
    )


@pytest.fixture
def door(monkeypatch):
    set_limits(LIMITS, monkeypatch)
    with running() as found:
        yield found


@pytest.fixture
def brief(monkeypatch):
    set_limits(BRIEF, monkeypatch)
    with running() as found:
        yield found


def chunked(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


# sizes


@pytest.mark.parametrize("size", [0, 1, 1999, 2000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_of_the_right_size_arrives(door, size, is_chunked):
    data = b"x" * size
    with door.client() as client:
        sent = iter([data]) if is_chunked else data
        assert client.post("/api/echo", content=sent).json()["bytes"] == size


@pytest.mark.parametrize("path", ["/api/echo", "/api/swallow", "/api/nothing"])
def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(door, path):
    with door.connect() as connection:
        head = door.head(f"POST {path} HTTP/1.1", "Content-Length: 2001", "Expect: 100-continue")
        connection.sendall(head)
        assert first_status(connection) == 413


def test_a_browser_that_sends_all_of_a_body_that_is_too_large_sees_why(door):
    with door.client() as client:
        answer = client.put("/api/pictures", content=b"x" * 3_000_000)
        assert answer.status_code == 413
        assert answer.json() == {
            "error": "What was sent is larger than 0.2 MB, which is the limit.",
            "kind": "TooLarge",
        }
        assert client.post("/api/echo", content=b"x").json()["bytes"] == 1


@pytest.mark.parametrize("path", ["/api/echo", "/api/swallow"])
def test_a_body_that_grows_too_large_is_refused(door, path):
    head = door.head(f"POST {path} HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close")
    status, text = door.raw(head + chunked(*[b"x" * 1000] * 3, b""))
    assert status == 413
    assert b"larger than 2000 bytes" in text


def test_an_upload_that_grows_too_large_leaves_nothing(door):
    with door.client() as client:
        answer = client.put("/api/pictures", content=iter([b"x" * 50_000] * 5))
        assert answer.status_code == 413
        assert door.app.state.outcome == "ClientDisconnect"
        assert client.put("/api/pictures", content=b"x" * 200_000).json() == {"bytes": 200_000}
        assert door.app.state.outcome == "whole"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], 422),
        (["Content-Length: 5", "Content-Length: 6"], 400),
        (["Content-Length: -5"], 400),
        (["Content-Length: five"], 400),
        (["Content-Length: 999999999999999999999999"], 400),
        (["Transfer-Encoding: gzip"], 501),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 501),
    ],
)
def test_a_length_that_is_none_is_refused(door, headers, status):
    head = door.head("POST /api/echo HTTP/1.1", *headers, "Connection: close")
    assert door.raw(head + chunked(b""))[0] == status


def test_a_length_of_other_servers_is_checked_too():
    def scope(*headers):
        return {"headers": [tuple(one.encode().split(b":")) for one in headers]}

    check_length(scope(), LIMITS.other)
    check_length(scope("content-length:2000"), LIMITS.other)
    with pytest.raises(TooLarge):
        check_length(scope("content-length:2001"), LIMITS.other)
    with pytest.raises(TooLarge):
        check_length(scope("content-length:" + "9" * 5000), LIMITS.other)
    for bad in (["content-length:-1"], ["content-length:1_0"], ["content-length:5"] * 2):
        with pytest.raises(Refused):
            check_length(scope(*bad), LIMITS.other)


def test_broken_chunks_are_refused(door):
    head = door.head("POST /api/echo HTTP/1.1", "Transfer-Encoding: chunked")
    status, _ = door.raw(head + b"nonsense\r\n")
    assert status == 400


# times


@pytest.mark.parametrize(
    "line", ["POST /api/echo HTTP/1.1", "POST /api/swallow HTTP/1.1", "PUT /api/pictures HTTP/1.1"]
)
@pytest.mark.parametrize("begin", [b"", b"12345"])
def test_a_body_that_stops_coming_is_given_up(brief, line, begin):
    with brief.connect() as connection:
        connection.sendall(brief.head(line, "Content-Length: 10") + begin)
        assert first_status(connection) == 408


def test_an_upload_that_stops_coming_leaves_nothing(brief):
    with brief.connect() as connection:
        connection.sendall(brief.head("PUT /api/pictures HTTP/1.1", "Content-Length: 10") + b"1")
        assert first_status(connection) == 408
    assert brief.app.state.outcome == "ClientDisconnect"


def test_an_upload_that_is_cut_off_leaves_nothing(door):
    with door.connect() as connection:
        connection.sendall(door.head("PUT /api/pictures HTTP/1.1", "Content-Length: 10") + b"1")
        wait_until(lambda: door.app.state.outcome == "begun")
    wait_until(lambda: door.app.state.outcome == "ClientDisconnect")


@pytest.mark.parametrize("line", ["POST /api/echo HTTP/1.1", "PUT /api/pictures HTTP/1.1"])
def test_a_body_that_trickles_is_given_up(brief, line):
    with brief.connect() as connection:
        connection.settimeout(0.05)
        connection.sendall(brief.head(line, "Content-Length: 2000"))
        found, until = b"", monotonic() + PATIENCE
        while b"\r\n\r\n" not in found and monotonic() < until:
            try:
                connection.sendall(b"x")
                found += connection.recv(1000)
            except TimeoutError:
                pass
        assert found.startswith(b"HTTP/1.1 408 ")


def test_a_request_that_waits_for_its_answer_is_not_given_up(brief):
    with brief.connect() as connection:
        connection.sendall(brief.head("GET /api/events HTTP/1.1"))
        assert first_status(connection) == 200
        connection.settimeout(1.5)  # longer than any of the limits
        found = b""
        while not found.endswith(b"{}\n\n\r\n"):
            found += connection.recv(1000)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_what_waits_ends_when_the_studio_is_closed(door):
    with door.connect() as uploading, door.connect() as sending:
        uploading.sendall(door.head("PUT /api/pictures HTTP/1.1", "Content-Length: 10") + b"1")
        sending.sendall(door.head("POST /api/echo HTTP/1.1", "Content-Length: 10") + b"1")
        wait_until(lambda: door.app.state.outcome == "begun")
        door.server.stop()
        assert answer_of(uploading)[0] == 503
        status, text = answer_of(sending)
    # The second one may not have been read before the server stopped.
    assert status == 503 or text == b""
    assert door.app.state.outcome == "ClientDisconnect"


# without a server


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def message(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


def make_body(messages, limit=LIMITS.other, *, closing=None, clock=monotonic):
    pending = list(messages)

    async def receive():
        if not pending:
            await asyncio.Event().wait()
        return pending.pop(0)

    return Body(receive, limit, closing or asyncio.Event(), clock=clock)


def test_a_whole_body_is_read():
    async def read():
        body = make_body([message(b"a"), message(b""), message(b"b", more=False)])
        assert await body.read() == b"ab"
        assert body.is_over
        assert await body.read() == b""

    asyncio.run(read())


def test_a_body_that_is_cut_off_is_none():
    async def read():
        body = make_body([message(b"a"), {"type": "http.disconnect"}])
        assert await body.read() is None
        assert body.fault is None

    asyncio.run(read())


def test_the_time_for_all_of_a_body_is_limited():
    async def read():
        clock = Clock()
        body = make_body([message(b"a"), message(b"b")], BodyLimit(10, 20.0, 30.0), clock=clock)
        assert await body.receive() == message(b"a")
        clock.now = 31.0
        assert await body.receive() == {"type": "http.disconnect"}
        assert isinstance(body.fault, TooSlow)
        assert await body.receive() == {"type": "http.disconnect"}

    asyncio.run(read())


@pytest.mark.parametrize("has_come", [False, True])
def test_closing_ends_what_waits(has_come):
    async def wait():
        closing = asyncio.Event()
        body = make_body([message(b"a", more=not has_come)], closing=closing)
        await body.receive()
        waiting = asyncio.ensure_future(body.receive())
        await asyncio.sleep(0)
        closing.set()
        assert await waiting == {"type": "http.disconnect"}
        # An answer that is on its way after the whole body is not replaced.
        assert isinstance(body.fault, Closing) is not has_come

    asyncio.run(wait())


def test_a_request_that_is_cancelled_leaves_no_task_behind():
    async def wait():
        body = make_body([])
        waiting = asyncio.ensure_future(body.receive())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(wait())


def test_a_body_is_given_again():
    async def read():
        async def receive():
            return {"type": "http.disconnect"}

        again = replay(b"x", receive)
        assert await again() == message(b"x", more=False)
        assert await again() == {"type": "http.disconnect"}

    asyncio.run(read())


@pytest.mark.parametrize(
    ("method", "path", "is_one"),
    [
        ("PUT", "/api/pictures", True),
        ("PUT", "/api/clips", True),
        ("POST", "/api/clips", False),
        ("POST", "/api/pictures", False),
        ("PUT", "/api/pictures/", False),
        ("PUT", "/api/workspace", False),
    ],
)
def test_pictures_and_films_alone_may_be_large(method, path, is_one):
    scope = {"method": method, "path": path}
    assert is_upload(scope) is is_one
    limits = BodyLimits()
    largest = 20_000_000_000 if path == "/api/clips" else 300_000_000
    assert limits.of(scope).bytes == (largest if is_one else 1_000_000)


def test_faults_have_a_status():
    assert (TooSlow.status, Closing.status) == (408, 503)
    assert issubclass(TooSlow, StudioError)
