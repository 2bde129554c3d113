"""Pictures and films as a page lists them."""

from dataclasses import asdict
from typing import Any

from ortstyle.studio.pictures.films import poster_of
from ortstyle.studio.records import Picture

_HIDDEN = {"suffix", "sha256"}


def picture_json(picture: Picture, *, is_used: bool) -> dict[str, Any]:
    """Return what a page knows of a picture, as JSON can hold it.

    A film also has "poster", the moment of the frame that stands for it, and "form", what kind of
    file it is, such as "mp4".
    """
    found = {name: value for name, value in asdict(picture).items() if name not in _HIDDEN}
    if picture.clip is not None:
        more = {"poster": poster_of(picture), "form": picture.suffix.removeprefix(".")}
        found["clip"] = {**picture.clip, **more}
    return {**found, "used": is_used}
