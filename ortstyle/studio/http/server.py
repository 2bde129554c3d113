"""The studio's server: one process that listens, until it is told to stop."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from ortstyle.errors import StudioError
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.guard.access import Access, new_token
from ortstyle.studio.guard.middleware import Guard
from ortstyle.studio.http.addresses import (
    LOOPBACK,
    addresses_of,
    allowed_hosts,
    is_loopback,
    listen,
    network_address,
    own_address,
)
from ortstyle.studio.http.connection import HEAD_BYTES, StudioConnection
from ortstyle.studio.http.opening import open_page

#: Seconds that requests have to end when the studio is closed.
_CLOSING_SECONDS = 3
_KEEP_ALIVE_SECONDS = 30


class Studio(Protocol):
    """What is known here of a studio."""

    def close(self) -> None:
        """Leave checkpoints of what is painted, and end what was started."""


class StudioServer:
    """Listens at a port from the beginning, and answers once it runs.

    Parameters
    ----------
    host
        Where to listen: "127.0.0.1" for this machine alone, "0.0.0.0" for all.
    port
        The port, 0 for any; None for 8765, or the next that is free.
    password
        What opens the studio besides the address; it is needed for all that is not this machine
        alone.
    more_hosts
        Names under which it may be reached, besides those of this machine.

    Attributes
    ----------
    access
        Who may use the studio.
    token
        The secret of this launch.
    url
        Its address on this machine, without the secret.
    is_remote
        Whether other machines can reach it.
    network_url
        Its address for other machines; None if there is none, or it can't be found out.

    Raises
    ------
    StudioError
        The port is taken, the host is none of this machine, or the password is missing or unfit.
    """

    def __init__(
        self,
        *,
        host: str = LOOPBACK,
        port: int | None = None,
        password: str | None = None,
        more_hosts: Sequence[str] = (),
    ) -> None:
        is_private = is_loopback(addresses_of(host))
        if not is_private and password is None:
            raise StudioError(
                f"--host {host} lets every machine of the network reach the studio, so it needs a "
                "password: give --password-file, or set ORTSTYLE_STUDIO_PASSWORD"
            )
        self.token = new_token()
        self._sockets = listen(host, port)
        try:
            number = self._sockets[0].getsockname()[1]
            self.access = Access(self.token, allowed_hosts(host, number, more_hosts), password)
        except BaseException:
            self.close()
            raise
        self.url = f"http://{own_address(host)}:{number}/"
        self.is_remote = not is_private
        network = network_address(host) if self.is_remote else None
        self.network_url = f"http://{network}:{number}/" if network else None
        self._server: _Server | None = None
        self._is_stopped = False

    @property
    def address(self) -> str:
        """The address that leads in as long as the studio runs, to be shown to its user alone."""
        return f"{self.url}?token={self.token}"

    def one_time_address(self) -> str:
        """Return an address that leads in once, for minutes."""
        return f"{self.url}?token={self.access.new_code()}"

    def run(self, app: ASGIApp, *, ready: Callable[[], None] = lambda: None) -> None:
        """Answer requests until `stop` is called.

        Parameters
        ----------
        app
            The application.
        ready
            Called in another thread once requests are answered.
        """
        guard = Guard(app, self.access)
        config = uvicorn.Config(
            guard,
            http=StudioConnection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_CLOSING_SECONDS,
            h11_max_incomplete_event_size=HEAD_BYTES,
        )
        self._server = _Server(config, guard, ready)
        if not self._is_stopped:  # while it was being made
            self._server.run(sockets=self._sockets)

    def stop(self) -> None:
        """Let `run` end within seconds; any thread and any handler of a signal may call this."""
        self._is_stopped = True
        if self._server:
            self._server.should_exit = True

    def close(self) -> None:
        """Listen no more."""
        for one in self._sockets:
            one.close()


def serve(
    server: StudioServer,
    folder: StudioFolder,
    make: Callable[[StudioFolder, Access], tuple[Studio, ASGIApp]],
    *,
    tell: Callable[[str], None],
    open_browser: bool,
) -> None:
    """Answer requests until the server is stopped, then close the studio.

    Parameters
    ----------
    server
        The server, which listens already.
    folder
        The studio's folder.
    make
        Makes the studio and its application.
    tell
        Receives lines that a person should read.
    open_browser
        Whether to open the page.

    Raises
    ------
    StudioError
        The folder can't be written.
    """
    try:
        folder.announce(server.url, server.token)
        studio, app = make(folder, server.access)

        def ready() -> None:
            tell(f"the studio is at {server.address}")
            if server.network_url:
                tell(
                    f"other machines reach it at {server.network_url} with the password; what they "
                    "send and see is not encrypted"
                )
            if open_browser and not open_page(server.one_time_address(), folder.path):
                tell("no browser could be started; open the address yourself")

        try:
            server.run(app, ready=ready)
        finally:
            studio.close()
    finally:
        server.close()


class _Server(uvicorn.Server):
    """A server that leaves signals to the program, and ends streams when it is stopped."""

    def __init__(self, config: uvicorn.Config, guard: Guard, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._guard, self._ready = guard, ready

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer requests until `should_exit` is set.

        Windows' own event loop listens no more after a connection that was reset before it could be
        accepted, so the one that the other systems have is taken there too.
        """
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self.serve(sockets=sockets))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals as they are."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and tell so."""
        await super().startup(sockets)
        Thread(target=self._ready, name="ready", daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End all requests."""
        self._guard.close()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):  # of clients that read nothing
            connection.transport.abort()
        await asyncio.sleep(0.01)
