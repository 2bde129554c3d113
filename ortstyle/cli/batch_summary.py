"""The first line of a batch: how many pictures, how long, how much memory."""

from collections import Counter
from collections.abc import Sequence
from math import prod

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.batch_queue import BatchQueue
from ortstyle.memory.amounts import format_memory
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.report.batch_display import format_seconds
from ortstyle.run.prediction import predict
from ortstyle.video.estimate import evaluation_seconds


def summarise(queue: BatchQueue, seconds_left: float | None, *, devices: Sequence[str]) -> str:
    """Return in one line how many jobs there are, how long they take, and how much memory."""
    counts = Counter(result.state for result in queue.results.values())
    replacing = len(queue.replacing)
    note = f" ({replacing} {'replaces' if replacing == 1 else 'replace'} a file)"
    parts = [f"{len(queue.todo)} to paint{note if replacing else ''}"] if queue.todo else []
    parts += [f"{counts['skipped']} done before"] if counts["skipped"] else []
    parts += [f"{counts['failed']} failed"] if counts["failed"] else []
    total = len(queue.planned)
    told = [f"{total} {'job' if total == 1 else 'jobs'}: {', '.join(parts)}"]
    if frames := [one.frames or 0 for one in queue.planned if one.job and one.job.film]:
        count = f"{len(frames)} {'film' if len(frames) == 1 else 'films'}"
        told[0] += f"; {count} of {sum(frames):,} frames among them"
    if queue.todo:
        if seconds_left is None:
            told.append("how long is known once some are painted")
        else:
            told.append(f"about {format_seconds(seconds_left)} left")
        if amount := _memory(queue):
            each = " for each worker" if len(devices) > 1 else ""
            told.append(f"up to {format_memory(amount)} of memory{each}")
    return "; ".join(told)


def measured_seconds(queue: BatchQueue, *, devices: Sequence[str]) -> float | None:
    """Return how long the jobs to paint take, by a few evaluations on the first of the devices.

    It is None without films: pictures tell it soon enough. Decoding and motion are not counted.
    """
    films = [job for job in queue.todo.values() if job.film is not None]
    if not films:
        return None
    try:
        pixel = evaluation_seconds((1, 1), films[0].settings, device=devices[0])
    except OrtStyleError:  # as the job will say when its turn comes
        return None
    return pixel * sum(queue.works().values()) / len(devices)


def _memory(queue: BatchQueue) -> int | None:
    """Return the bytes that the largest job takes on the processor; None if that isn't known."""

    def pixels(number: int) -> int:
        size, side = queue.planned[number].size, queue.todo[number].settings.side
        return prod(scaled_size(size or (1, 1), side))

    pictures = [number for number, job in queue.todo.items() if job.film is None]
    if not pictures:
        return None
    job = queue.todo[max(pictures, key=pixels)]
    try:
        plans = predict(job.content, job.styles, job.settings, memory=job.memory)
    except OrtStyleError:  # as the job will say when its turn comes
        return None
    return max(plan.memory for _, plan in plans)
