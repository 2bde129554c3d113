"""Answers that are films: a browser asks for the parts that it is going to play (RFC 9110, 14)."""

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ortstyle.studio.faults import NotFound
from ortstyle.studio.http.answers import json_answer
from ortstyle.studio.http.file_answer import KEPT, OpenFile, disposition, has_already, not_modified

_GONE = "This film is no longer there, or can't be read."
_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII)


async def film_answer(
    request: Request, path: Path, *, media_type: str, download_as: str = ""
) -> Response:
    """Answer with a film, or with the part of it that is asked for.

    Several parts at once, which no player asks for, are answered with the whole film.

    Parameters
    ----------
    request
        What is answered; its headers `Range`, `If-Range` and `If-None-Match` are heeded.
    path
        The file.
    media_type
        What it holds.
    download_as
        The name under which a browser is to save it; by default it is to play it.

    Raises
    ------
    NotFound
        There is no such file any more.
    """
    file, size, tag = await run_in_threadpool(_opened, path)
    headers = {**KEPT, "etag": tag, "accept-ranges": "bytes"}
    if download_as:
        headers["content-disposition"] = disposition(download_as)
    if has_already(request, tag):
        file.close()
        return not_modified(tag)
    part = _part(request, size, tag)
    begin, end = part or (0, size)
    if part and begin >= end:  # it begins after the end
        file.close()
        fault = {"error": "The film has no such part.", "kind": "RangeNotSatisfiable"}
        answer = json_answer(fault, 416)
        answer.headers.update({"accept-ranges": "bytes", "content-range": f"bytes */{size}"})
        return answer
    if part:
        headers["content-range"] = f"bytes {begin}-{end - 1}/{size}"
    headers["content-length"] = str(end - begin)
    await run_in_threadpool(file.seek, begin)
    return OpenFile(
        file, end - begin, media_type=media_type, headers=headers, status=206 if part else 200
    )


def _opened(path: Path) -> tuple[BinaryIO, int, str]:
    """Return a file, its size, and its tag."""
    try:
        file = path.open("rb")
    except OSError:
        raise NotFound(_GONE) from None
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        file.close()
        raise NotFound(_GONE)
    return file, found.st_size, f'"{found.st_mtime_ns:x}-{found.st_size:x}"'


def _part(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """Return the first byte of the part that is asked for, and that after its last one.

    It is None if all is asked for, and empty if the part begins after the end.
    """
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    is_same = request.headers.get("if-range", tag) == tag
    if request.method != "GET" or asked is None or not any(asked.groups()) or not is_same:
        return None
    first, last = asked.groups()
    if not first:  # the last so many bytes
        count = min(int(last), size)
        return (size - count, size) if count else (size, size)
    if last and int(last) < int(first):
        return None  # no range, and therefore not heeded
    return int(first), min(int(last) + 1, size) if last else size
