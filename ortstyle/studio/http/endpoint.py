"""From a request to a checked `Call`, to its handler, and to an answer, whatever happens."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ortstyle.studio.faults import NotFound, Refused, TooLarge
from ortstyle.studio.guard.body_limits import JSON_BYTES
from ortstyle.studio.http.answers import UnsupportedMediaType, fault_answer
from ortstyle.studio.http.json_text import BadJson, read_json
from ortstyle.studio.http.operation import BYTES, Call, Operation
from ortstyle.studio.http.schema_check import check
from ortstyle.studio.http.schemas import SCHEMAS
from ortstyle.studio.records import is_id

#: How many requests may wait at once for what takes longer, such as a small picture of a large one.
_SLOW_AT_ONCE = 16
_SLOW: RunVar[anyio.CapacityLimiter] = RunVar("slow")  # one for each event loop

#: A function that answers requests.
Endpoint = Callable[[Request], Awaitable[Response]]

_P = ParamSpec("_P")
_R = TypeVar("_R")


async def in_thread(function: Callable[_P, _R], *args: _P.args, **values: _P.kwargs) -> _R:
    """Call a function of the studio without holding up other requests."""
    return await run_in_threadpool(function, *args, **values)


async def in_view_thread(function: Callable[..., _R], *args: Any) -> _R:
    """Call a function that may wait for a picture to be decoded; quick ones do not wait for it."""
    return await anyio.to_thread.run_sync(function, *args, limiter=_slow_threads())


def endpoint(operation: Operation, studio: Any) -> Endpoint:
    """Return the function that answers the requests of an operation."""
    handler = operation.handler
    assert handler  # noqa: S101  those without one have no route

    async def answer(request: Request) -> Response:
        try:
            return await handler(await _checked(operation, studio, request))
        except Exception as error:  # noqa: BLE001  each becomes an answer; unforeseen ones are logged
            return fault_answer(error)

    return answer


def _slow_threads() -> anyio.CapacityLimiter:
    try:
        return _SLOW.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_SLOW_AT_ONCE)
        _SLOW.set(limiter)
        return limiter


async def _checked(operation: Operation, studio: Any, request: Request) -> Call:
    key = request.path_params.get("id", "")
    if operation.takes_id and not is_id(key):
        raise NotFound("There is nothing with this id.")
    query = _query(operation, request)
    body = None
    if operation.body and operation.body != BYTES:
        body = await _body(request)
        check(body, SCHEMAS[operation.body], SCHEMAS, "The body")
    return Call(studio, request, key, query, body)


def _query(operation: Operation, request: Request) -> dict[str, Any]:
    """Return the values in the address of a request, as their schemas have them."""
    given = request.query_params.multi_items()
    found: dict[str, Any] = {}
    for name, text in given:
        if name not in operation.query:
            raise Refused("The address has a value that is not known here.")
        if name in found:
            raise Refused(f"The address has {name} twice.")
        schema = operation.query[name]
        is_integer = schema.get("type") == "integer"
        value = int(text) if is_integer and re.fullmatch("[0-9]{1,15}", text) else text
        check(value, schema, SCHEMAS, f"The value {name}")
        found[name] = value
    for name in operation.needed:
        if name not in found:
            raise Refused(f"The address must have {name}.")
    return {name: schema.get("default") for name, schema in operation.query.items()} | found


async def _body(request: Request) -> Any:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json":
        raise UnsupportedMediaType("The body must be declared as application/json.")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > JSON_BYTES:
            raise TooLarge(f"The body must have at most {JSON_BYTES // 1_000_000} MB.")
    if not data:
        raise BadJson("The request must have a body in JSON.")
    return read_json(bytes(data))
