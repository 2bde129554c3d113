"""Where the studio listens, and what it may be called."""

import os
import socket
import sys

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio.http import addresses as module
from ortstyle.studio.http.addresses import (
    addresses_of,
    allowed_hosts,
    is_loopback,
    listen,
    network_address,
    own_address,
)

EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.fixture
def taken():
    """Take a port of this machine."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one.getsockname()[1]


def close(sockets):
    port = sockets[0].getsockname()[1]
    for one in sockets:
        one.close()
    return port


def test_a_port_of_this_machine_alone_is_listened_at():
    (one,) = found = listen("127.0.0.1", 0)
    with socket.create_connection(one.getsockname(), timeout=30):
        pass
    assert one.getsockname()[0] == "127.0.0.1"
    assert close(found) > 0


def test_a_port_that_is_taken_is_told(taken):
    with pytest.raises(StudioError, match=rf"port {taken} .*--port"):
        listen("127.0.0.1", taken)


def test_nobody_else_can_take_the_port_too():
    found = listen("127.0.0.1", 0)
    port = found[0].getsockname()[1]
    with pytest.raises(StudioError, match="--port"):
        listen("127.0.0.1", port)
    close(found)


def test_the_next_port_is_taken_where_none_was_asked_for(taken, monkeypatch):
    monkeypatch.setattr(module, "DEFAULT_PORT", taken)
    assert close(listen("127.0.0.1", None)) != taken


def test_any_port_will_do_in_the_end(taken, monkeypatch):
    monkeypatch.setattr(module, "DEFAULT_PORT", taken)
    monkeypatch.setattr(module, "_PORTS_TO_TRY", 1)
    assert close(listen("127.0.0.1", None)) != taken


def test_the_port_of_a_studio_that_was_closed_is_free_at_once():
    port = close(listen("127.0.0.1", 0))
    first = listen("127.0.0.1", port)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        other, _ = first[0].accept()
        other.close()  # the side that closes first leaves the port in TIME_WAIT
        assert one.recv(1) == b""
    close(first)
    assert close(listen("127.0.0.1", port)) == port


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="here everybody may use every port"
)
def test_a_port_of_the_system_is_told():
    with pytest.raises(StudioError, match="above 1023"):
        listen("127.0.0.1", 1)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 300, "192.0.2.1", "é\ud800"])
def test_a_host_that_is_not_this_machine_is_told(host):
    with pytest.raises(StudioError, match="is no address of this machine"):
        listen(host, 0)


def test_localhost_is_listened_at_in_all_its_addresses():
    found = listen("localhost", 0)
    assert len({one.getsockname()[1] for one in found}) == 1
    assert is_loopback([one.getsockname()[0] for one in found])
    close(found)


@pytest.mark.parametrize(
    ("host", "is_private"),
    [("127.0.0.1", True), ("127.0.0.5", True), ("localhost", True), (EVERYWHERE, False)],
)
def test_loopback_is_this_machine_alone(host, is_private):
    assert is_loopback(addresses_of(host)) is is_private


def test_loopback_of_ipv6_is_this_machine_alone():
    assert is_loopback(["::1"])
    assert not is_loopback(["::"])
    assert not is_loopback(["127.0.0.1", "fe80::1%eth0"])


def test_on_this_machine_alone_the_names_are_its_own():
    assert allowed_hosts("127.0.0.1", 5) == ("127.0.0.1:5", "localhost:5", "[::1]:5")


def test_in_a_network_the_machine_s_name_is_allowed_too():
    found = allowed_hosts(EVERYWHERE, 5)
    assert f"{socket.gethostname()}:5" in found
    assert "127.0.0.1:5" in found


def test_other_names_are_allowed_with_and_without_the_port():
    found = allowed_hosts("127.0.0.1", 5, ("studio.example", "other.example:80", "[fe80::1]"))
    assert found[3:] == (
        "studio.example",
        "studio.example:5",
        "other.example:80",
        "[fe80::1]",
        "[fe80::1]:5",
    )


def test_the_page_is_opened_on_this_machine():
    assert own_address("127.0.0.1") == "127.0.0.1"
    assert own_address(EVERYWHERE) == "127.0.0.1"
    assert own_address("127.0.0.5") == "127.0.0.5"


def test_the_address_for_others_is_one_of_the_network():
    assert network_address("127.0.0.5") == "127.0.0.5"
    found = network_address(EVERYWHERE)
    assert found is None or addresses_of(found) == [found]
