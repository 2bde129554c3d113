"""A studio whose workers paint nothing, its folder, and two pictures; see `fake_worker`."""

import asyncio
import json
import sys
from hashlib import sha256

from PIL import Image
from supervised import FAKE, QUICK, wait_until

from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.records import Picture, new_id
from ortstyle.studio.studio import Studio

#: What workers do that are to be still at it when the test looks.
LONG = {"steps": 100_000, "pause": 0.01}


class StudioAtWork:
    """A folder with two pictures, and the studio that is open there.

    Parameters
    ----------
    path
        The folder of the test. The studio's own folder is within it.
    plan
        What the workers do.
    """

    def __init__(self, path, **plan):
        self.path, self.home = path, path / "studio"
        self.studio = self.folder = None
        self.plan(**plan)
        self.open()
        self.photograph = self.add_picture("photo.png", "photograph", color="red")
        self.style = self.add_picture("waves.png", "painting", color="blue")

    def plan(self, **plan):
        (self.path / "plan.json").write_text(json.dumps(QUICK | plan), "utf-8")

    def open(self, **options):
        command = [sys.executable, "-S", "-E", str(FAKE), str(self.path)]
        options = {"threads": 1, "command": command, "starts_reader": False} | options
        self.folder = StudioFolder(self.home)
        try:
            self.studio = Studio(self.folder, **options)
        except BaseException:
            self.folder.close()
            raise
        return self.studio

    def close(self):
        if self.studio:
            self.studio.close()
            self.folder.close()
        self.studio = None

    def add_picture(self, name, role, *, color):
        """Add a picture of one colour without a reader; return its id."""
        id_, catalogue = new_id(), self.studio.catalogue
        path = self.folder.picture(id_, ".png")
        Image.new("RGB", (48, 36), color).save(path)
        data = path.read_bytes()
        picture = Picture(
            id=id_,
            name=name,
            role=role,
            suffix=".png",
            sha256=sha256(data).hexdigest(),
            bytes=len(data),
            width=48,
            height=36,
            added=1.5,
        )
        catalogue.add_picture(picture)
        return id_

    def data(self, **changes):
        """Return an order of the two pictures."""
        return {"photograph": self.photograph, "paintings": [{"picture": self.style}]} | changes

    def order(self, **changes):
        """Order a painting; return its id."""
        (summary,) = self.studio.order(self.data(**changes))
        return summary["id"]

    def state(self, id_):
        return self.studio.painting(id_)["state"]

    def wait(self, id_, state="done"):
        wait_until(lambda: self.state(id_) == state)

    def wait_for_result(self, id_):
        """Wait until a painting is done and its event has been taken."""
        wait_until(lambda: self.studio.catalogue.painting(id_).result)

    def events(self):
        """Return kind and data of the events that are remembered."""
        text, _ = self.studio.hub.read(0)
        found = [part.splitlines() for part in text.split("\n\n") if part]
        return [
            (lines[1].removeprefix("event: "), json.loads(lines[2].removeprefix("data: ")))
            for lines in found
        ]

    def send(self, path, role="photograph", *, name=None):
        """Send a file, which a process of its own reads; return the picture."""

        async def chunks():
            yield path.read_bytes()

        length = path.stat().st_size
        return asyncio.run(
            self.studio.receive_picture(chunks(), name=name or path.name, role=role, length=length)
        )
