"""What a page can do with paintings: order, list, steer, show, keep and remove them."""

from typing import Any

from starlette.responses import Response

from ortstyle.studio.http.answers import empty_answer, json_answer
from ortstyle.studio.http.endpoint import in_thread, in_view_thread
from ortstyle.studio.http.file_answer import bytes_answer, file_answer
from ortstyle.studio.http.operation import Call


async def order(call: Call) -> Response:
    """Order a painting, a draft, or drafts to choose from."""
    found = await in_thread(call.studio.order, call.body)
    return json_answer({"paintings": found}, 201)


async def plan(call: Call) -> Response:
    """Tell what an order would take."""
    return json_answer(await in_view_thread(call.studio.plan, call.body))


async def command(call: Call) -> Response:
    """Tell the command and the Python lines that do the same as an order."""
    return json_answer(await in_thread(call.studio.command, call.body))


async def paintings(call: Call) -> Response:
    """List paintings, the newest first."""
    return json_answer(await in_thread(call.studio.paintings, **call.query))


async def queue(call: Call) -> Response:
    """List what is not over, in the order of the queue."""
    return json_answer({"paintings": await in_thread(call.studio.queue)})


async def detail(call: Call) -> Response:
    """Tell everything about a painting."""
    return json_answer(await in_thread(call.studio.painting, call.id))


async def pause(call: Call) -> Response:
    """Pause a painting."""
    return json_answer(await _act(call, "pause"))


async def proceed(call: Call) -> Response:
    """Go on with a painting that is paused."""
    return json_answer(await _act(call, "proceed"))


async def stop(call: Call) -> Response:
    """Stop a painting for good; its row stays."""
    return json_answer(await _act(call, "stop"))


async def retry(call: Call) -> Response:
    """Put a painting that failed or was stopped into its queue again."""
    return json_answer(await _act(call, "retry"))


async def move(call: Call) -> Response:
    """Let a painting have its turn before another one, or last."""
    await _act(call, "move", before=call.body["before"])
    return await queue(call)


async def remove(call: Call) -> Response:
    """Remove a painting, also while it is painted."""
    await in_thread(call.studio.remove_painting, call.id)
    return empty_answer()


async def preview(call: Call) -> Response:
    """Send the newest picture of a painting that is being painted."""
    found = await in_thread(call.studio.preview, call.id, call.query["side"])
    if found is None:
        return empty_answer()
    data, version = found
    tag = f'"{version}-{call.query["side"]}"'
    return bytes_answer(call.request, data, media_type="image/jpeg", tag=tag)


async def image(call: Call) -> Response:
    """Send a result, as small as it is shown, or whole."""
    path, media_type = await in_view_thread(call.studio.image_file, call.id, call.query["side"])
    return await file_answer(call.request, path, media_type=media_type)


async def download(call: Call) -> Response:
    """Send a result as a file to keep."""
    path, name, media_type = await in_view_thread(
        call.studio.download, call.id, call.query["metadata"], call.query["format"]
    )
    return await file_answer(call.request, path, media_type=media_type, download_as=name)


async def to_picture(call: Call) -> Response:
    """Use a result as a picture."""
    found = await in_view_thread(call.studio.to_picture, call.id, call.query["role"])
    return json_answer(found, 201)


async def _act(call: Call, action: str, **values: Any) -> Any:
    return await in_thread(call.studio.act, call.id, action, **values)
