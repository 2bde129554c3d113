"""Where the studio listens: its sockets, and the names under which it may be reached."""

import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

from ortstyle.errors import StudioError
from ortstyle.files import reason_of

DEFAULT_PORT = 8765
LOOPBACK = "127.0.0.1"
_ALL = ("0.0.0.0", "::")  # noqa: S104  they are only compared
_PORTS_TO_TRY = 20


def _numbers(*names: str) -> frozenset[int]:
    """Return the numbers of errors; on Windows those of sockets have others of their own."""
    every = [*names, *(f"WSA{name}" for name in names)]
    return frozenset(getattr(errno, name) for name in every if hasattr(errno, name))


_TAKEN = _numbers("EADDRINUSE")
_FORBIDDEN = _numbers("EACCES", "EPERM")
_MISSING = _numbers("EADDRNOTAVAIL", "EAFNOSUPPORT")
_BACKLOG = 128


def addresses_of(host: str) -> list[str]:
    """Return the numeric addresses of this machine that a host stands for.

    Raises
    ------
    StudioError
        It stands for none.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise _no_address(host, error) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_loopback(addresses: Sequence[str]) -> bool:
    """Return whether addresses can be reached from this machine alone."""
    return all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in addresses)


def listen(host: str, port: int | None) -> list[socket.socket]:
    """Return sockets that listen, all at the same port.

    Parameters
    ----------
    host
        A name or an address of this machine.
    port
        The port, or 0 for any; None for the default one, or the next that is free.

    Raises
    ------
    StudioError
        The port is taken, or can't be used.
    """
    addresses = addresses_of(host)
    tried = [port] if port is not None else [*range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TO_TRY), 0]
    for one in tried:
        try:
            return _listen(addresses, one)
        except OSError as error:
            if one == tried[-1] or error.errno not in _TAKEN | _FORBIDDEN:
                raise _refused(host, one, error) from error
    raise AssertionError  # the last one is raised above


def allowed_hosts(host: str, port: int, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what a request may call the studio, each with its port; the first is its own.

    Parameters
    ----------
    host
        Where it listens.
    port
        Its port.
    more
        Other names, such as those of a proxy, with a port where it is another one.
    """
    names = [LOOPBACK, "localhost", "[::1]"]
    addresses = addresses_of(host)
    if not is_loopback(addresses):
        machine = socket.gethostname()
        names += [machine, f"{machine}.local", host, *map(_in_address, addresses)]
    found = [f"{name}:{port}" for name in names]
    for name in more:
        has_port = name.rpartition("]")[2].rpartition(":")[1]
        # Browsers leave out the port that is usual, as behind a proxy.
        found += [name] if has_port else [name, f"{name}:{port}"]
    return tuple(dict.fromkeys(found))


def own_address(host: str) -> str:
    """Return the address under which this machine reaches the studio itself."""
    addresses = addresses_of(host)
    if {LOOPBACK, _ALL[0]} & set(addresses):
        return LOOPBACK
    return "[::1]" if {_ALL[1], "::1"} & set(addresses) else _in_address(addresses[0])


def network_address(host: str) -> str | None:
    """Return the address under which others reach the studio, as far as this can be found out."""
    addresses = addresses_of(host)
    ends = [
        one for one in addresses if not ipaddress.ip_address(one.partition("%")[0]).is_unspecified
    ]
    if ends:
        return _in_address(ends[0])
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # of no machine; nothing is sent
        return str(probe.getsockname()[0])
    return None


def _listen(addresses: Sequence[str], port: int) -> list[socket.socket]:
    found: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for address in addresses:
            try:
                found.append(_bound(address, port))
            except OSError as error:
                if error.errno not in _MISSING:
                    raise
                missing = error  # "localhost" is one of IPv6 too where the system has none of these
            else:
                port = found[0].getsockname()[1]
        if missing and not found:
            raise missing
        for one in found:
            one.listen(_BACKLOG)
    except OSError:
        for one in found:
            one.close()
        raise
    return found


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # where another program could take the port as well
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif os.name == "posix":  # a studio that was just closed leaves the port for a minute
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
    except BaseException:
        bound.close()
        raise
    return bound


def _refused(host: str, port: int, error: OSError) -> StudioError:
    if error.errno in _TAKEN:
        return StudioError(
            f"port {port} is taken by another program; give another one with --port, or leave "
            "--port out"
        )
    if error.errno in _FORBIDDEN:
        return StudioError(
            f"port {port} may not be used ({reason_of(error)}); give another one with --port, "
            "above 1023"
        )
    if error.errno in _MISSING:
        return _no_address(host, error)
    return StudioError(f"the studio can't listen at {host}, port {port} ({reason_of(error)})")


def _no_address(host: str, error: Exception) -> StudioError:
    return StudioError(
        f"--host {host} is no address of this machine ({reason_of(error)}); leave it out, or give "
        "one such as 0.0.0.0"
    )


def _in_address(address: str) -> str:
    """Return an address as it is written in one of the web."""
    return f"[{address.partition('%')[0]}]" if ":" in address else address
