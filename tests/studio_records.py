"""Pictures and paintings of a studio, for tests; their files are never read."""

from ortstyle.studio.records import Painting, Picture, new_id


def a_picture(**changes):
    """Return a picture of its own bytes."""
    values = {
        "id": new_id(),
        "name": "sea.jpg",
        "role": "photograph",
        "suffix": ".jpg",
        "sha256": (new_id() * 4)[:64],
        "bytes": 1000,
        "width": 40,
        "height": 30,
        "added": 1.5e9,
    }
    return Picture(**values | changes)


def a_painting(photograph, style, *, mask=None, start=None, **changes):
    """Return a painting that was ordered with some pictures."""
    values = {
        "id": new_id(),
        "key": new_id()[:16],
        "kind": "painting",
        "created": 1.6e9,
        "order": {
            "photograph": photograph.id,
            "paintings": [{"picture": style.id, "mask": mask and mask.id}],
            "start": start and start.id,
        },
        "title": "sea, waves",
    }
    return Painting(**values | changes)
