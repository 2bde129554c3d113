"""An answer that goes on until its client has gone, or until the studio ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: No proxy is to hold back or change what is sent as it happens.
EVENT_HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}


class EventAnswer(Response):
    """Server-sent events as they come.

    It ends as a whole answer also when it is ended from outside, so that the client sees a stream
    that is over, and not one that has failed.

    Parameters
    ----------
    texts
        The text of the events. Its method `aclose` is called at the end.
    """

    def __init__(self, texts: AsyncIterator[str]) -> None:
        super().__init__(media_type="text/event-stream", headers=EVENT_HEADERS)
        del self.headers["content-length"]
        self._texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the events, as the interface of ASGI has it."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        gone: asyncio.Future[Any] = asyncio.ensure_future(_until_gone(receive))
        try:
            await send(start)
            while (text := await self._next(gone)) is not None:
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except OSError as error:  # as servers tell that the client has gone
            raise ClientDisconnect from error
        finally:
            gone.cancel()
            await self._texts.aclose()  # type: ignore[attr-defined]

    async def _next(self, gone: asyncio.Future[Any]) -> str | None:
        """Return the next text; None at the end, or as soon as the client has gone."""
        text: asyncio.Future[Any] = asyncio.ensure_future(_text(self._texts))
        try:
            await asyncio.wait({text, gone}, return_when="FIRST_COMPLETED")
            if gone.done():
                return None
            found: str | None = text.result()
            return found
        finally:
            if not text.done():
                text.cancel()
                await asyncio.wait([text])


async def _text(texts: AsyncIterator[str]) -> str | None:
    return await anext(texts, None)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
