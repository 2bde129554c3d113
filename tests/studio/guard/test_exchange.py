"""A request and its answer: who stops to read is let go, and a fault of the body comes first."""

import asyncio
import json

import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ortstyle.studio.faults import NotFound
from ortstyle.studio.guard import exchange as module
from ortstyle.studio.guard.access import TooManyTries
from ortstyle.studio.guard.body_limits import BodyLimit, TooSlow
from ortstyle.studio.guard.exchange import Exchange, fault_response
from ortstyle.studio.guard.sign_in import NotSignedIn

START = {"type": "http.response.start", "status": 200, "headers": []}


class Wire:
    """What an exchange has sent."""

    def __init__(self, *, is_stuck=False):
        self.sent, self._is_stuck = [], is_stuck

    async def receive(self):
        return {"type": "http.disconnect"}

    async def send(self, message):
        if self._is_stuck:
            await asyncio.Event().wait()
        self.sent.append(message)

    def exchange(self):
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        closing = asyncio.Event()
        return Exchange(scope, self.receive, self.send, limit=BodyLimit(10), closing=closing)

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}


def test_an_answer_is_given_once():
    async def answer():
        wire = Wire()
        exchange = wire.exchange()
        await exchange.respond(Response("a"))
        await exchange.respond(Response("b"))
        await exchange.refuse(NotFound("There is nothing."))
        return wire.sent

    assert [message.get("body") for message in asyncio.run(answer())] == [None, b"a"]


def test_a_fault_of_the_body_takes_the_answer_s_place():
    async def answer():
        wire = Wire()
        exchange = wire.exchange()
        exchange.body.fault = TooSlow("It did not come.")
        await exchange.send(START)
        assert wire.sent == []
        await exchange.refuse(exchange.body.fault)
        return wire

    wire = asyncio.run(answer())
    assert wire.status == 408
    assert json.loads(wire.sent[1]["body"]) == {"error": "It did not come.", "kind": "TooSlow"}


def test_an_answer_that_was_begun_goes_on():
    async def answer():
        wire = Wire()
        exchange = wire.exchange()
        await exchange.send(START)
        exchange.body.fault = TooSlow("It did not come.")
        await exchange.send({"type": "http.response.body", "body": b"x"})
        return wire.sent

    assert len(asyncio.run(answer())) == 2


def test_a_stream_without_an_end_is_ended():
    async def answer():
        wire = Wire()
        exchange = wire.exchange()
        await exchange.end()  # nothing was begun
        await exchange.send(START)
        await exchange.send({"type": "http.response.body", "body": b"x", "more_body": True})
        await exchange.end()
        await exchange.end()
        return wire.sent

    assert [message.get("body") for message in asyncio.run(answer())] == [None, b"x", b""]


def test_who_stops_to_read_is_let_go(monkeypatch):
    monkeypatch.setattr(module, "SEND_SECONDS", 0.05)

    async def answer():
        exchange = Wire(is_stuck=True).exchange()
        for _ in range(2):
            with pytest.raises(ClientDisconnect):
                await exchange.send(START)

    asyncio.run(answer())


def test_faults_tell_what_to_do_in_headers_too():
    def headers(fault):
        wire = Wire()

        async def answer():
            await wire.exchange().refuse(fault)

        asyncio.run(answer())
        return wire.status, wire.headers

    status, found = headers(TooManyTries(5))
    assert (status, found["retry-after"]) == (429, "5")
    status, found = headers(NotSignedIn("Sign in."))
    assert (status, found["www-authenticate"]) == (401, "Bearer")


def test_a_fault_is_a_sentence_in_json():
    answer = fault_response("Das Gemälde fehlt.", "NotFound", 404)
    assert json.loads(answer.body) == {"error": "Das Gemälde fehlt.", "kind": "NotFound"}
    assert answer.headers["content-type"] == "application/json"
