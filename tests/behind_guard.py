"""A small application behind the studio's guard, on a port of this machine, and raw requests."""

import asyncio
import json
import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from ortstyle.studio.http.server import StudioServer

PATIENCE = 60


async def echo(request: Request):
    body = await request.body()
    return JSONResponse({"method": request.method, "bytes": len(body)})


async def upload(request: Request):
    """Count what comes, and note whether all of it has come, as what keeps files does."""
    seen, request.app.state.outcome = 0, "begun"
    try:
        async for chunk in request.stream():
            seen += len(chunk)
    except BaseException as error:
        request.app.state.outcome = type(error).__name__
        raise
    request.app.state.outcome = "whole"
    return JSONResponse({"bytes": seen}, 201)


async def swallow(request: Request):
    """Answer that all is well, whatever comes."""
    try:
        return JSONResponse({"bytes": len(await request.body())})
    except Exception:  # noqa: BLE001
        return PlainTextResponse("all is well")


async def events(request: Request):
    async def lines():
        yield "event: hello\ndata: {}\n\n"
        request.app.state.streams += 1
        try:
            await asyncio.Event().wait()
        finally:
            request.app.state.streams -= 1

    return StreamingResponse(lines(), media_type="text/event-stream")


async def fail(request: Request):
    raise ZeroDivisionError("a secret of this machine")


async def fail_later(request: Request):
    async def parts():
        yield "begun"
        raise ZeroDivisionError("a secret of this machine")

    return StreamingResponse(parts())


async def index(request: Request):
    return PlainTextResponse("the page")


def small_app():
    """Return an application that does what the studio's does, without a studio."""
    both = ["GET", "POST", "PUT", "DELETE"]
    app = Starlette(
        routes=[
            Route("/", index),
            Route("/api/echo", echo, methods=both),
            Route("/api/pictures", upload, methods=["PUT"]),
            Route("/api/swallow", swallow, methods=both),
            Route("/api/events", events),
            Route("/api/fail", fail),
            Route("/api/fail-later", fail_later),
        ]
    )
    app.state.streams, app.state.outcome = 0, ""
    return app


class FakeStudio:
    """Notes in its folder what it is told, and when it is closed."""

    def __init__(self, folder, **told):
        self._path = folder.path / "fake.json"
        self._path.write_text(json.dumps(told))

    def close(self):
        self._path.with_name("closed").write_text("closed")


#: What a process runs first in which `ortstyle studio` shall serve a fake studio.
FAKE = f"""
import sys, types
sys.path.insert(0, {str(Path(__file__).parent)!r})
import behind_guard, ortstyle.studio.http.app
fake = types.ModuleType("ortstyle.studio.studio")
fake.Studio = behind_guard.FakeStudio
sys.modules[fake.__name__] = fake
ortstyle.studio.http.app.make_app = lambda studio, access: behind_guard.small_app()
"""


@dataclass
class Running:
    """A server that runs in a thread."""

    server: StudioServer
    app: Starlette
    thread: Thread

    @property
    def port(self):
        return int(self.server.url.rpartition(":")[2].strip("/"))

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def cookie(self):
        return self.server.access.cookie().partition(";")[0]

    def client(self, *, signed_in=True, **options):
        headers = {"Cookie": self.cookie} if signed_in else {}
        return httpx.Client(
            base_url=self.server.url, timeout=PATIENCE, trust_env=False, headers=headers, **options
        )

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def head(self, line="GET /api/echo HTTP/1.1", *more, signed_in=True, host=None):
        """Return the head of a request."""
        lines = [line, f"Host: {host or self.host}", *more]
        if signed_in:
            lines.append(f"Cookie: {self.cookie}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def raw(self, data):
        """Send bytes and return the status and all of the answer, until the server closes."""
        with self.connect() as connection:
            connection.sendall(data)
            return answer_of(connection)


def answer_of(connection):
    """Return the status of an answer and all that comes until the connection is closed."""
    parts = b""
    try:
        while part := connection.recv(65536):
            parts += part
    except ConnectionError:  # closed while something was on its way
        pass
    found = re.match(rb"HTTP/1.1 (\d+) ", parts)
    return (int(found[1]) if found else None), parts


def first_status(connection):
    """Return the status of the next answer, whose rest is not waited for."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = connection.recv(1)
        assert part, found
        found += part
    return int(found.split(b" ", 2)[1])


@contextmanager
def running(app=None, **options):
    """Run a server in a thread, at any port."""
    app = app or small_app()
    server, is_ready = StudioServer(port=0, **options), Event()
    thread = Thread(target=server.run, args=(app,), kwargs={"ready": is_ready.set})
    thread.start()
    try:
        assert is_ready.wait(PATIENCE)
        yield Running(server, app, thread)
    finally:
        server.stop()
        thread.join(PATIENCE)
        server.close()
    assert not thread.is_alive()
