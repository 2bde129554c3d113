"""Answers that are files or bytes, with an ETag: what a page has already is not sent again."""

import os
import stat
from collections.abc import AsyncIterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ortstyle.studio.faults import NotFound

#: A page asks each time whether what it has is still what there is.
KEPT = {"cache-control": "private, no-cache"}
_GONE = "This picture is no longer there, or can't be read."
_SMALL = 4_000_000  # bytes of a file that is read at once, and whose tag is that of its bytes
_CHUNK = 1 << 18  # bytes that are read at once


def has_already(request: Request, tag: str) -> bool:
    """Return whether a client has told that it holds what an ETag stands for."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in [
        part.strip().removeprefix("W/") for part in known.split(",")
    ]


def accepts_gzip(request: Request) -> bool:
    """Return whether a client takes an answer that is compressed by gzip."""
    accepted = request.headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    return any(
        each == "gzip" or (each.startswith("gzip;q=") and each != "gzip;q=0") for each in accepted
    )


def not_modified(tag: str) -> Response:
    """Answer that a client has it already."""
    return Response(status_code=304, headers={**KEPT, "etag": tag})


def bytes_answer(request: Request, data: bytes, *, media_type: str, tag: str) -> Response:
    """Answer with bytes."""
    if has_already(request, tag):
        return not_modified(tag)
    return Response(data, media_type=media_type, headers={**KEPT, "etag": tag})


async def file_answer(
    request: Request, path: Path, *, media_type: str, download_as: str = ""
) -> Response:
    """Answer with a file of the studio's folder.

    Parameters
    ----------
    request
        What is answered.
    path
        The file.
    media_type
        What it holds.
    download_as
        The name under which a browser is to save it; by default it is to show it.

    Raises
    ------
    NotFound
        There is no such file any more.
    """
    content, size, tag = await run_in_threadpool(_content_of, path)
    headers = {**KEPT, "etag": tag}
    if download_as:
        headers["content-disposition"] = disposition(download_as)
    if isinstance(content, bytes):
        known = has_already(request, tag)
        return not_modified(tag) if known else Response(content, 200, headers, media_type)
    if has_already(request, tag):
        content.close()
        return not_modified(tag)
    headers["content-length"] = str(size)
    return OpenFile(content, size, media_type=media_type, headers=headers)


def disposition(name: str) -> str:
    """Return the header that lets a browser save an answer under a name."""
    return f"attachment; filename*=utf-8''{quote(name.encode('utf-8', 'replace'), safe='')}"


def _content_of(path: Path) -> tuple[BinaryIO | bytes, int, str]:
    """Return a file, or its bytes if they are few, its size, and its tag."""
    try:
        file = path.open("rb")
    except OSError:
        raise NotFound(_GONE) from None
    with ExitStack() as stack:
        stack.enter_context(file)
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NotFound(_GONE)
        if found.st_size > _SMALL:
            stack.pop_all()
            return file, found.st_size, f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
        data = file.read(_SMALL)
    # Not of its time: that of a view changes whenever it is used.
    return data, len(data), f'"{sha256(data).hexdigest()[:20]}"'


class OpenFile(StreamingResponse):
    """So many bytes of an open file, which is closed however the answer ends."""

    def __init__(
        self,
        file: BinaryIO,
        size: int,
        *,
        media_type: str,
        headers: dict[str, str],
        status: int = 200,
    ) -> None:
        super().__init__(_chunks(file, size), status, headers, media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, as the interface of ASGI has it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _chunks(file: BinaryIO, size: int) -> AsyncIterator[bytes]:
    """Yield a file's bytes; one that grows meanwhile is cut at the length that was told."""
    while size > 0 and (data := await run_in_threadpool(file.read, min(_CHUNK, size))):
        size -= len(data)
        yield data
