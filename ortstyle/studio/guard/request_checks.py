"""What is asked of a request before who sent it: its form, and where it comes from."""

import re
from typing import Final

from starlette.types import Scope

from ortstyle.errors import StudioError
from ortstyle.studio.faults import Refused
from ortstyle.studio.guard.access import Access
from ortstyle.studio.guard.headers import values_of

READING: Final = frozenset({"GET", "HEAD"})
_METHODS = READING | {"POST", "PUT", "DELETE"}
_MOST_HEADERS = 100
_MOST_HEADER_BYTES = 16_384
_MOST_ADDRESS_BYTES = 4096
_UNFIT = re.compile(r"[\x00-\x1f\x7f\\\ufffd]|(^|/)\.{1,2}(/|$)|^(?!/)|^//")


class ForeignHost(StudioError):  # noqa: N818  an answer, as those of `faults`
    """A request names another host, as one does whose name was made to lead to this machine."""

    status = 403


class ForeignOrigin(StudioError):  # noqa: N818  an answer, as those of `faults`
    """A page of another site has sent a request."""

    status = 403


class BadAddress(Refused):
    """The address of a request can't be one of the studio."""

    status = 400


class AddressTooLong(Refused):
    """The address of a request is too long."""

    status = 414


class HeadersTooLarge(Refused):
    """A request has too many headers, or too long ones."""

    status = 431


class MethodNotAllowed(Refused):
    """A request has a method that the studio knows nothing to do with."""

    status = 405


def check_request(scope: Scope, access: Access) -> None:
    """Raise a fault if a request can't be the page's own.

    Raises
    ------
    StudioError
        Its address, headers or method are unfit, it names another host, or another site has sent
        it.
    """
    _check_form(scope)
    hosts = values_of(scope, b"host")
    own_address = (scope.get("server") or ("",))[0]
    if len(hosts) != 1 or not access.allows_host(hosts[0], own_address):
        raise ForeignHost(
            "The studio is not reached by this name; it can be allowed with --allow-host."
        )
    if scope["method"] not in _METHODS:
        raise MethodNotAllowed("The studio does not take this method.")
    _check_origin(scope, hosts[0])


def _check_form(scope: Scope) -> None:
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > _MOST_HEADERS or size > _MOST_HEADER_BYTES:
        raise HeadersTooLarge("The request has too many headers.")
    raw = scope.get("raw_path") or scope["path"].encode()
    if len(raw) + len(scope["query_string"]) > _MOST_ADDRESS_BYTES:
        raise AddressTooLong("The address is too long.")
    if _UNFIT.search(scope["path"]):
        raise BadAddress("The address is none of the studio's.")


def _check_origin(scope: Scope, host: str) -> None:
    """Raise a `ForeignOrigin` if a browser says that another site has sent a request."""
    sites = values_of(scope, b"sec-fetch-site")
    is_own = sites == ["same-origin"]
    is_navigation = (
        scope["method"] in READING
        and scope["path"] == "/"
        and values_of(scope, b"sec-fetch-mode") == ["navigate"]
        and values_of(scope, b"sec-fetch-dest") in ([], ["document"])
    )
    if sites and not is_own and sites != ["none"] and not is_navigation:
        raise ForeignOrigin("Another site has sent this request, which may not use the studio.")
    if scope["method"] in READING:
        return
    origins = values_of(scope, b"origin")
    expected = {f"{scheme}://{host}".casefold() for scheme in ("http", "https")}
    # Browsers call a page's own origin null where its address is not to be told.
    if is_own and origins == ["null"]:
        return
    if len(origins) > 1 or (origins and origins[0].casefold() not in expected):
        raise ForeignOrigin("A page of another site may not use the studio.")
