"""What stands before the studio's application and lets only its user's requests through."""

import asyncio
import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from ortstyle.errors import StudioError
from ortstyle.studio.guard.access import Access
from ortstyle.studio.guard.body_limits import BodyLimit, BodyLimits, check_length, is_upload, replay
from ortstyle.studio.guard.entrance import LOGIN_PATH, Entrance
from ortstyle.studio.guard.exchange import Exchange, fault_response
from ortstyle.studio.guard.request_checks import check_request

_LOG = logging.getLogger(__name__)
_LOGIN = BodyLimit(8192)


class Guard:
    """Lets requests of the studio's user through to an application, and answers all others.

    It stands before everything: whatever the application answers leaves with the headers of
    `headers.secured`, and an application that fails is answered for.

    Parameters
    ----------
    app
        The application.
    access
        Who may use it.
    limits
        What bodies may take.
    """

    def __init__(self, app: ASGIApp, access: Access, *, limits: BodyLimits | None = None) -> None:
        self._app, self._access, self._entrance = app, access, Entrance(access)
        self._limits = limits or BodyLimits()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End the requests that would wait, such as streams of events; call it in the loop."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as the interface of ASGI has it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # there are none; before it is accepted this is a 403
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            limit = _LOGIN if scope["path"] == LOGIN_PATH else self._limits.of(scope)
            exchange = Exchange(scope, receive, send, limit=limit, closing=self._closing)
            await self._answer(scope, exchange, limit)

    async def _answer(self, scope: Scope, exchange: Exchange, limit: BodyLimit) -> None:
        """Answer a request, whatever happens."""
        body = exchange.body
        try:
            await self._pass(scope, exchange, limit)
        except ClientDisconnect:
            pass
        except StudioError as fault:
            await exchange.refuse(fault)
        except Exception as error:  # noqa: BLE001  whatever it is, the client has an answer
            if not body.fault:  # an application may fail that hears of a fault in a body
                _LOG.exception("%s %s failed", scope["method"], scope["path"], exc_info=error)
                text = "The studio has a fault and could not do this; its log says more."
                await exchange.respond(fault_response(text, "Fault", 500))
        if body.fault:
            await exchange.refuse(body.fault)

    async def _pass(self, scope: Scope, exchange: Exchange, limit: BodyLimit) -> None:
        check_request(scope, self._access)
        if scope["path"] == LOGIN_PATH:
            check_length(scope, limit)
        response = await self._entrance.respond(scope, exchange.body)
        if response:
            await exchange.respond(response)
        elif scope["path"] != LOGIN_PATH:
            check_length(scope, limit)
            receive: Receive = exchange.body.receive
            if not is_upload(scope):
                data = await exchange.body.read()
                if data is None:
                    return
                receive = replay(data, receive)
            await self._app(scope, receive, exchange.send)
            if self._closing.is_set():
                await exchange.end()
