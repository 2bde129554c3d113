"""`stylize` makes a run from pictures and settings; the run yields one `Iterate` an evaluation."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

from ortstyle.errors import GraphError, PictureError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.memory.cluster_planner import planner_for
from ortstyle.memory.planner import Planner
from ortstyle.objective.objective import Anchor, Objective
from ortstyle.objective.tile_executor import TileWorkers
from ortstyle.packaged import packaged_path
from ortstyle.pictures.read import Source, read_picture
from ortstyle.pictures.source_file import is_pipe
from ortstyle.run.anchors import check_anchor, check_resumed
from ortstyle.run.checkpoint import Checkpoint, read_checkpoint
from ortstyle.run.inputs import Inputs
from ortstyle.run.objective_factory import ObjectiveFactory
from ortstyle.run.prediction import budget_of
from ortstyle.run.probe import choose_device
from ortstyle.run.progress import Progress
from ortstyle.run.provenance import environment_changes, provenance_of
from ortstyle.run.run import Run
from ortstyle.run.saved_plan import saved_plans
from ortstyle.run.saved_state import saved_progress
from ortstyle.run.settled import settle
from ortstyle.run.size_checks import check_largest, check_pictures, check_smallest, plan_finest
from ortstyle.run.sizes import RunSizes
from ortstyle.run.verification import with_verified_precision
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.runtime.free_memory import free_memory
from ortstyle.runtime.precision import resolve_precision
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Schedule


def stylize(
    content: Source,
    styles: Source | list[Source] | tuple[Source, ...],
    settings: Settings = Settings(),  # noqa: B008  frozen
    *,
    device: str | Device = "auto",
    content_masks: Sequence[Source | None] | None = None,
    style_masks: Sequence[Source | None] | None = None,
    resume: str | os.PathLike[str] | Checkpoint | None = None,
    memory: int | None = None,
    cache: Cache | None = None,
    recorded_paths: Mapping[str, str] | None = None,
    workers: TileWorkers | None = None,
    start: Source | None = None,
    anchor: Anchor | None = None,
) -> Run:
    """Paint the content in the manner of the styles.

    Everything that can be wrong with the pictures, the settings, the model and the device is found
    out before this returns. The work is done as the run is iterated over; closing the run stops it.

    Parameters
    ----------
    content
        A path, PIL image or array, or a `Picture`; see `pictures.read.read_picture`.
    styles
        One picture or several, each in any of these forms.
    settings
        The settings of the run.
    device
        The name of a device, or "auto" for the best one that passes a probe; or a `Device`. A
        device asked for by name never falls back to another.
    content_masks, style_masks
        Pictures to use instead of the paths in `settings.content_mask` and `settings.style_mask`,
        one a style; None for a style without a mask. A style that is transparent in places is
        masked by its transparency, unless style masks are given and None is its own.
    resume
        A checkpoint that `Run.save` wrote, of a run with the same pictures and settings. The first
        iterate repeats the evaluation at which it was written.
    memory
        Bytes that the process may take; what does not fit is painted in tiles. By default the free
        memory on the processor, and no limit elsewhere.
    cache
        A `Cache` that several runs of this process are given, one after the other: a run like an
        earlier one then starts sooner, and its result is the same. What it holds counts against
        `memory`.
    recorded_paths
        For files that have come from elsewhere, the paths that provenance and checkpoints hold, by
        those in the settings.
    workers
        Processes on other machines, such as `jobs.cluster_tiles.ClusterTiles`, which compute the
        tiles of the picture; it is then cut for them. `device` is that of this process alone.
    start
        The picture that the run starts from, instead of what `settings.init` says; where a run is
        resumed it has no effect.
    anchor
        A picture that the result is held to, such as the frame before in a film, of the size of the
        finest scale. A checkpoint does not hold it; it is given again where a run is resumed.

    Returns
    -------
    Run
        An iterator that yields one `Iterate` an evaluation; the last one holds the result.

    Raises
    ------
    OrtStyleError
        The message is one line that says what is wrong and how to mend it.
    """
    sources = list(styles) if isinstance(styles, list | tuple) else [styles]
    if not sources:
        raise PictureError("there is no style; give one picture or more")
    _check_kind("settings", settings, Settings, "a Settings, such as Settings(size=512)")
    _check_kind("device", device, str | Device, 'a name, such as "cpu", or a Device')
    _check_kind("resume", resume, str | os.PathLike | Checkpoint | None, "a checkpoint's path")
    _check_kind("memory", memory, Real | None, "a number of bytes")
    _check_kind("cache", cache, Cache | None, "a Cache")
    _check_kind("anchor", anchor, Anchor | None, "an Anchor")
    if memory is not None and not memory > 0:
        raise SettingsError(f"memory is {memory}; give a number of bytes above 0")
    for name, masks in (("content_masks", content_masks), ("style_masks", style_masks)):
        _check_kind(
            name, masks, list | tuple | None, "a list with a picture or None for each style"
        )
    checkpoint = resume if isinstance(resume, Checkpoint | None) else read_checkpoint(Path(resume))
    chosen = device if isinstance(device, Device) else choose_device(device)
    network = _open_network(settings, cache)
    settings = settle(settings, content)
    told = chosen if workers is None else replace(chosen, name=workers.device)
    recorded = recorded_paths or {}
    describe = partial(
        provenance_of,
        settings,
        told,
        model_hash=network.sha256,
        recorded_paths=recorded,
    )
    given, settings = (
        settings,
        replace(settings, precision=resolve_precision(chosen, settings.precision)),
    )
    # The budget is found before the pictures are in memory, because it includes theirs.
    cached = 0 if cache is None else cache.bytes
    budget = budget_of(memory, chosen, cached=cached)
    planner = planner_for(
        network,
        settings,
        budget=budget,
        workers=workers,
        anchor_bytes=0 if anchor is None else anchor.bytes,
    )
    content, *sources = _read_again(content, sources, settings)
    sizes = RunSizes.read(
        content, sources, settings, content_masks=content_masks, style_masks=style_masks
    )
    check_smallest(network, sizes, cache=cache)
    if checkpoint is None:
        _check_memory(sizes, planner)
    _make_room(cache, sizes, planner)
    inputs = Inputs.read(
        content, sources, settings, content_masks=content_masks, style_masks=style_masks
    )
    if anchor is not None:
        check_anchor(anchor, inputs.size(settings.side))
    notice, plans = "", None
    if checkpoint is not None:
        check_resumed(checkpoint.path, checkpoint.header, anchored=anchor is not None)
        notice = environment_changes(checkpoint, given, told, recorded_paths=recorded)
        plans = saved_plans(checkpoint, inputs, network, settings=settings)
    settings, slower = with_verified_precision(
        chosen, network, settings, is_automatic=given.precision == "auto"
    )
    factory = ObjectiveFactory(
        inputs,
        network,
        settings,
        chosen,
        planner=planner,
        workers=workers,
        plans=plans,
        anchor=anchor,
        cache=cache,
    )
    first = None
    if checkpoint is None:
        schedule, first = _plan_scales(factory, settings.schedule())
    if checkpoint is None:
        if settings.evaluations == 1:
            notice = (
                "one evaluation only measures the picture that the run starts from, and changes "
                "nothing; give more --iterations"
            )
        progress = Progress(schedule=schedule)
        begun = inputs.start(schedule[0][0], network, picture=start)
    else:
        progress, begun = saved_progress(checkpoint, settings, inputs.size)
    return Run(
        inputs,
        settings,
        factory=factory,
        describe=describe,
        progress=progress,
        start=begun,
        first=first,
        resumed=checkpoint,
        notice="; ".join(filter(None, (slower, notice))),
    )


def _check_kind(name: str, value: object, kind: Any, wanted: str) -> None:
    """Raise a `SettingsError` if an argument is of no kind that it may be."""
    if not isinstance(value, kind):
        raise SettingsError(f"{name} is of type {type(value).__name__}; give {wanted}")


def _read_again(content: Source, styles: Sequence[Source], settings: Settings) -> Iterator[Source]:
    """Yield the content and the styles; of a pipe, which can be read only once, its picture."""
    for source, name in ((content, "content"), *((style, "style") for style in styles)):
        if is_pipe(source):
            yield read_picture(source, name=name, max_pixels=settings.max_pixels)
        else:
            yield source


def _check_memory(sizes: RunSizes, planner: Planner) -> None:
    """Check that the memory suffices for the pictures, before any of them is decoded.

    Raises
    ------
    SettingsError
        It does not.
    """
    if planner.is_limited:
        check_largest(planner, sizes)
    else:
        check_pictures(sizes, free=free_memory())


def _open_network(settings: Settings, cache: Cache | None) -> Network:
    """Return the network of a run, which has all layers of the settings."""
    path = settings.model or packaged_path("models", "vgg19.onnx")
    network = Network.open(path) if cache is None else cache.network(path)
    for layer, _ in (*settings.content_layers, *settings.style_layers):
        network.layer(layer)
    return network


def _make_room(cache: Cache | None, sizes: RunSizes, planner: Planner) -> None:
    """Make room in the cache, if there is one, for a run, before any picture is decoded."""
    if cache is None or not cache.bytes:
        return
    try:
        plan = plan_finest(planner, sizes)
    except (SettingsError, GraphError):  # resumed with less memory, on the plans of its checkpoint
        cache.clear()
    else:
        _, *styles = sizes.at(sizes.settings.side)
        cache.make_room(planner.with_pictures(sizes.bytes).unplanned_bytes(plan, styles))


def _plan_scales(factory: ObjectiveFactory, schedule: Schedule) -> tuple[Schedule, Objective]:
    """Return the schedule without scales that are too small, and the objective of its first scale.

    Raises
    ------
    OrtStyleError
        A picture is too small for the network, or too large for the memory.
    """
    for side, _ in reversed(schedule):  # raises an error for a scale too large for the memory
        with suppress(GraphError):  # too small for the network, which `_first_objective` handles
            factory.plan(side)
    return _first_objective(factory.make, schedule)


def _first_objective(
    make: Callable[[int, Schedule], Objective], schedule: Schedule
) -> tuple[Schedule, Objective]:
    """Make the objective of the coarsest scale that is large enough; coarser ones are left out."""
    try:
        return schedule, make(schedule[0][0], schedule)
    except GraphError:
        # A panorama may be too small for the network at the coarser scales alone.
        if len(schedule) == 1:
            raise
    (_, evaluations), (side, more), *finer = schedule
    return _first_objective(make, ((side, evaluations + more), *finer))
