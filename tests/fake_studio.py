"""A studio that paints nothing, with the methods that the routes call; it keeps what it is sent."""

import io
from contextlib import suppress

from PIL import Image

from ortstyle.studio.faults import Conflict, NotFound, Refused
from ortstyle.studio.records import new_id


class FakeHub:
    """A hub whose events are those of the list `texts`; then it ends."""

    def __init__(self):
        self.texts, self.seen = ["id: 1-1\nevent: hello\ndata: {}\n\n"], []
        self.refuses = False

    def subscribe(self, last_event_id):
        self.seen.append(last_event_id)
        if self.refuses:
            raise Conflict("There are too many tabs.")
        return self._all()

    async def _all(self):
        for text in self.texts:
            yield text


class FakeFilms:
    """The films of a fake studio: each picture is one."""

    def __init__(self, studio):
        self._studio = studio

    def clip_file(self, key):
        return self._studio.picture_file(key, None)[0], "video/mp4"

    def clip_frame(self, key, at, side):
        self._studio._note("frame", key, at, side)
        return self._studio.picture_file(key, side)[0]

    def painted_file(self, key):
        return self._studio.image_file(key, None)[0], "video/mp4"

    def painted_frame(self, key, at, side):
        self._studio._note("painted", key, at, side)
        return self._studio.image_file(key, side)[0]


class FakeStudio:
    """See the module's docstring.

    Parameters
    ----------
    folder
        The only folder that it writes to.
    """

    def __init__(self, folder):
        self.folder, self.hub = folder, FakeHub()
        self.kept, self.painted = {}, {}
        self.composed = {"order": None, "current": None}
        self.called, self.error = [], None
        self.films = FakeFilms(self)

    def _note(self, *call):
        self.called.append(call)
        if self.error is not None:
            raise self.error

    def about(self):
        self._note("about")
        return {
            "version": "1",
            "devices": [{"name": "auto", "label": "The best"}],
            "limits": {"upload_bytes": 10**6, "film_bytes": 10**7, "pixels": 10**6},
            "folder_free_bytes": 10**9,
            "languages": ["en"],
            "remote": False,
        }

    def form(self):
        self._note("form")
        return {"presets": [], "panels": [], "film": []}

    async def receive_picture(self, chunks, *, name, role, length, is_film=False):
        self._note("receive", name, role, length)
        clip = None
        if is_film:
            clip = {"seconds": 3.0, "frames": 75, "rate": 25.0, "sound": True}
            clip |= {"poster": 1.0, "form": "mp4"}
        data = b"".join([chunk async for chunk in chunks])
        with suppress(OSError):
            width, height = Image.open(io.BytesIO(data)).size
            key = new_id()
            (self.folder / f"{key}.png").write_bytes(data)
            self.kept[key] = {"id": key, "name": name, "role": role, "width": width}
            self.kept[key] |= {"height": height, "bytes": len(data), "added": 1.5, "used": False}
            self.kept[key] |= {"clip": clip, "still": None}
            return self.kept[key]
        raise Refused("This is not a picture.")

    def pictures(self, role):
        return [picture for picture in self.kept.values() if role in (None, picture["role"])]

    def picture_file(self, key, side):
        self._note("view", key, side)
        self._picture(key)
        return self.folder / f"{key}.png", "image/png"

    def remove_picture(self, key):
        self._picture(key)
        if any(painting["photograph"] == key for painting in self.painted.values()):
            raise Conflict("A painting needs this picture.")
        del self.kept[key]

    def order(self, data):
        self._note("order", data)
        self._picture(data["photograph"])
        pictures = [painting["picture"] for painting in data["paintings"]]
        for key in pictures:
            self._picture(key)
        key = new_id()
        self.painted[key] = {
            "id": key,
            "kind": "draft" if data.get("draft") else "painting",
            "state": "waiting",
            "title": "a title",
            "label": "",
            "created": 1.5,
            "photograph": data["photograph"],
            "paintings": pictures,
            "preset": data.get("preset", "default"),
            "size": 512,
            "full_size": 512,
            "strokes": None,
            "device": "auto",
            "notices": [],
        }
        empty = "begun ended group parent width height film progress preview error seconds"
        self.painted[key] |= dict.fromkeys(empty.split())
        return [self.painted[key]]

    def plan(self, data):
        self._note("plan", data)
        self._picture(data["photograph"])
        figures = "evaluations seconds memory_bytes free_bytes tiles width height frames disk_bytes"
        return dict.fromkeys(figures.split()) | {"text": [], "fits": True}

    def command(self, data):
        self._note("command", data)
        return {"render": "ortstyle", "powershell": "ortstyle", "python": "import ortstyle"}

    def paintings(self, before, limit, kind, state):
        self._note("paintings", before, limit, kind, state)
        return {"paintings": list(self.painted.values())[:limit], "more": False}

    def queue(self):
        return list(self.painted.values())

    def painting(self, key):
        self._note("painting", key)
        more = {"order": {}, "curve": [[1, 2.5, {"style": 2.0}]], "settings": {}, "versions": {}}
        more["pictures"] = [{"id": key, "name": "a.png", "there": True}]
        return self._painting(key) | more | {"sha256": None, "bytes": None, "command": None}

    def act(self, key, action, **values):
        self._note(action, key, values)
        return self._painting(key)

    def remove_painting(self, key):
        self._painting(key)
        del self.painted[key]

    def preview(self, key, side):
        self._note("preview", key, side)
        return (b"jpeg", 7) if self._painting(key)["kind"] == "draft" else None

    def image_file(self, key, side):
        self._note("image", key, side)
        return self.picture_file(self._painting(key)["photograph"], side)

    def download(self, key, metadata, format):  # noqa: A002
        self._note("download", key, metadata, format)
        return *self.image_file(key, None)[:1], "a “title”.png", "image/png"

    def to_picture(self, key, role):
        self._note("to_picture", key, role)
        return self._picture(self._painting(key)["photograph"])

    def workspace(self):
        return self.composed

    def set_workspace(self, data):
        self._note("workspace", data)
        self.composed = data

    def _picture(self, key):
        if key not in self.kept:
            raise NotFound("There is no picture with this id.")
        return self.kept[key]

    def _painting(self, key):
        if key not in self.painted:
            raise NotFound("There is no painting with this id.")
        return self.painted[key]
