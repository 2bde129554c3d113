"""The studio's application on a free port of this machine, with answers that are checked."""

import asyncio
import io
import re
import socket
from contextlib import contextmanager
from threading import Thread

import httpx
import jsonschema_rs
import uvicorn
from PIL import Image
from supervised import wait_until

from ortstyle.studio.guard.access import Access, new_token
from ortstyle.studio.guard.middleware import Guard
from ortstyle.studio.http.app import make_app
from ortstyle.studio.http.connection import HEAD_BYTES, StudioConnection
from ortstyle.studio.http.openapi import document
from ortstyle.studio.http.operations import OPERATIONS

DOCUMENT = document(OPERATIONS)


class Switch:
    """An application that is another one for each test, so that one server serves all."""

    def __init__(self):
        self.app, self.client = None, None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@contextmanager
def serving(app):
    """Serve an application in a thread; give its address."""
    config = uvicorn.Config(
        app,
        http=StudioConnection,
        h11_max_incomplete_event_size=HEAD_BYTES,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():  # in the event loop that the studio has
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(server.serve(sockets=[listener]))

    thread = Thread(target=serve)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
    assert not thread.is_alive()


@contextmanager
def guarding(studio=None, limits=None):
    """Serve an application behind a guard; give its `address`, `token`, `access` and `client`.

    Its function `close` ends what would wait, as the server does when it ends.
    """
    token, switch = new_token(), Switch()
    switch.token = token

    async def guarded(scope, receive, send):
        switch.loop = asyncio.get_running_loop()
        await switch.guard(scope, receive, send)

    switch.close = lambda: switch.loop.call_soon_threadsafe(switch.guard.close)

    with serving(guarded) as switch.address:
        switch.access = Access(token, [switch.address.removeprefix("http://")])
        switch.guard = Guard(switch, switch.access, limits=limits)
        if studio is not None:
            switch.app = make_app(studio, switch.access)
        with checking_client(switch.address) as switch.client:
            assert switch.client.get(f"/?token={token}").status_code == 303
            yield switch


def listing(folder, but):
    """Return the files in a folder, with their sizes and times, but those of one folder in it."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if but not in (path, *path.parents)
    }


def checking_client(address, **options):
    """Return a client that holds every answer under /api against the document."""
    hooks = {"response": [check_answer]}
    return httpx.Client(base_url=address, timeout=60, trust_env=False, event_hooks=hooks, **options)


def check_answer(answer):
    """Fail if the document does not have this answer to this request."""
    described = described_operation(answer.request)
    if described is None:
        return
    found = described["responses"].get(str(answer.status_code))
    assert found, f"{answer.request.method} {answer.request.url}: {answer.status_code}"
    kinds = found.get("content", {})
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not kinds:
        return
    assert kind in kinds, f"{answer.request.url}: {kind}"
    if kind == "application/json" and answer.request.method != "HEAD":
        answer.read()
        schema = kinds[kind]["schema"] | {"components": DOCUMENT["components"]}
        jsonschema_rs.validate(schema, answer.json())


def described_operation(request):
    """Return what the document says of a request's operation, if there is one."""
    for path, methods in DOCUMENT["paths"].items():
        pattern = re.escape(path).replace(r"\{id\}", "[^/]+")
        if re.fullmatch(pattern, request.url.path):
            method = {"HEAD": "get"}.get(request.method, request.method.lower())
            return methods.get(method)
    return None


def png(width=8, height=6, colour=(200, 120, 40)):
    """Return the bytes of a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()
