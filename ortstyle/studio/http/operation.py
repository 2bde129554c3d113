"""One operation of the studio's interface: what it takes, what it answers, and who does it.

The routes, the checks of requests and the OpenAPI document are made from the same operations.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

#: A schema as JSON Schema 2020-12 writes it; `schema_check` says which words of it are known.
Schema = Mapping[str, Any]

#: The body of a request that is a file's bytes, not JSON.
BYTES = "bytes"


@dataclass(frozen=True)
class Call:
    """A request that has been checked against its operation.

    Attributes
    ----------
    studio
        What is served.
    request
        The request itself, for its headers and a body that is not JSON.
    id
        The id in its address, which has the form of one; empty for an address without.
    query
        The values in its address, with the defaults of those that are missing.
    body
        Its body, if that is JSON.
    """

    studio: Any
    request: Request
    id: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Answer:
    """What an operation answers with one status.

    Attributes
    ----------
    text
        What it means, for the document.
    content
        A schema by media type; empty for an answer without a body.
    """

    text: str
    content: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of the interface.

    Attributes
    ----------
    method, path
        Of HTTP; `{id}` in the path stands for the id of a picture or painting.
    name
        Its name in the document.
    text
        What it does, in a sentence.
    handler
        The function that does it; None if `middleware.Guard` does, which stands before all.
    answers
        What it answers when it succeeds, by status.
    query
        The schema of each value that it takes in its address, which is an integer or text.
    needed
        The names of the values that must be given.
    body
        The name of its body's schema, `BYTES`, or empty for none.
    faults
        The statuses with which it refuses, beside those that follow from the rest.
    """

    method: str
    path: str
    name: str
    text: str
    handler: Callable[[Call], Awaitable[Response]] | None
    answers: Mapping[int, Answer]
    query: Mapping[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    body: str = ""
    faults: tuple[int, ...] = ()

    @property
    def takes_id(self) -> bool:
        """Whether there is an id in its path."""
        return "{id}" in self.path

    @property
    def refusals(self) -> tuple[int, ...]:
        """The statuses with which it can answer when it fails, in order."""
        found = {400, 401, 403, 414, 422, 431, 500, 503, *self.faults}
        if self.takes_id:
            found.add(404)
        if self.body:
            found |= {408, 413, 507}
        if self.body and self.body != BYTES:
            found.add(415)
        return tuple(sorted(found))


def json_answer_of(text: str, schema: Schema) -> Answer:
    """Return the description of an answer in JSON."""
    return Answer(text, {"application/json": schema})


def ref(name: str) -> Schema:
    """Return a schema that refers to another one by its name."""
    return {"$ref": f"#/components/schemas/{name}"}
