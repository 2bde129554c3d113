"""Queues with the real worker, and what a studio makes of their events."""

import asyncio
import sys
import threading
from pathlib import Path

import pytest
from commands import ENDLESS, needs_runtime
from PIL import Image
from queued import make_jobs
from supervised import Queue, wait_until

from ortstyle.jobs.job import make_job
from ortstyle.jobs.store import State
from ortstyle.studio.paintings.curves import Curves
from ortstyle.studio.paintings.event_stream import EventHub
from ortstyle.studio.paintings.previews import Previews
from ortstyle.studio.paintings.queue import PaintingQueue
from ortstyle.studio.records import new_id


@pytest.fixture
def make(tmp_path, tiny_settings):
    """Return a function that makes a job of the tiny network."""
    for name in ("photo.png", "painting.png"):
        Image.effect_noise((48, 36), 50).convert("RGB").save(tmp_path / name)

    def make_one(name, **settings):
        inputs = tmp_path / "photo.png", [tmp_path / "painting.png"]
        others = {"device": "cpu", "threads": 1}
        return make_job(*inputs, tmp_path / name, settings=tiny_settings(**settings), **others)

    return make_one


@needs_runtime
def test_a_draft_is_painted_beside_a_painting_and_both_are_shown(make, tmp_path):
    painting, draft = make("painting_.png", **ENDLESS), make("draft.png", iterations=40)
    ids = {painting.key: new_id(), draft.key: new_id()}
    curves, hub, versions = Curves(tmp_path / "curves"), EventHub(), {}
    queues = {}
    previews = Previews(lambda key, side: [q.preview(key, side) for q in queues.values()])

    def tell(event):
        curves.take(ids[event.job], event)
        if previews.take(event):
            versions.setdefault(event.job, []).append(previews.version(event.job))
            hub.publish("painting", {"id": ids[event.job], "preview": versions[event.job][-1]})

    def look(job):
        previews.look(job.key, 64)
        return len(versions.get(job.key, [])) >= 3

    for name, background in (("queue", True), ("drafts", False)):
        queues[name] = PaintingQueue(
            tmp_path / name, devices=["cpu"], threads=1, tell=tell, background=background
        )
    try:
        queues["queue"].add([painting])
        wait_until(lambda: look(painting), 60)
        queues["drafts"].add([draft])
        wait_until(lambda: queues["drafts"].row(draft.key).state is State.DONE, 60)
        assert queues["queue"].row(painting.key).state is State.RUNNING
        assert curves.read(ids[draft.key])[-1].evaluations == 40
        assert set(curves.read(ids[draft.key])[-1].terms) == {"content", "style", "tv"}
        with Image.open(draft.output) as found:
            assert found.size == (24, 18)
        assert previews.version(draft.key) is None
        queues["queue"].remove(painting.key)
        wait_until(lambda: not queues["queue"]._removals.keys)
    finally:
        for queue in queues.values():
            queue.close()
    assert versions[painting.key] == sorted(set(versions[painting.key]))
    assert not list(tmp_path.glob("queue/checkpoints/*"))
    assert not painting.output.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files as Linux shows them")
def test_many_jobs_leave_no_threads_and_no_open_files(tmp_path):
    def usage():
        return threading.active_count() + len(list(Path("/proc/self/fd").iterdir()))

    fake = Queue(tmp_path, 0, steps=1)
    fake.close()
    hub, jobs = EventHub(), make_jobs(tmp_path, 40)
    with PaintingQueue(
        fake.state,
        devices=["cpu"],
        threads=1,
        tell=lambda event: hub.publish("painting", {"id": event.job}),
        command=fake.command,
    ) as queue:
        queue.add(jobs[:1])
        wait_until(lambda: not queue.rows())
        before = usage()
        queue.add(jobs[1:])
        wait_until(lambda: not queue.rows(), 60)
        for job in jobs[:20]:
            queue.remove(job.key)
        wait_until(lambda: not queue._removals.keys)
        # SQLite closes some files later, while another connection has a lock.
        wait_until(lambda: usage() <= before + 5, 10)
    assert asyncio.run(read(hub)) == "hello"


async def read(hub):
    """Return the kind of the first event that a new tab gets."""
    return (await anext(hub.subscribe())).partition("event: ")[2].split()[0]
