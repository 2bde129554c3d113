"""The headers that go with every answer of the studio, whatever it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.types import Message, Send

#: What the page may load: only what the studio itself serves; nothing inline, nobody may frame it.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_ALWAYS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "x-frame-options": "DENY",
}
#: What a single answer may say otherwise.
_UNLESS_SAID: Mapping[str, str] = {
    "content-security-policy": CONTENT_POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def secured(headers: Iterable[tuple[bytes, bytes]] = ()) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with those that every answer has."""
    found = [(name.lower(), value) for name, value in headers if name.lower() not in _forced()]
    said = {name for name, _ in found}
    found += [pair for pair in _encoded(_UNLESS_SAID) if pair[0] not in said]
    return found + _encoded(_ALWAYS)


def securing(send: Send) -> Send:
    """Return a function that sends an answer with the headers that every answer has."""

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": secured(message.get("headers", ()))}
        await send(message)

    return send_secured


def values_of(scope: Mapping[str, Any], name: bytes) -> list[str]:
    """Return the values of a request's header, one for each time that it is there."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _forced() -> set[bytes]:
    return {name.encode() for name in _ALWAYS}
