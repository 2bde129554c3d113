"""Events end as a whole answer, whoever ends them, and their source is closed."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect

from ortstyle.studio.http.event_answer import EventAnswer


class Texts:
    """Texts of events, after which nothing comes, or the end."""

    def __init__(self, *texts, ends):
        self.texts, self.ends, self.is_closed = list(texts), ends, False

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.texts:
            return self.texts.pop(0)
        if self.ends:
            raise StopAsyncIteration
        return await asyncio.Event().wait()

    async def aclose(self):
        self.is_closed = True


def run(texts, *, leaves_after=None, fails_after=None):
    """Return the messages that an answer sends to a client, which may leave."""
    messages, gone = [], asyncio.Event()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if len(messages) == fails_after:
            raise OSError
        messages.append(message)
        if len(messages) == leaves_after:
            gone.set()

    asyncio.run(asyncio.wait_for(EventAnswer(texts)({}, receive, send), 60))
    assert texts.is_closed
    return messages


def test_all_is_sent_and_ended():
    messages = run(Texts("a", "ü", ends=True))
    assert [message.get("body") for message in messages] == [None, b"a", "ü".encode(), b""]
    assert [message.get("more_body") for message in messages] == [None, True, True, None]
    names = {name for name, _ in messages[0]["headers"]}
    assert b"content-length" not in names
    assert b"x-accel-buffering" in names


def test_it_ends_when_it_is_ended_from_outside():
    messages = run(Texts("a", ends=False), leaves_after=2)
    assert [message.get("body") for message in messages] == [None, b"a", b""]


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_a_client_that_is_gone(sent):
    texts = Texts("a", "b", ends=False)
    with pytest.raises(ClientDisconnect):
        run(texts, fails_after=sent)
    assert texts.is_closed
