"""What an order will take: evaluations, memory, tiles and the size of the result.

Only headers of pictures are read. This is called in the process that reads pictures, because it
loads ONNX and pictures come from strangers; see `reader`.
"""

from math import prod
from typing import Any

from ortstyle.errors import GraphError, MemoryBudgetError, OrtStyleError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import segments_of
from ortstyle.jobs.estimate import work_of
from ortstyle.jobs.job import Job
from ortstyle.memory.amounts import format_memory
from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.tiles import Tiling
from ortstyle.packaged import packaged_path
from ortstyle.pictures.header import read_header
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.run.prediction import predict
from ortstyle.run.settled import settle
from ortstyle.runtime.free_memory import free_memory
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import Refused, sentence
from ortstyle.studio.orders.ordered_settings import in_words


def plan_job(job: Job) -> dict[str, Any]:
    """Return what a job will take on the processor, within `Job.memory` or the free memory.

    Returns
    -------
    dict
        "evaluations", "width", "height", "memory_bytes" (at its peak), "free_bytes", "tiles" (of
        the finest scale; 0 if it is painted whole), "fits", "text" (sentences), and "work"; see
        `estimate.work_of`.

    Raises
    ------
    Refused
        A picture or a setting is unfit, for any other reason than the memory.
    """
    try:
        settings = settle(job.settings, job.content)
        header = read_header(job.content, name="content", max_pixels=settings.max_pixels)
        free = free_memory() if job.memory is None else job.memory
        width, height = scaled_size(header.size, settings.side)
        found = {
            "evaluations": settings.evaluations,
            "width": width,
            "height": height,
            "free_bytes": free,
            "work": work_of(job, header.size),
        }
        try:
            scales = predict(job.content, list(job.styles), settings, memory=free)
        except MemoryBudgetError as error:
            return {
                **found,
                "memory_bytes": error.needed,
                "tiles": None,
                "fits": False,
                "text": [sentence(in_words(str(error)))],
            }
    except OrtStyleError as error:
        raise Refused(in_words(str(error))) from error
    plans = [plan for _, plan in scales]
    memory = max(plan.memory for plan in plans)
    tiles = _count_tiles(plans[-1], settings)
    return {
        **found,
        "memory_bytes": memory,
        "tiles": tiles,
        "fits": True,
        "text": [*_sentences(plans[-1], tiles), _of_memory(memory, free)],
    }


def _count_tiles(plan: ScalePlan, settings: Settings) -> int:
    """Return how many tiles a scale is painted in; 0 if it is painted whole."""
    if plan.tile is None:
        return 0
    network = Network.open(settings.model or packaged_path("models", "vgg19.onnx"))
    segments = segments_of(network.without_weights(), settings, most=len(plan.tiles))
    try:
        return len(Tiling.of(plan.size, plan.tile, margins=segments[0].margins))
    except GraphError:
        return max(1, round(prod(plan.size) / prod(plan.tile)))


def _sentences(plan: ScalePlan, tiles: int) -> list[str]:
    height, width = plan.size
    if not tiles:
        return [f"It is painted whole, at {width}×{height} in the end."]
    found = [f"The last step, at {width}×{height}, is painted in {tiles} tiles."]
    if plan.storage_text:
        found.append(f"To save memory it keeps {plan.storage_text}.")
    return found


def _of_memory(memory: int, free: int) -> str:
    return f"It takes {format_memory(memory)} of memory; {format_memory(free)} are free."
