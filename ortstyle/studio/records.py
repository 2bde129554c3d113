"""What the studio remembers: pictures, clips among them, and paintings, each under an opaque id."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

_ID = re.compile("[0-9a-f]{20}")

#: What a picture was sent for. The same picture may be used as another one too.
Role = Literal["photograph", "painting", "mask"]
Kind = Literal["painting", "draft"]
#: What is done with the frames of a film: `video.film_progress.Phase`, which no server loads.
PHASES = ("reading", "painting", "between", "writing")


def new_id() -> str:
    """Return a new id of a picture or painting: 20 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(10)


def is_id(text: object) -> bool:
    """Return whether something of unknown origin has the form of an id."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that was sent to the studio; its bytes are kept as they came.

    Attributes
    ----------
    id
        Its id.
    name
        The name of its file on the user's machine, on one line, to be shown and never opened.
    role
        What it was sent for.
    suffix
        That of the kept file, such as ".jpg", by the kind of its content.
    sha256
        The hash of its bytes, as hexadecimal digits.
    bytes
        The size of the file.
    width, height
        In pixels, upright.
    added
        When it came, in seconds since 1970.
    clip
        What a film has beside its size: seconds and frames (None where the file does not tell),
        rate (frames a second) and sound (whether it has any); None for a picture.
    still
        What a still of a film is: of (the id of the film) and at (seconds from its first frame);
        None for any other picture.
    """

    id: str
    name: str
    role: Role
    suffix: str
    sha256: str
    bytes: int
    width: int
    height: int
    added: float
    clip: Mapping[str, Any] | None = None
    still: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Painting:
    """A painting that was ordered; the store of jobs has its state.

    Attributes
    ----------
    id
        Its id, which is the name of its result's file too.
    key
        `Job.key` of its job.
    kind
        Whether it is a painting or a draft, which has a queue of its own.
    created
        When it was ordered, in seconds since 1970.
    order
        What was ordered, as JSON can hold it; see `order.Order`.
    title
        The names of its pictures, on one line.
    group
        What drafts that were ordered together have in common; None for a single painting.
    parent
        The painting that it was begun from; None for none.
    result
        What is known of its result once it is done: sha256, width, height, seconds, evaluations,
        device and bytes.
    """

    id: str
    key: str
    kind: Kind
    created: float
    order: Mapping[str, Any]
    title: str
    group: str | None = None
    parent: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
