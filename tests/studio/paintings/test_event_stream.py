"""The events of a tab: numbered, replayed after a break, bounded, and ended when the tab goes."""

import asyncio
import gc
import json
import socket
from itertools import count as counting
from threading import Thread

import pytest
from served import serving
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
from supervised import wait_until

from ortstyle.studio.faults import Conflict
from ortstyle.studio.paintings import event_stream as module
from ortstyle.studio.paintings.event_stream import MOST_TABS, EventHub


def parse(text):
    """Return (id, kind, data) of each event in the text of a stream, as a browser reads it."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "data" in fields:
            found.append((fields.get("id"), fields["event"], json.loads(fields["data"])))
    return found


async def read(hub, last=None, *, count=1):
    """Subscribe, and return so many events, in the form (id, kind, data)."""
    stream, found = hub.subscribe(last), []
    while len(found) < count:
        found += parse(await anext(stream))
    await stream.aclose()
    return found


def run(function):
    """Run an asynchronous test with a hub."""
    asyncio.run(asyncio.wait_for(function(EventHub()), 60))


def test_a_new_tab_is_greeted_and_hears_what_happens_from_then_on():
    async def test(hub):
        hub.publish("notice", {"text": "before"})
        stream = hub.subscribe()
        first = await anext(stream)
        assert first.startswith("retry: ")
        ((_, kind, data),) = parse(first)
        assert (kind, data) == ("hello", {})
        hub.publish("notice", {"text": "ä\r\nid: 9\udce9"})
        hub.publish("picture", {"id": "1"})
        found = parse(await anext(stream))
        assert [event[1:] for event in found] == [
            ("notice", {"text": "ä\r\nid: 9\udce9"}),
            ("picture", {"id": "1"}),
        ]

    run(test)


def test_events_come_from_other_threads_in_their_order():
    async def test(hub):
        stream = hub.subscribe()
        await anext(stream)
        publishers = [
            Thread(target=lambda n=n: [hub.publish("notice", {"n": [n, i]}) for i in range(50)])
            for n in range(4)
        ]
        for publisher in publishers:
            publisher.start()
        found = []
        while len(found) < 200:
            found += parse(await anext(stream))
        for publisher in publishers:
            publisher.join()
        for n in range(4):
            assert [data["n"][1] for _, _, data in found if data["n"][0] == n] == list(range(50))
        numbers = [int(id_.split("-")[1]) for id_, _, _ in found]
        assert numbers == sorted(numbers)

    run(test)


def test_a_tab_that_was_away_misses_nothing():
    async def test(hub):
        ((last, _, _),) = await read(hub)
        for n in range(3):
            hub.publish("notice", {"n": n})
        found = await read(hub, last, count=3)
        assert [data["n"] for _, _, data in found] == [0, 1, 2]
        again = await read(hub, found[0][0], count=2)
        assert again == found[1:]

    run(test)


@pytest.mark.parametrize(
    "last", ["00000000-1", "1", "x", "", "0" * 8 + "-" + "9" * 40, "\u0660" * 8 + "-1"]
)
def test_an_id_of_another_studio_makes_the_tab_fetch_everything(last):
    async def test(hub):
        hub.publish("notice", {})
        ((id_, kind, _),) = await read(hub, last)
        assert kind == ("reload" if last else "hello")
        hub.publish("notice", {"n": 1})
        assert await read(hub, id_) == [(id_[:-1] + "2", "notice", {"n": 1})]

    run(test)


def test_an_id_from_the_future_makes_the_tab_fetch_everything():
    async def test(hub):
        ((last, _, _),) = await read(hub)
        assert (await read(hub, last[:-1] + "7"))[0][1] == "reload"

    run(test)


def test_a_tab_that_was_away_too_long_fetches_everything(monkeypatch):
    monkeypatch.setattr(module, "_REMEMBERED", 10)

    async def test(hub):
        ((last, _, _),) = await read(hub)
        for n in range(10):
            hub.publish("notice", {"n": n})
        assert len(await read(hub, last, count=10)) == 10
        hub.publish("notice", {})
        assert (await read(hub, last))[0][1] == "reload"

    run(test)


def test_of_each_painting_a_slow_tab_gets_the_newest_event_and_nothing_is_piled_up():
    async def test(hub):
        stream = hub.subscribe()
        await anext(stream)
        for n in range(5000):
            hub.publish("painting", {"id": str(n % 3), "n": n})
            hub.publish("queue", {"n": n})
        assert len(hub._entries) == 4
        found = parse(await anext(stream))
        assert [data["n"] for _, _, data in found] == [4997, 4998, 4999, 4999]

    run(test)


def test_a_painting_that_was_removed_is_not_told_any_more():
    async def test(hub):
        ((last, _, _),) = await read(hub)
        hub.publish("painting", {"id": "1"})
        hub.publish("removed", {"id": "1", "what": "painting"})
        found = await read(hub, last)
        assert [kind for _, kind, _ in found] == ["removed"]

    run(test)


def test_a_silent_studio_is_heard(monkeypatch):
    monkeypatch.setattr(module, "_HEARTBEAT", 0.01)

    async def test(hub):
        stream = hub.subscribe()
        await anext(stream)
        for _ in range(3):
            assert parse(await anext(stream)) == [(None, "heartbeat", {})]

    run(test)


def test_there_is_a_limit_of_tabs():
    async def test(hub):
        tabs = [hub.subscribe() for _ in range(MOST_TABS)]
        with pytest.raises(Conflict, match="close one"):
            hub.subscribe()
        await tabs[0].aclose()
        tabs[0] = hub.subscribe()
        with pytest.raises(Conflict):
            hub.subscribe()

    run(test)


def test_a_tab_that_takes_nothing_gives_way_to_a_new_one(monkeypatch):
    # Windows' clock may tell the same time again and again.
    monkeypatch.setattr(module, "monotonic", counting().__next__)

    async def test(hub):
        tabs = [hub.subscribe() for _ in range(MOST_TABS)]
        monkeypatch.setattr(module, "_GONE", 0.0)
        for tab in tabs[1:]:
            await anext(tab)
        new = hub.subscribe()
        assert not hub.has(tabs[0])
        assert hub.has(new)
        assert hub.tabs == MOST_TABS

    run(test)


def test_a_closed_hub_ends_its_tabs_and_takes_no_more():
    async def test(hub):
        stream = hub.subscribe()
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream, "ended"))
        await asyncio.sleep(0)
        hub.close()
        assert await waiting == "ended"
        with pytest.raises(Conflict, match="being closed"):
            hub.subscribe()

    run(test)


def test_a_tab_that_is_cancelled_or_forgotten_leaves_nothing_behind():
    async def test(hub):
        cancelled, forgotten = hub.subscribe(), hub.subscribe()
        await anext(cancelled)
        waiting = asyncio.ensure_future(anext(cancelled))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert hub.tabs == 1
        del forgotten
        gc.collect()
        assert hub.tabs == 0

    run(test)


def test_a_loop_that_has_ended_does_not_disturb_the_others():
    hub, tabs = EventHub(), []

    async def leave():
        tabs.append(hub.subscribe())

    asyncio.run(leave())
    hub.publish("notice", {})
    assert hub.tabs == 1


@pytest.fixture
def served_hub():
    """Return a hub, and a function that opens a connection to its stream."""
    hub = EventHub()

    async def events(request):
        stream = hub.subscribe(request.headers.get("last-event-id"))
        return StreamingResponse(stream, media_type="text/event-stream")

    with serving(Starlette(routes=[Route("/", events)])) as address:
        host, _, port = address.removeprefix("http://").partition(":")

        def connect():
            connection = socket.create_connection((host, int(port)), timeout=60)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: studio\r\n\r\n")
            found = b""
            while b"event: hello" not in found:
                found += connection.recv(10_000)
            return connection

        yield hub, connect
        hub.close()


def test_tabs_that_come_and_go_leave_nothing_behind(served_hub):
    hub, connect = served_hub
    for _ in range(3):
        connections = [connect() for _ in range(MOST_TABS)]
        assert hub.tabs == MOST_TABS
        hub.publish("notice", {"text": "to all"})
        for connection in connections:
            assert b"to all" in connection.recv(10_000)
            connection.close()
        wait_until(lambda: hub.tabs == 0)


def test_a_tab_that_reads_nothing_and_goes_leaves_nothing_behind(served_hub):
    hub, connect = served_hub
    connection = connect()
    for _ in range(200):  # more than the system's buffers take
        hub.publish("notice", {"text": "x" * 100_000})
    connection.close()
    wait_until(lambda: hub.tabs == 0)
