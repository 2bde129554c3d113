"""How large the body of a request may be, and how long it may take to come."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from starlette.types import Message, Receive, Scope

from ortstyle.errors import StudioError
from ortstyle.studio.faults import Refused, TooLarge
from ortstyle.studio.guard.headers import values_of

#: Bytes of a picture that is sent.
UPLOAD_BYTES: Final = 300_000_000
#: Bytes of a film that is sent.
CLIP_BYTES: Final = 20_000_000_000
#: Bytes of a body in JSON; an order has some thousand.
JSON_BYTES: Final = 1_000_000


CLIPS_PATH: Final = "/api/clips"


class TooSlow(StudioError):  # noqa: N818  an answer, as those of `faults`
    """A body stopped coming, or took too long."""

    status = 408


class Closing(StudioError):  # noqa: N818  a state
    """The studio is being closed."""

    status = 503


@dataclass(frozen=True)
class BodyLimit:
    """What a body may take.

    Attributes
    ----------
    bytes
        Its size.
    idle_seconds
        How long nothing may come.
    seconds
        How long all of it may take.
    """

    bytes: int
    idle_seconds: float = 20.0
    seconds: float = 30.0


@dataclass(frozen=True)
class BodyLimits:
    """What the bodies of requests may take, by what they are for."""

    upload: BodyLimit = BodyLimit(UPLOAD_BYTES, seconds=3600.0)
    clip: BodyLimit = BodyLimit(CLIP_BYTES, seconds=4 * 3600.0)
    other: BodyLimit = BodyLimit(JSON_BYTES)

    def of(self, scope: Scope) -> BodyLimit:
        """Return what the body of a request may take."""
        if not is_upload(scope):
            return self.other
        return self.clip if scope["path"] == CLIPS_PATH else self.upload


def is_upload(scope: Scope) -> bool:
    """Return whether a request sends a picture or a film, which is not kept in memory."""
    return bool(scope["method"] == "PUT" and scope["path"] in ("/api/pictures", CLIPS_PATH))


def check_length(scope: Scope, limit: BodyLimit) -> None:
    """Raise a fault if a request says of itself that its body is too large, or says it twice.

    Raises
    ------
    TooLarge
        It is too large.
    Refused
        Its length is told in two ways.
    """
    lengths = values_of(scope, b"content-length")
    if len(lengths) > 1 or (lengths and values_of(scope, b"transfer-encoding")):
        raise Refused("The length of the body is told in two ways.")
    if lengths and not (lengths[0].isascii() and lengths[0].isdigit()):
        raise Refused("The length of the body is no number.")
    if lengths and (len(lengths[0]) > 18 or int(lengths[0]) > limit.bytes):
        raise _too_large(limit)


class Body:
    """The body of a request, as it comes, within limits.

    An application that calls `receive` hears that the client is gone as soon as a limit is passed,
    so that it leaves nothing behind; `fault` then says what to answer in its place.

    Parameters
    ----------
    receive
        Receives the messages of the request.
    limit
        What the body may take.
    closing
        Set when the studio is being closed; then nothing is waited for any more.
    clock
        Returns seconds.

    Attributes
    ----------
    fault
        The limit that was passed; None while there is none.
    is_over
        Whether all of the body has come.
    """

    def __init__(
        self,
        receive: Receive,
        limit: BodyLimit,
        closing: asyncio.Event,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._receive, self._limit, self._closing, self._clock = receive, limit, closing, clock
        self._end = clock() + limit.seconds
        self._left = limit.bytes
        self.fault: StudioError | None = None
        self.is_over = False

    async def receive(self) -> Message:
        """Receive the next part of the body, or after it, that the client has gone."""
        if self.fault:
            return {"type": "http.disconnect"}
        seconds = None
        if not self.is_over:
            seconds = min(self._limit.idle_seconds, self._end - self._clock())
        try:
            message = await _before(self._receive, self._closing, seconds)
        except TimeoutError:
            return self._stop(TooSlow("The rest of what was being sent did not come in time."))
        if message is None:
            return self._stop(Closing("The studio is being closed."))
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self.is_over = not message.get("more_body", False)
            if self._left < 0:
                return self._stop(_too_large(self._limit))
        return message

    async def read(self) -> bytes | None:
        """Return the whole body; None if it was cut off, or a limit was passed."""
        parts = bytearray()
        while not self.is_over:
            message = await self.receive()
            if message["type"] != "http.request":
                return None
            parts += message.get("body", b"")
        return bytes(parts)

    def _stop(self, fault: StudioError) -> Message:
        # After the whole body there is an answer on its way, which nothing replaces.
        self.fault = None if self.is_over and not isinstance(fault, TooLarge) else fault
        return {"type": "http.disconnect"}


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a function that gives a body that was read before, then what `receive` gives."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return parts.pop() if parts else await receive()

    return receive_again


def _too_large(limit: BodyLimit) -> TooLarge:
    size = f"{limit.bytes / 1e6:g} MB" if limit.bytes >= 1e5 else f"{limit.bytes} bytes"
    return TooLarge(f"What was sent is larger than {size}, which is the limit.")


async def _before(receive: Receive, event: asyncio.Event, seconds: float | None) -> Message | None:
    """Receive a message; return None if an event is set before; raise TimeoutError after a time."""
    if seconds is not None and seconds <= 0:
        raise TimeoutError
    message, over = asyncio.ensure_future(receive()), asyncio.ensure_future(event.wait())
    try:
        done, _ = await asyncio.wait(
            (message, over), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            raise TimeoutError
        return message.result() if message in done else None
    finally:
        message.cancel()
        over.cancel()
