"""The form of a request, and where it comes from."""

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio.guard.access import Access
from ortstyle.studio.guard.request_checks import (
    AddressTooLong,
    BadAddress,
    ForeignHost,
    ForeignOrigin,
    HeadersTooLarge,
    MethodNotAllowed,
    check_request,
)

OWN = "http://127.0.0.1:8765"


@pytest.fixture(scope="module")
def access():
    return Access("token", ("127.0.0.1:8765",))


def scope(method="GET", path="/", query=b"", **headers):
    found = {"host": "127.0.0.1:8765"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return {
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(k.encode(), v.encode()) for k, v in found.items()],
        "server": ("127.0.0.1", 8765),
    }


@pytest.mark.parametrize(
    "request_",
    [
        scope(),
        scope("HEAD"),
        scope("POST", "/api/paintings", origin=OWN),
        scope("POST", "/api/paintings", origin=OWN.replace("http", "https")),
        scope("PUT", "/api/pictures", origin=OWN, sec_fetch_site="same-origin"),
        scope("DELETE", "/api/pictures/0", sec_fetch_site="none"),
        scope("DELETE", "/api/pictures/0"),
        scope(path="/a.b/..c/d../.well-known", sec_fetch_site="same-origin"),
        scope(path="/ä"),
        scope(sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="document"),
    ],
)
def test_requests_of_the_page_are_fit(request_, access):
    check_request(request_, access)


@pytest.mark.parametrize(
    ("request_", "fault", "status"),
    [
        (scope(host="evil.example"), ForeignHost, 403),
        (scope("OPTIONS"), MethodNotAllowed, 405),
        (scope("get"), MethodNotAllowed, 405),
        (scope("POST", origin="http://evil.example"), ForeignOrigin, 403),
        (scope("POST", sec_fetch_site="same-site"), ForeignOrigin, 403),
        (scope("POST", sec_fetch_site="cross-site", sec_fetch_mode="navigate"), ForeignOrigin, 403),
        (
            scope(path="/x", sec_fetch_site="cross-site", sec_fetch_mode="navigate"),
            ForeignOrigin,
            403,
        ),
        (scope(path=""), BadAddress, 400),
        (scope(path="x"), BadAddress, 400),
        (scope(path="//x"), BadAddress, 400),
        (scope(path="/a/../b"), BadAddress, 400),
        (scope(path="/."), BadAddress, 400),
        (scope(path="/a\\b"), BadAddress, 400),
        (scope(path="/a\nb"), BadAddress, 400),
        (scope(path="/\ufffd"), BadAddress, 400),
        (scope(query=b"x" * 5000), AddressTooLong, 414),
        (scope(path="/" + "ä" * 2500), AddressTooLong, 414),
        (scope(**{f"x{k}": "y" for k in range(100)}), HeadersTooLarge, 431),
        (scope(x="y" * 17_000), HeadersTooLarge, 431),
    ],
)
def test_other_requests_are_refused(request_, fault, status, access):
    with pytest.raises(fault) as caught:
        check_request(request_, access)
    assert isinstance(caught.value, StudioError)
    assert caught.value.status == status
    assert str(caught.value).endswith(".")


def test_a_host_that_is_missing_or_told_twice_is_refused(access):
    for hosts in ([], ["127.0.0.1:8765"] * 2):
        request = scope() | {"headers": [(b"host", host.encode()) for host in hosts]}
        with pytest.raises(ForeignHost):
            check_request(request, access)


def test_an_origin_that_is_told_twice_is_refused(access):
    request = scope("POST", origin=OWN)
    request["headers"].append((b"origin", OWN.encode()))
    with pytest.raises(ForeignOrigin):
        check_request(request, access)


def test_a_server_that_tells_no_address_of_its_own_will_do(access):
    check_request(scope() | {"server": None}, access)
