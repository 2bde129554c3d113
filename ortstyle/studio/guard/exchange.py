"""One request and its answer, within limits of size and time."""

import asyncio
import json
from contextlib import suppress

import anyio
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ortstyle.errors import StudioError
from ortstyle.studio.guard.access import TooManyTries
from ortstyle.studio.guard.body_limits import Body, BodyLimit
from ortstyle.studio.guard.headers import securing

#: A client that reads nothing for so long is gone, such as a laptop that sleeps.
SEND_SECONDS = 60.0
_METHODS = "GET, HEAD, POST, PUT, DELETE"


class Exchange:
    """One request and its answer.

    Parameters
    ----------
    scope, receive, send
        Those of the request, as the interface of ASGI has them.
    limit
        What its body may take.
    closing
        Set when the studio is being closed.

    Attributes
    ----------
    body
        The body of the request.
    is_begun
        Whether an answer has been begun, so that there can be no other.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        limit: BodyLimit,
        closing: asyncio.Event,
    ) -> None:
        self._scope, self._send_on = scope, securing(send)
        self.body = Body(receive, limit, closing)
        self.is_begun = self._is_gone = self._is_over = False

    async def send(self, message: Message) -> None:
        """Send a part of the application's answer, which a fault of the body replaces.

        Raises
        ------
        ClientDisconnect
            The client has stopped to read.
        """
        if not self.body.fault or self.is_begun:
            self.is_begun = True
            await self._send_in_time(message)

    async def respond(self, response: Response) -> None:
        """Answer, unless an answer has been begun."""
        if not self.is_begun:
            self.is_begun = True
            await response(self._scope, self.body.receive, self._send_in_time)

    async def refuse(self, fault: StudioError) -> None:
        """Answer with a fault, unless an answer has been begun."""
        status = 429 if isinstance(fault, TooManyTries) else getattr(fault, "status", 400)
        response = fault_response(str(fault), type(fault).__name__, status)
        if isinstance(fault, TooManyTries):
            response.headers["retry-after"] = str(fault.seconds)
        if status == 405:
            response.headers["allow"] = _METHODS
        if status == 401:
            response.headers["www-authenticate"] = "Bearer"
        await self.respond(response)

    async def end(self) -> None:
        """End an answer that was begun and has no end of its own, such as a stream of events."""
        if self.is_begun and not self._is_over:
            with suppress(ClientDisconnect, RuntimeError):
                await self._send_in_time({"type": "http.response.body", "body": b""})

    async def _send_in_time(self, message: Message) -> None:
        if self._is_gone:
            raise ClientDisconnect
        if message["type"] == "http.response.body":
            self._is_over = not message.get("more_body", False)
        try:
            with anyio.fail_after(SEND_SECONDS):
                await self._send_on(message)
        except TimeoutError as error:
            self._is_gone = True
            raise ClientDisconnect from error


def fault_response(text: str, kind: str, status: int) -> Response:
    """Return the answer that tells a fault to the page, in a sentence."""
    data = json.dumps({"error": text, "kind": kind}, ensure_ascii=False)
    return Response(data, status, media_type="application/json")
