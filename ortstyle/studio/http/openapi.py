"""The OpenAPI document of the studio's interface, made from its operations."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from ortstyle import __version__
from ortstyle.studio.http.operation import BYTES, Answer, Operation, ref
from ortstyle.studio.http.schemas import ID, SCHEMAS

_DESCRIPTION = (
    "The interface between the studio's page and its server. Ids are opaque. Each request needs the"
    " cookie that the address with the token gives, or the token itself as a bearer."
)


def document(operations: Iterable[Operation], cookie: str = "ortstyle") -> dict[str, Any]:
    """Return the document, as JSON can hold it.

    Parameters
    ----------
    operations
        What it describes.
    cookie
        The name of the cookie that lets a page in.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ortstyle studio",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "security": [{"cookie": []}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.text,
        "parameters": [
            {"name": name, "in": "query", "required": name in operation.needed, "schema": schema}
            for name, schema in operation.query.items()
        ],
        "responses": {str(status): _answer(answer) for status, answer in operation.answers.items()}
        | {str(status): _refusal(status) for status in operation.refusals},
    }
    if operation.takes_id:
        where = {"name": "id", "in": "path", "required": True, "schema": ID}
        found["parameters"].append(where)
    if operation.body == BYTES:
        found["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    elif operation.body:
        content = {"application/json": {"schema": ref(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _answer(answer: Answer) -> Mapping[str, Any]:
    found: dict[str, Any] = {"description": answer.text}
    if answer.content:
        found["content"] = {kind: {"schema": schema} for kind, schema in answer.content.items()}
    return found


def _refusal(status: int) -> Mapping[str, Any]:
    content = {"application/json": {"schema": ref("Fault")}}
    return {"description": HTTPStatus(status).phrase, "content": content}
