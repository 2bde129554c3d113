"""What a page can do with films: send, play, look at a frame."""

from starlette.responses import Response

from ortstyle.studio.http.endpoint import in_thread, in_view_thread
from ortstyle.studio.http.file_answer import file_answer
from ortstyle.studio.http.operation import Call
from ortstyle.studio.http.picture_routes import receive_as
from ortstyle.studio.http.range_answer import film_answer


async def receive(call: Call) -> Response:
    """Keep the body of a request as a film."""
    return await receive_as(call, role="photograph", is_film=True)


async def clip(call: Call) -> Response:
    """Send a film that was sent to the studio, or a part of it."""
    path, media_type = await in_thread(call.studio.films.clip_file, call.id)
    return await film_answer(call.request, path, media_type=media_type)


async def frame(call: Call) -> Response:
    """Send a frame of a film as small as it is shown."""
    values = call.query["at"] / 1000, call.query["side"]
    path = await in_view_thread(call.studio.films.clip_frame, call.id, *values)
    return await file_answer(call.request, path, media_type="image/jpeg")


async def painted(call: Call) -> Response:
    """Send a painted film, or a part of it."""
    path, media_type = await in_thread(call.studio.films.painted_file, call.id)
    return await film_answer(call.request, path, media_type=media_type)


async def painted_frame(call: Call) -> Response:
    """Send a painted frame as small as it is shown, also while the film is painted."""
    values = call.query["at"] / 1000, call.query["side"]
    path = await in_view_thread(call.studio.films.painted_frame, call.id, *values)
    media_type = "image/png" if path.suffix == ".png" else "image/jpeg"
    return await file_answer(call.request, path, media_type=media_type)
