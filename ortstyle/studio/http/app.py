"""The studio as an ASGI application: its page, and its interface under /api."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ortstyle.studio.guard.access import Access
from ortstyle.studio.http.answers import framework_fault
from ortstyle.studio.http.endpoint import Endpoint, endpoint
from ortstyle.studio.http.file_answer import accepts_gzip, bytes_answer
from ortstyle.studio.http.openapi import document
from ortstyle.studio.http.operation import Operation
from ortstyle.studio.http.operations import OPERATIONS
from ortstyle.studio.http.page_files import PageFile, page_files


def make_app(studio: Any, access: Access | None = None) -> Starlette:
    """Return the application that serves a studio; `middleware.Guard` stands before it.

    Parameters
    ----------
    studio
        The `Studio`.
    access
        Who may use it; the document then names its cookie.
    """
    files = page_files()

    async def index(request: Request) -> Response:
        return _file(files, "index.html", request)

    async def page_file(request: Request) -> Response:
        return _file(files, request.path_params["path"], request)

    app = Starlette(
        routes=[
            Route("/", index),
            Route("/page/{path:path}", page_file),
            *_routes(OPERATIONS, studio),
        ],
        exception_handlers={HTTPException: framework_fault, Exception: framework_fault},
    )
    app.router.redirect_slashes = False
    app.state.document = document(OPERATIONS, access.cookie_name if access else "ortstyle")
    return app


def _routes(operations: Iterable[Operation], studio: Any) -> list[Route]:
    """Return one route for each path, so that an answer of 405 names all its methods."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for operation in (operation for operation in operations if operation.handler):
        paths.setdefault(operation.path, {})[operation.method] = endpoint(operation, studio)
    return [Route(path, _by_method(found), methods=list(found)) for path, found in paths.items()]


def _by_method(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return answer


def _file(files: Mapping[str, PageFile], name: str, request: Request) -> Response:
    file = files.get(name)
    if file is None:
        raise HTTPException(404)
    if not accepts_gzip(request):
        return bytes_answer(request, file.data, media_type=file.media_type, tag=file.tag)
    tag = f'{file.tag[:-1]}-gzip"'  # other bytes, another tag
    answer = bytes_answer(request, file.compressed, media_type=file.media_type, tag=tag)
    answer.headers["content-encoding"] = "gzip"
    answer.headers["vary"] = "accept-encoding"
    return answer
