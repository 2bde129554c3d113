"""The schemas of what a page sends and gets, in JSON Schema 2020-12, by name."""

from collections.abc import Iterable, Mapping
from typing import get_args

from ortstyle.studio.http.operation import Schema, ref
from ortstyle.studio.orders.film import film_options
from ortstyle.studio.orders.order import LARGEST_WEIGHT, MOST_PAINTINGS, SCALES
from ortstyle.studio.orders.ordered_settings import offered_options
from ortstyle.studio.records import PHASES, Kind, Role

STATES = ("waiting", "running", "paused", "done", "failed", "stopped")

ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{20}$", "title": "an id"}
ID_OR_NULL: Schema = {**ID, "type": ["string", "null"]}
ROLE: Schema = {"type": "string", "enum": list(get_args(Role))}
KIND: Schema = {"type": "string", "enum": list(get_args(Kind))}
_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "number"}
_NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_ANY: Schema = {}


def _object(needed: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of an object without any other keys."""
    return {
        "type": "object",
        "required": list(needed),
        "properties": {**needed, **(optional or {})},
        "additionalProperties": False,
    }


def _list(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}


def _setting_values(names: Iterable[str]) -> Schema:
    """Return the schema of changed settings: those that name files can't be set by a page."""
    value: Schema = {"type": ["string", "number", "boolean", "array", "null"], "maxLength": 1000}
    return {
        "type": "object",
        "properties": dict.fromkeys(names, value),
        "additionalProperties": False,
    }


_PAINTING_OF_ORDER = _object(
    {"picture": ID},
    {
        "weight": {"type": "number", "minimum": 0, "maximum": LARGEST_WEIGHT, "default": 1},
        "scale": {"type": "number", "minimum": SCALES[0], "maximum": SCALES[1], "default": 1},
        "mask": ID_OR_NULL,
    },
)

_ORDER = _object(
    {"photograph": ID, "paintings": _list(_PAINTING_OF_ORDER, minItems=1, maxItems=MOST_PAINTINGS)},
    {
        "preset": {"type": "string", "maxLength": 100, "default": "default"},
        "settings": _setting_values(offered_options()),
        "device": {"type": "string", "maxLength": 100, "default": "auto"},
        "start": ID_OR_NULL,
        "parent": ID_OR_NULL,
        "label": {"type": "string", "maxLength": 80, "default": ""},
        "draft": {**_FLAG, "default": False},
        "variants": {**_FLAG, "default": False},
        "presets": {**_FLAG, "default": False},
        "location": {**_FLAG, "default": False},
        "film": {
            **_object(
                {},
                {
                    "settings": _setting_values(film_options()),
                    "begin": _NUMBER_OR_NULL,
                    "end": _NUMBER_OR_NULL,
                },
            ),
            "type": ["object", "null"],
        },
        "moment": _NUMBER_OR_NULL,
    },
)

_FILM: Schema = {
    **_object(
        {
            "begin": _NUMBER,
            "seconds": _NUMBER_OR_NULL,
            "rate": _NUMBER,
            "sound": _FLAG,
            "form": _TEXT,
        }
    ),
    "type": ["object", "null"],
}

_PROGRESS: Schema = {
    **_object(
        {
            "evaluations": _COUNT,
            "of": _COUNT,
            "loss": _NUMBER_OR_NULL,
            "seconds": _NUMBER_OR_NULL,
            "seconds_left": _NUMBER_OR_NULL,
            "scale": {"type": ["array", "null"], "items": _COUNT, "maxItems": 2},
            "phase": {"type": ["string", "null"], "enum": [*PHASES, None]},
            "frame": _COUNT_OR_NULL,
            "frames": _COUNT_OR_NULL,
            "frames_of": _COUNT_OR_NULL,
        }
    ),
    "type": ["object", "null"],
}

_SUMMARY: Mapping[str, Schema] = {
    "id": ID,
    "kind": KIND,
    "state": {"type": "string", "enum": list(STATES)},
    "created": _NUMBER,
    "begun": _NUMBER_OR_NULL,
    "ended": _NUMBER_OR_NULL,
    "title": _TEXT,
    "label": _TEXT,
    "photograph": ID,
    "paintings": _list(ID),
    "group": _TEXT_OR_NULL,
    "parent": ID_OR_NULL,
    "preset": _TEXT,
    "size": {"type": ["integer", "string"]},
    "full_size": {"type": ["integer", "string"]},
    "strokes": _NUMBER_OR_NULL,
    "device": _TEXT,
    "width": _COUNT_OR_NULL,
    "height": _COUNT_OR_NULL,
    "film": _FILM,
    "progress": _PROGRESS,
    "preview": {"type": ["integer", "string", "null"]},
    "error": _TEXT_OR_NULL,
    "notices": _list(_TEXT),
    "seconds": _NUMBER_OR_NULL,
}

_COMMAND = _object({"render": _TEXT, "powershell": _TEXT, "python": _TEXT})

_DETAIL: Mapping[str, Schema] = {
    **_SUMMARY,
    "order": {"type": "object"},
    "pictures": _list(_object({"id": ID, "name": _TEXT, "there": _FLAG})),
    "curve": _list(_list(_ANY, minItems=2, maxItems=3)),
    "settings": {"type": "object"},
    "versions": {"type": "object"},
    "sha256": _TEXT_OR_NULL,
    "bytes": _COUNT_OR_NULL,
    "command": {**_COMMAND, "type": ["object", "null"]},
}

_CLIP: Schema = {
    **_object(
        {
            "seconds": _NUMBER_OR_NULL,
            "frames": _COUNT_OR_NULL,
            "rate": _NUMBER,
            "sound": _FLAG,
            "poster": _NUMBER,
            "form": _TEXT,
        }
    ),
    "type": ["object", "null"],
}
_STILL: Schema = {**_object({"of": ID, "at": _NUMBER}), "type": ["object", "null"]}

_PICTURE = _object(
    {
        "id": ID,
        "name": _TEXT,
        "role": ROLE,
        "width": _COUNT,
        "height": _COUNT,
        "bytes": _COUNT,
        "added": _NUMBER,
        "used": _FLAG,
        "clip": _CLIP,
        "still": _STILL,
    }
)

_STUDIO = _object(
    {
        "version": _TEXT,
        "devices": _list(_object({"name": _TEXT, "label": _TEXT})),
        "limits": _object({"upload_bytes": _COUNT, "film_bytes": _COUNT, "pixels": _COUNT}),
        "folder_free_bytes": _COUNT_OR_NULL,
        "languages": _list(_TEXT),
        "remote": _FLAG,
    }
)

_OPTION: Schema = {
    "type": "object",
    "required": ["name", "flag", "label", "help", "type", "default"],
    "properties": {
        "name": _TEXT,
        "flag": _TEXT,
        "label": _TEXT,
        "help": _TEXT,
        "type": {"type": "string", "enum": ["number", "integer", "boolean", "choice", "text"]},
        "choices": {"type": ["array", "null"]},
        "words": {"type": "object"},
    },
}

_PANEL = _object({"name": _TEXT, "options": _list(_OPTION)})

_FORM = _object(
    {
        "presets": _list(
            _object({"name": _TEXT, "description": _TEXT, "values": {"type": "object"}})
        ),
        "panels": _list(_PANEL),
        "film": _list(_PANEL),
    }
)

_PLAN = _object(
    {
        "evaluations": _COUNT_OR_NULL,
        "seconds": _NUMBER_OR_NULL,
        "memory_bytes": _COUNT_OR_NULL,
        "free_bytes": _COUNT_OR_NULL,
        "tiles": _COUNT_OR_NULL,
        "width": _COUNT_OR_NULL,
        "height": _COUNT_OR_NULL,
        "frames": _COUNT_OR_NULL,
        "disk_bytes": _COUNT_OR_NULL,
        "text": _list(_TEXT),
        "fits": _FLAG,
    }
)

#: What is being composed may be anything that the page can go on with.
_WORKSPACE = _object({"order": {"type": ["object", "null"]}, "current": ID_OR_NULL})

_LOGIN = _object({"password": {"type": "string", "maxLength": 1000}})

#: Every schema of the document by its name.
SCHEMAS: Mapping[str, Schema] = {
    "Command": _COMMAND,
    "Detail": _object(_DETAIL),
    "Fault": _object({"error": _TEXT, "kind": _TEXT}, {"field": _TEXT}),
    "Form": _FORM,
    "Login": _LOGIN,
    "Move": _object({"before": ID_OR_NULL}),
    "Order": _ORDER,
    "Page": _object({"paintings": _list(ref("Summary")), "more": _FLAG}),
    "Picture": _PICTURE,
    "Pictures": _object({"pictures": _list(ref("Picture"))}),
    "Plan": _PLAN,
    "Queue": _object({"paintings": _list(ref("Summary"))}),
    "Studio": _STUDIO,
    "Summary": _object(_SUMMARY),
    "Workspace": _WORKSPACE,
}
