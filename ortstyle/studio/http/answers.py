"""Answers of the studio in JSON; each fault is one sentence and its kind."""

import logging
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ortstyle.errors import OrtStyleError, PictureError, SettingsError
from ortstyle.studio.faults import disk_full, is_full, sentence
from ortstyle.studio.http.json_text import write_json

_LOG = logging.getLogger(__name__)

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
}
_SORRY = "The studio has a fault and could not do this; its log says more."


class UnsupportedMediaType(OrtStyleError):  # noqa: N818  an answer, as those of `faults`
    """The body of a request is declared as something else than JSON."""

    status = 415


def json_answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(write_json(value), status, media_type="application/json")


def empty_answer() -> Response:
    """Answer that it is done."""
    return Response(status_code=204)


def fault_answer(error: Exception) -> Response:
    """Answer a fault; one that nobody has foreseen is logged, and tells the page nothing."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)  # nobody is there to read it
    if is_full(error):
        error = disk_full()
    status = getattr(error, "status", 422 if isinstance(error, SettingsError | PictureError) else 0)
    if not isinstance(error, OrtStyleError) or not status:
        _LOG.error("a request could not be answered", exc_info=error)
        text = sentence(str(error)) if isinstance(error, OrtStyleError) else _SORRY
        return _fault(text, type(error).__name__ if text != _SORRY else "Fault", 500)
    field = getattr(error, "field", None)
    return _fault(sentence(str(error)), type(error).__name__, status, field=field)


async def framework_fault(_: Request, error: Exception) -> Response:
    """Answer what the framework refuses, such as an unknown address, or has let through."""
    if not isinstance(error, HTTPException):
        return fault_answer(error)
    phrase = HTTPStatus(error.status_code).phrase
    text = _SENTENCES.get(error.status_code, f"{phrase}.")
    answer = _fault(text, phrase.title().replace(" ", ""), error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _fault(text: str, kind: str, status: int, *, field: str | None = None) -> Response:
    known = {} if field is None else {"field": field}
    return json_answer({"error": text, "kind": kind, **known}, status)
