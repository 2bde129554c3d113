"""A client of Dask's that is connected to a scheduler, or one line that says why it is not."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from typing import Any

from ortstyle.errors import ClusterError
from ortstyle.files import reason_of

_ADDRESS = re.compile(r"(?:(tcp|tls)://)?(?:\[[0-9A-Fa-f:.%]+\]|[^\s/:\[\]]+):[0-9]{1,5}")
_CERTIFICATES = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__CLIENT__CERT and …__CLIENT__KEY"


def connect(address: str, *, timeout: float) -> Any:
    """Return a `distributed.Client` that is connected.

    Parameters
    ----------
    address
        The scheduler, such as "tcp://host:8786".
    timeout
        Seconds after which a scheduler that does not answer is given up.

    Raises
    ------
    ClusterError
        Dask is not installed, the address or the certificates are wrong, or nobody answers.
    """
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise ClusterError(f"scheduler {address} is no address; give one like tcp://host:8786")
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise ClusterError(
            'a cluster needs Dask; install it with: pip install "ortstyle[cluster]"'
        ) from error
    if match[1] == "tls":
        _check_certificates(address, distributed)
    client = distributed.Client.__new__(distributed.Client)
    try:
        _shake_hands(distributed, address, timeout=timeout)
        client.__init__(address, timeout=timeout, set_as_default=False, name="ortstyle")
    except Exception as error:
        _abandon(client)
        raise ClusterError(
            f"scheduler {address} {_reason(error)}; check the address, and that it runs: dask "
            "scheduler"
        ) from error
    return client


def _shake_hands(distributed: Any, address: str, *, timeout: float) -> None:
    """Find out whether a scheduler answers, because `Client` would wait for another server."""

    async def connect_once() -> None:
        arguments = distributed.Security().get_connection_args("client")
        opened = distributed.comm.connect(address, timeout=timeout, **arguments)
        (await asyncio.wait_for(opened, 2 * timeout)).abort()

    with ThreadPoolExecutor(1) as thread:  # which has no event loop yet
        thread.submit(asyncio.run, connect_once()).result()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "answers, but not as a scheduler does"
    return "does not answer" if isinstance(error, OSError) else f"fails ({reason_of(error)})"


def _abandon(client: Any) -> None:
    """Keep a client that is not connected from waiting, when it is deleted, for what never was."""
    with suppress(Exception):
        client.status = "closed"
        client._loop_runner.stop()  # noqa: SLF001  `close` does it only where it was connected


def _check_certificates(address: str, distributed: Any) -> None:
    try:
        context = distributed.Security().get_connection_args("client")["ssl_context"]
    except Exception as error:
        raise ClusterError(
            f"scheduler {address}: the certificates can't be read ({reason_of(error)}); check "
            f"{_CERTIFICATES}"
        ) from error
    if context is None:
        raise ClusterError(f"scheduler {address} needs certificates; name them in {_CERTIFICATES}")
