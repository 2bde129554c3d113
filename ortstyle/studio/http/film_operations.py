"""The operations of the studio's interface that are about films."""

from ortstyle.studio.http import film_routes
from ortstyle.studio.http.operation import BYTES, Answer, Operation, Schema, json_answer_of, ref
from ortstyle.studio.pictures.films import MEDIA_TYPES, OTHER_TYPE

_AT: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": 10**11,
    "description": "A moment, in milliseconds from the first frame.",
}
_SIDE: Schema = {"type": "integer", "minimum": 1, "maximum": 16384, "default": 1024}
_TYPES: dict[str, Schema] = {name: {} for name in sorted({*MEDIA_TYPES.values(), OTHER_TYPE})}
_FILM = {
    200: Answer("The film.", _TYPES),
    206: Answer("The part that was asked for with `Range`.", _TYPES),
    304: Answer("It is the one whose ETag was sent."),
}
_FRAME = {
    200: Answer("The frame.", {"image/jpeg": {}, "image/png": {}}),
    304: Answer("It is the one whose ETag was sent."),
}

FILM_OPERATIONS = (
    Operation(
        method="PUT",
        path="/api/clips",
        name="receiveFilm",
        text="Keep a film, as a photograph; the body is its file's bytes.",
        handler=film_routes.receive,
        query={"name": {"type": "string", "maxLength": 1000, "default": ""}},
        body=BYTES,
        answers={201: json_answer_of("The film.", ref("Picture"))},
    ),
    Operation(
        method="GET",
        path="/api/pictures/{id}/film",
        name="playClip",
        text="A film that was sent, as it came, or the part that `Range` asks for.",
        handler=film_routes.clip,
        answers=_FILM,
        faults=(416,),
    ),
    Operation(
        method="GET",
        path="/api/pictures/{id}/frame",
        name="frameOfClip",
        text="The frame of a film that is seen at a moment, as small as it is shown.",
        handler=film_routes.frame,
        query={"at": _AT, "side": _SIDE},
        needed=("at",),
        answers=_FRAME,
        faults=(507,),
    ),
    Operation(
        method="GET",
        path="/api/paintings/{id}/film",
        name="playFilm",
        text="A painted film, or the part of it that `Range` asks for.",
        handler=film_routes.painted,
        answers=_FILM,
        faults=(416,),
    ),
    Operation(
        method="GET",
        path="/api/paintings/{id}/frame",
        name="frameOfFilm",
        text="The painted frame that is seen at a moment, or while it is painted the last before.",
        handler=film_routes.painted_frame,
        query={"at": _AT, "side": _SIDE},
        needed=("at",),
        answers=_FRAME,
        faults=(507,),
    ),
)
