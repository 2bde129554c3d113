"""Connections that send nothing, too much, or too slowly are closed."""

import socket

import pytest
from behind_guard import answer_of, first_status, running
from supervised import wait_until

from ortstyle.studio.guard.headers import secured
from ortstyle.studio.http import connection as module

ALWAYS = {name for name, _ in secured()}


@pytest.fixture
def door():
    with running() as found:
        yield found


@pytest.fixture
def brief(door, monkeypatch):
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(module, "_REST_SECONDS", 0.4)
    return door


def assert_refused(text, status):
    head = text.partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 %d" % status), text
    assert {line.partition(b":")[0].lower() for line in head.split(b"\r\n")} >= ALWAYS


def test_answers_leave_at_once(monkeypatch):
    options, made = [], module.StudioConnection.connection_made

    def connection_made(self, transport):
        made(self, transport)
        connection = transport.get_extra_info("socket")
        options.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(module.StudioConnection, "connection_made", connection_made)
    with running() as door, door.connect():
        wait_until(lambda: options)
    assert all(options)


def test_a_connection_that_sends_nothing_is_closed(brief):
    with brief.connect() as connection:
        assert answer_of(connection) == (None, b"")


def test_the_head_of_a_request_must_come_in_time(brief):
    with brief.connect() as connection:
        connection.sendall(b"GET /api/echo HTTP/1.1\r\nHost: ")
        assert_refused(answer_of(connection)[1], 408)


def test_a_head_that_trickles_is_given_up(brief):
    with brief.connect() as connection:
        connection.settimeout(0.02)
        connection.sendall(b"GET /api/echo HTTP/1.1\r\n")
        found = None
        while found is None:
            try:
                connection.sendall(b"X: y\r\n")
                found = connection.recv(1)
            except TimeoutError:
                pass
            except ConnectionError:
                found = b""
        assert found in {b"", b"H"}


def test_the_head_of_a_second_request_must_come_in_time_too(door, monkeypatch):
    with door.connect() as connection:
        connection.sendall(door.head())
        assert first_status(connection) == 200
        monkeypatch.setattr(module, "HEAD_SECONDS", 0.4)
        connection.sendall(b"GET /api/ec")
        text = answer_of(connection)[1]
        assert b"HTTP/1.1 408" in text


def test_the_rest_of_a_body_that_was_refused_is_not_waited_for_for_ever(brief):
    with brief.connect() as connection:
        head = brief.head("PUT /api/pictures HTTP/1.1", "Content-Length: 5000", signed_in=False)
        connection.sendall(head + b"begun")
        status, _ = answer_of(connection)
    assert status == 401


def test_a_connection_is_used_again_after_a_body_that_was_refused(door):
    with door.connect() as connection:
        head = door.head("PUT /api/pictures HTTP/1.1", "Content-Length: 5", signed_in=False)
        connection.sendall(head)
        assert first_status(connection) == 401
        connection.sendall(b"12345" + door.head("GET /api/echo HTTP/1.1", "Connection: close"))
        text = answer_of(connection)[1]
    assert b'"method":"GET"' in text


def test_several_requests_at_once_are_answered_in_turn(door):
    with door.connect() as connection:
        connection.sendall(door.head() * 3 + door.head("GET / HTTP/1.1", "Connection: close"))
        text = answer_of(connection)[1]
    assert text.count(b"HTTP/1.1 200") == 4
    assert text.endswith(b"the page")


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTQ/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(door, data):
    assert_refused(door.raw(data)[1], 400)


def test_a_head_that_does_not_end_is_refused(door):
    status, text = door.raw(b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000)
    assert status == 431
    assert_refused(text, 431)


@pytest.mark.parametrize(
    ("line", "more", "status"),
    [
        ("GET /api/echo HTTP/1.1", ["X: " + "y" * 17_000], 431),
        ("GET /api/echo HTTP/1.1", [f"X{k}: y" for k in range(100)], 431),
        ("GET /" + "x" * 5000 + " HTTP/1.1", [], 414),
        ("GET /api/echo?" + "x" * 5000 + " HTTP/1.1", [], 414),
    ],
)
def test_heads_have_limits(door, line, more, status):
    found, text = door.raw(door.head(line, *more, "Connection: close"))
    assert found == status
    assert_refused(text, status)


def test_usual_heads_are_within_the_limits(door):
    more = [f"X{k}: {'y' * 100}" for k in range(40)]
    assert door.raw(door.head("GET /api/echo HTTP/1.1", *more, "Connection: close"))[0] == 200


def test_too_many_connections_are_refused(door, monkeypatch):
    monkeypatch.setattr(module, "_MOST_CONNECTIONS", 3)
    monkeypatch.setattr(module, "HEAD_SECONDS", 60.0)
    held = [door.connect() for _ in range(3)]
    try:
        for one in held:  # so that each has been accepted
            one.sendall(door.head())
            assert first_status(one) == 200
        with door.connect() as another:
            assert_refused(answer_of(another)[1], 503)
    finally:
        for one in held:
            one.close()

    def is_let_in():
        with door.connect() as another:
            another.sendall(door.head("GET /api/echo HTTP/1.1", "Connection: close"))
            return answer_of(another)[0] == 200

    wait_until(is_let_in)
