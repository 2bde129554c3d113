"""What a page can do with the pictures that were sent to the studio."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response

from ortstyle.packaged import packaged_path
from ortstyle.studio.http.answers import empty_answer, json_answer
from ortstyle.studio.http.endpoint import in_thread, in_view_thread
from ortstyle.studio.http.file_answer import file_answer
from ortstyle.studio.http.operation import Call

_EXAMPLES = {"photograph": "photo.jpg", "painting": "painting.jpg"}  # role → file of the package


async def receive(call: Call) -> Response:
    """Keep the body of a request as a picture."""
    return await receive_as(call, role=call.query["role"])


async def receive_as(call: Call, **kind: Any) -> Response:
    """Keep the body of a request as a picture of some role, or as a film."""
    length = call.request.headers.get("content-length", "")
    picture = await call.studio.receive_picture(
        call.request.stream(),
        name=call.query["name"],
        length=int(length) if length.isdecimal() else None,
        **kind,
    )
    return json_answer(picture, 201)


async def examples(call: Call) -> Response:
    """Keep the example pictures of the package, as if they had been sent."""
    found = [await _receive_example(call.studio, role) for role in _EXAMPLES]
    return json_answer({"pictures": found}, 201)


async def _receive_example(studio: Any, role: str) -> Any:
    name = _EXAMPLES[role]
    data = await in_thread(packaged_path("examples", name).read_bytes)

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    return await studio.receive_picture(chunks(), name=name, role=role, length=len(data))


async def pictures(call: Call) -> Response:
    """List the pictures."""
    found = await in_thread(call.studio.pictures, call.query["role"])
    return json_answer({"pictures": found})


async def view(call: Call) -> Response:
    """Send a picture as small as it is shown."""
    path, media_type = await in_view_thread(call.studio.picture_file, call.id, call.query["side"])
    return await file_answer(call.request, path, media_type=media_type)


async def remove(call: Call) -> Response:
    """Remove a picture."""
    await in_thread(call.studio.remove_picture, call.id)
    return empty_answer()
