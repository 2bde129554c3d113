"""A connection of HTTP/1.1 that waits for nobody for ever; the rest is uvicorn's."""

import asyncio
import json
import socket
import sys
from contextlib import suppress
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ortstyle.studio.guard.headers import secured

#: Seconds in which the head of a request must have come, from the first byte on; also how long a
#: connection may be open before there is one.
HEAD_SECONDS: Final = 20.0
#: Seconds in which the rest of a body may come and is thrown away, after an answer that needs none
#: of it; a browser shows the answer only once it has sent the body.
_REST_SECONDS: Final = 30.0
#: A browser has six. macOS lets a process open 256 files, unless told otherwise.
_MOST_CONNECTIONS: Final = 128
#: Bytes of a request's head, as far as it has come.
HEAD_BYTES: Final = 16_384

_SENTENCES = {
    408: "The request did not come in time.",
    431: "The request has too many headers.",
    503: "The studio has too many connections.",
}
_NO_REQUEST = "This is no request that the studio understands."


class StudioConnection(H11Protocol):
    """A connection that is closed if a request does not come in time, or if there are too many."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        self._timer: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        # asyncio does so only for sockets that were made with a protocol's number; otherwise the
        # body of each answer waits until a client has confirmed its head, often 40 ms.
        if connection := transport.get_extra_info("socket"):
            with suppress(OSError):  # macOS, if the client is gone already
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > _MOST_CONNECTIONS:
            self._refuse(503)
        else:
            self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and wait for the rest of a request's head, or for nothing."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            if self._timer is None:
                self._wait(HEAD_SECONDS)
        elif self.conn.our_state is not h11.DONE:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one's body, which nobody needs."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._wait(_REST_SECONDS)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  it is the same for all
        """Answer what is no request."""
        self._refuse(getattr(sys.exc_info()[1], "error_status_hint", 400))

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _give_up(self) -> None:
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer without the application, and close the connection."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            text = _SENTENCES.get(status, _NO_REQUEST)
            body = json.dumps({"error": text, "kind": "NoRequest"}).encode()
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ]
            events: list[Any] = [
                h11.Response(status_code=status, headers=secured(headers)),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ]
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
