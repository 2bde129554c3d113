"""The events that tabs of the page hear: numbered, remembered, and never more than a tab can take.

A tab that was away tells the last event that it has heard, and gets what has happened since. All
tabs read from one memory, in which only the newest of the events that replace each other is kept; a
tab holds nothing but the number of its last event, however slow it is. One that was away for too
long is told to fetch everything again.
"""

import asyncio
import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from threading import RLock
from time import monotonic
from typing import Any, Literal, NamedTuple, Self
from weakref import WeakSet

from ortstyle.studio.faults import Conflict

#: The kinds of events. The first of a tab is "hello"; at "reload" it fetches everything again.
Kind = Literal["hello", "reload", "painting", "removed", "picture", "queue", "notice"]

MOST_TABS = 32
_REMEMBERED = 1000  # events
_HEARTBEAT = 15.0  # seconds of silence after which a tab is told that the studio is there
_GONE = 60.0  # seconds after which a tab that takes nothing gives way to a new one
_RETRY = 2000  # milliseconds before a tab connects again
_ID = re.compile("([0-9a-f]{8})-([0-9]{1,15})")


class _Entry(NamedTuple):
    """An event in the memory, and the text that is sent."""

    number: int
    text: str


class EventHub:
    """Takes events from any thread, and hands them to the tabs that have subscribed."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(4)
        self._lock = RLock()
        self._entries: OrderedDict[object, _Entry] = OrderedDict()  # in the order of their numbers
        self._number = 0  # of the last event
        self._forgotten = 0  # the last number that is remembered no more
        self._tabs: WeakSet[Subscription] = WeakSet()
        self._is_closed = False

    @property
    def tabs(self) -> int:
        """How many tabs have subscribed."""
        with self._lock:
            return len(self._tabs)

    def publish(self, kind: Kind, data: Mapping[str, Any]) -> None:
        """Tell an event to all tabs; any thread may call this.

        An event "painting" replaces earlier ones of the same "id", and "queue" all earlier ones;
        "removed" those of the painting.

        Parameters
        ----------
        kind, data
            The event; the data are what JSON can hold.
        """
        with self._lock:
            self._number += 1
            text = self._text(kind, data, self._number)
            key = _key_of(kind, data, self._number)
            self._entries.pop(key, None)
            if kind == "removed":
                self._entries.pop(("painting", data.get("id")), None)
            self._entries[key] = _Entry(self._number, text)
            while len(self._entries) > _REMEMBERED:
                _, oldest = self._entries.popitem(last=False)
                self._forgotten = oldest.number
            for tab in list(self._tabs):
                tab.wake()

    def subscribe(self, last_event_id: str | None = None) -> "Subscription":
        """Return the events of a tab from now on, as text of server-sent events.

        To be called where an event loop runs, which then iterates over what is returned.

        Parameters
        ----------
        last_event_id
            The id of the last event that the tab has heard; None for a tab that is new.

        Raises
        ------
        Conflict
            There are too many tabs already, or the studio ends.
        """
        with self._lock:
            if self._is_closed:
                raise Conflict("the studio is being closed")
            self._drop_gone()
            if len(self._tabs) >= MOST_TABS:
                raise Conflict(f"{MOST_TABS} tabs show this studio already; close one of them")
            first = f"retry: {_RETRY}\n\n"
            since = self._number
            if not last_event_id:
                first += self._text("hello", {}, since)
            else:
                since = self._since(last_event_id)
            tab = Subscription(self, since=since, first=first)
            self._tabs.add(tab)
            return tab

    def close(self) -> None:
        """End all subscriptions, so that the server can end; any thread may call this."""
        with self._lock:
            self._is_closed = True
            tabs = list(self._tabs)
            self._tabs.clear()
        for tab in tabs:
            tab.wake()

    def has(self, tab: "Subscription") -> bool:
        """Return whether a subscription goes on."""
        with self._lock:
            return tab in self._tabs

    def drop(self, tab: "Subscription") -> None:
        """End a subscription."""
        with self._lock:
            self._tabs.discard(tab)

    def read(self, since: int) -> tuple[str, int]:
        """Return the text of the events after a number, and the number of the last one.

        If some of them are forgotten, the text is the event "reload".
        """
        with self._lock:
            if since < self._forgotten:
                return self._text("reload", {}, self._number), self._number
            found: list[str] = []
            for entry in reversed(self._entries.values()):
                if entry.number <= since:
                    break
                found.append(entry.text)
            return "".join(reversed(found)), self._number

    def _since(self, last_event_id: str) -> int:
        """Return the number in an id; -1, which is always forgotten, for one of another studio."""
        found = _ID.fullmatch(last_event_id)
        if not found or found[1] != self._boot or int(found[2]) > self._number:
            return -1
        return int(found[2])

    def _drop_gone(self) -> None:
        """Let the tab go that has taken nothing for the longest time, if it is needed and gone."""
        if len(self._tabs) >= MOST_TABS:
            slowest = min(self._tabs, key=lambda tab: tab.read_at)
            if monotonic() - slowest.read_at > _GONE:
                self._tabs.discard(slowest)
                slowest.wake()

    def _text(self, kind: Kind, data: Mapping[str, Any], number: int) -> str:
        line = json.dumps(data, allow_nan=False)
        return f"id: {self._boot}-{number}\nevent: {kind}\ndata: {line}\n\n"


class Subscription:
    """The events of one tab, an asynchronous iterator of text."""

    def __init__(self, hub: EventHub, *, since: int, first: str) -> None:
        self._hub, self._since, self._first = hub, since, first
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        self._news.set()
        #: When the tab took something last, on the clock of `monotonic`.
        self.read_at = monotonic()

    def wake(self) -> None:
        """Say that there is news; any thread may call this."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._news.set)

    async def aclose(self) -> None:
        """End the subscription."""
        self._hub.drop(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            text = await self._next()
        except BaseException:
            self._hub.drop(self)
            raise
        self.read_at = monotonic()
        return text

    async def _next(self) -> str:
        self.read_at = monotonic()
        if self._first:
            first, self._first = self._first, ""
            return first
        while self._hub.has(self):
            self._news.clear()
            text, self._since = self._hub.read(self._since)
            if text:
                return text
            try:
                await asyncio.wait_for(self._news.wait(), _HEARTBEAT)
            except TimeoutError:
                return "event: heartbeat\ndata: {}\n\n"  # without an id, so that none is forgotten
        raise StopAsyncIteration


def _key_of(kind: Kind, data: Mapping[str, Any], number: int) -> object:
    """Return a key that an event shares with those that it replaces."""
    if kind == "painting":
        return kind, data.get("id")
    return kind if kind == "queue" else number
