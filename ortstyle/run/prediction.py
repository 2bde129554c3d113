"""The plans of a run on the processor, predicted without running it; imports no ONNX Runtime."""

from collections.abc import Sequence
from dataclasses import replace

from ortstyle.graph.network import Network
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.memory.plan import ScalePlan
from ortstyle.memory.planner import Planner
from ortstyle.packaged import packaged_path
from ortstyle.pictures.read import Source
from ortstyle.run.settled import settle
from ortstyle.run.size_checks import check_largest, check_smallest, without_smallest
from ortstyle.run.sizes import RunSizes
from ortstyle.runtime.devices import DEVICES, Device
from ortstyle.runtime.free_memory import free_memory
from ortstyle.settings.settings import Settings

_SHARE = 0.9  # of the free memory that a run may take


def budget_of(memory: int | None, device: Device, *, cached: int = 0) -> int | None:
    """Return `memory`, or if it is None the free bytes on the processor, and no limit elsewhere.

    `cached` bytes of the process can be freed, so that a run may take them too.
    """
    if memory is not None or not device.is_processor:
        return memory
    return round(_SHARE * (free_memory() + cached)) + BASE_BYTES


def predict(
    content: Source, styles: Sequence[Source], settings: Settings, *, memory: int | None = None
) -> list[tuple[int, ScalePlan]]:
    """Return (evaluations, plan) of each scale of a run on the processor, without running it.

    The memory of each plan is at least what reading the pictures takes before the first scale.

    Raises
    ------
    OrtStyleError
        A picture, the model or a setting is wrong, or the memory does not suffice.
    """
    device = next(device for device in DEVICES if device.is_processor)
    network = Network.open(settings.model or packaged_path("models", "vgg19.onnx"))
    settings = settle(settings, content)
    sizes = RunSizes.read(content, styles, settings)
    check_smallest(network, sizes)
    budget = budget_of(memory, device)
    planner = Planner(network, settings, budget=budget, pictures_bytes=sizes.bytes)
    check_largest(planner, sizes)
    found, reading = [], BASE_BYTES + sizes.reading_bytes
    for side, count in without_smallest(settings.schedule(), network, sizes):
        size, *of_styles = sizes.at(side)
        plan = planner.plan(size, of_styles, predict=True)
        found.append((count, replace(plan, memory=max(plan.memory, reading))))
    return found
