"""What a page asks the studio as a whole: what it is, its form, its workspace and its events."""

from starlette.responses import Response

from ortstyle.studio.http.answers import json_answer
from ortstyle.studio.http.endpoint import in_thread
from ortstyle.studio.http.event_answer import EVENT_HEADERS, EventAnswer
from ortstyle.studio.http.operation import Call


async def about(call: Call) -> Response:
    """Tell what the studio is and has."""
    return json_answer(await in_thread(call.studio.about))


async def form(call: Call) -> Response:
    """Tell the settings that a painting can have."""
    return json_answer(await in_thread(call.studio.form))


async def workspace(call: Call) -> Response:
    """Tell what was being composed."""
    return json_answer(await in_thread(call.studio.workspace))


async def set_workspace(call: Call) -> Response:
    """Remember what is being composed."""
    await in_thread(call.studio.set_workspace, call.body)
    return await workspace(call)


async def openapi(call: Call) -> Response:
    """Send the document of the interface."""
    return json_answer(call.request.app.state.document)


async def events(call: Call) -> Response:
    """Tell what happens as it happens, until the page or the studio closes."""
    if call.request.method == "HEAD":  # whose answer would never end
        return Response(media_type="text/event-stream", headers=EVENT_HEADERS)
    return EventAnswer(call.studio.hub.subscribe(call.request.headers.get("last-event-id")))
