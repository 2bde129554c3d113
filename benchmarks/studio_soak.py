"""Hours of a studio's queue in a short time: many tiny paintings, and tabs that come and go."""

import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Event as Flag, Lock, Thread
from time import monotonic
from typing import Any

import numpy as np
import psutil
from PIL import Image
from studio_client import Client, StudioProcess
from studio_samples import Sample, sample

_AHEAD = 6  # paintings that wait, at least, and drafts
_KEPT = 200  # paintings; older ones are removed
_PICTURES = 6  # photographs and paintings, each; older ones are removed
_PAGE = ("/", "/page/js/main.js", "/page/studio.css", "/api/form", "/api/studio", "/api/workspace")
_OVER = {"done", "failed", "stopped"}


class Soak:
    """Keeps a studio busy until a number of paintings is done, or the time is up.

    Parameters
    ----------
    studio, folder
        The studio, which answers already, and its folder.
    size, evaluations
        Of a painting.
    seed
        Of what is done at random.
    """

    def __init__(
        self, studio: StudioProcess, folder: Path, *, size: int, evaluations: int, seed: int
    ) -> None:
        self._studio, self._folder = studio, folder
        self._size, self._evaluations = size, evaluations
        self._random = random.Random(seed)  # noqa: S311  orders, no secrets
        self._ending, self._lock = Flag(), Lock()
        self._states: dict[str, str] = {}  # of the paintings that are there
        self._drafts: set[str] = set()
        self._pictures: dict[str, deque[str]] = {"photograph": deque(), "painting": deque()}
        self._done, self._failed, self._tabs, self._orders = 0, 0, 0, 0
        self._process = psutil.Process(studio.pid)
        #: What has gone wrong in a thread.
        self.faults: list[BaseException] = []

    def run(
        self, *, jobs: int, minutes: float, every: float, tell: Callable[[Sample], None]
    ) -> list[Sample]:
        """Return samples, which are told as they are taken, every so many seconds."""
        began, samples = monotonic(), list[Sample]()
        works = (self._order, self._look, self._come_and_go)
        threads = [Thread(target=self._work, args=(work,), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        while not self._ending.wait(every):
            passed = (monotonic() - began) / 60
            samples.append(
                sample(
                    self._process,
                    self._folder,
                    minutes=passed,
                    done=self._done,
                    failed=self._failed,
                    tabs=self._tabs,
                )
            )
            tell(samples[-1])
            if self._done >= jobs or passed >= minutes:
                break
        self._ending.set()
        for thread in threads:
            thread.join()
        return samples

    def _work(self, work: Callable[[Client], None]) -> None:
        client = Client(self._studio)
        try:
            work(client)
        except BaseException as fault:  # noqa: BLE001  told at the end
            self.faults.append(fault)
            self._ending.set()
        finally:
            client.close()

    # what is ordered and removed

    def _order(self, client: Client) -> None:
        """Order paintings, steer some of them, and remove old ones and pictures."""
        for role in self._pictures:
            self._send_picture(client, role)
        while not self._ending.wait(0.2):
            with self._lock:
                going = [id_ for id_, state in self._states.items() if state not in _OVER]
            drafts = sum(id_ in self._drafts for id_ in going)
            for is_draft, count in ((True, drafts), (False, len(going) - drafts)):
                for _ in range(_AHEAD - count):
                    self._order_one(client, is_draft=is_draft)
            self._steer(client)
            self._remove_old(client)

    def _order_one(self, client: Client, *, is_draft: bool) -> None:
        if self._orders % 25 == 0:
            self._send_picture(client, self._random.choice(list(self._pictures)))
        self._orders += 1
        order = {
            "photograph": self._picture("photograph"),
            "paintings": [{"picture": self._picture("painting")}],
            "settings": {
                "size": self._size,
                "iterations": self._evaluations,
                "seed": self._orders,
                "init": "noise",
            },
            "draft": is_draft,
        }
        if self._orders % 10 == 0:
            client.ask("/api/plan", "POST", order)
            client.ask("/api/command", "POST", order)
        answer = client.ask("/api/paintings", "POST", order)
        for summary in answer["paintings"]:
            if is_draft:
                self._drafts.add(summary["id"])
            self._note(summary)

    def _send_picture(self, client: Client, role: str) -> None:
        small = self._random.randbytes(6 * 8 * 3)
        image = Image.fromarray(np.frombuffer(small, np.uint8).reshape(6, 8, 3))
        data = BytesIO()
        image.resize((320, 240), Image.Resampling.BICUBIC).save(data, "png")
        ids = self._pictures[role]
        ids.append(client.upload(data.getvalue(), f"{role} {len(ids)}.png", role))
        client.fetch(f"/api/pictures/{ids[-1]}/view?side=256")

    def _picture(self, role: str) -> str:
        """Return one of the newest pictures of a role; older ones are to be removed."""
        return self._random.choice(list(self._pictures[role])[-_PICTURES:])

    def _steer(self, client: Client) -> None:
        """Pause, proceed, stop, retry or move a painting that is not over."""
        with self._lock:
            ids = [id_ for id_, state in self._states.items() if state not in _OVER]
            paused = [id_ for id_, state in self._states.items() if state == "paused"]
        for id_ in paused:
            client.ask(f"/api/paintings/{id_}/proceed", "POST")
        if ids and self._random.random() < 0.1:
            action = self._random.choice(["pause", "stop", "move", "delete"])
            data = {"before": None} if action == "move" else None
            path = f"/api/paintings/{self._random.choice(ids)}"
            if action == "delete":
                client.fetch(path, "DELETE")
            else:
                client.ask(f"{path}/{action}", "POST", data)

    def _remove_old(self, client: Client) -> None:
        for ids in self._pictures.values():
            if len(ids) > _PICTURES and client.fetch(f"/api/pictures/{ids[0]}", "DELETE")[0] == 204:
                ids.popleft()
        with self._lock:
            over = [id_ for id_, state in self._states.items() if state in _OVER]
        for id_ in over[: max(0, len(over) - _KEPT)]:
            client.fetch(f"/api/paintings/{id_}", "DELETE")
            with self._lock:
                self._states.pop(id_, None)

    # the tabs

    def _look(self, client: Client) -> None:
        """Hear the events all the time, as a tab does, and fetch what they tell of."""
        other = Client(self._studio)
        while not self._ending.is_set():
            with suppress(TimeoutError):
                for kind, data in client.events():
                    self._hear(other, kind, data)
                    if self._ending.is_set():
                        break
            client.close()
        other.close()

    def _hear(self, client: Client, kind: str, data: dict[str, Any]) -> None:
        if kind in ("hello", "reload"):
            for summary in client.ask("/api/queue")["paintings"]:
                self._note(summary)
            client.ask("/api/paintings?limit=50")
        elif kind == "removed":
            with self._lock:
                self._states.pop(data["id"], None)
        elif kind == "painting":
            id_ = data["id"]
            if data["state"] == "running":
                client.fetch(f"/api/paintings/{id_}/preview?side=256")
            if self._note(data) and data["state"] == "done":
                client.fetch(f"/api/paintings/{id_}/image?side=256")
                client.ask(f"/api/paintings/{id_}")
                client.ask("/api/paintings?limit=50")

    def _note(self, summary: dict[str, Any]) -> bool:
        """Note the state of a painting; return whether it is new."""
        id_, state = summary["id"], summary["state"]
        with self._lock:
            is_new: bool = self._states.get(id_) != state
            self._states[id_] = state
            self._done += int(is_new and state == "done")
            self._failed += int(is_new and state == "failed")
        return is_new

    def _come_and_go(self, client: Client) -> None:
        """Open a tab every few seconds, which loads the page and hears events for a moment."""
        moments = random.Random(self._size)  # noqa: S311  no secrets
        while not self._ending.wait(moments.uniform(1, 4)):
            for path in _PAGE:
                client.fetch(path)
            leaving = monotonic() + moments.uniform(0, 3)
            for _ in client.events():
                if monotonic() > leaving or self._ending.is_set():
                    break
            client.close()  # as abruptly as a tab that is closed
            self._tabs += 1
