"""The run: pictures in, one `Iterate` an evaluation out."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from ortstyle.errors import GraphError, PictureError
from ortstyle.graph.network import Network
from ortstyle.packaged import packaged
from ortstyle.pictures.read import Source
from ortstyle.run.checkpoint import Checkpoint, read_checkpoint
from ortstyle.run.descent import AnyObjective
from ortstyle.run.inputs import Inputs
from ortstyle.run.iterate import Iterate
from ortstyle.run.objective_factory import ObjectiveFactory, budget_of
from ortstyle.run.probe import choose, verify
from ortstyle.run.provenance import environment_changes, provenance_of, versions
from ortstyle.run.run import Run, _Run
from ortstyle.runtime.devices import Device, arithmetic
from ortstyle.settings.record import Schedule, Settings

__all__ = ["Iterate", "Run", "provenance_of", "stylize", "versions"]


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
) -> Run:
    """Paint the content in the manner of the styles.

    Everything that can be wrong with pictures, settings and model is found out before this returns,
    and whether the device is there; the work is done as the iterator is read. Closing it stops the
    run.

    Parameters
    ----------
    content
        A path, PIL image or array, or what `images.read_picture` gave; see there.
    styles
        One such picture or several.
    settings
        What to paint and how.
    device
        A device's name, or "auto" for the best that passes a probe; or what `probe.choose` gave. A
        device asked for by name never falls back to another.
    content_masks, style_masks
        Such pictures in place of the paths in `settings.content_mask` and `settings.style_mask`,
        one a style, None for no mask.
    resume
        A checkpoint that `Run.save` wrote, of a run with the same pictures and settings; the first
        iterate is then the one that it was taken at, again.
    memory
        Bytes that the process may take; what does not fit is painted in tiles. On the processor
        what is free by default, elsewhere no limit.

    Returns
    -------
    Run
        An iterator that gives one `Iterate` an evaluation; the last holds the result.

    Raises
    ------
    OrtStyleError
        The message is one line that says what is wrong and the way out.
    """
    sources = list(styles) if isinstance(styles, list | tuple) else [styles]
    if not sources:
        raise PictureError("there is no style; give one picture or more")
    if isinstance(resume, str | os.PathLike):
        resume = read_checkpoint(Path(resume))
    chosen = device if isinstance(device, Device) else choose(device)
    network = Network.open(settings.model or packaged("models", "vgg19.onnx"))
    for layer, _ in (*settings.content_layers, *settings.style_layers):
        network.layer(layer)
    inputs = Inputs.read(
        content, sources, settings, content_masks=content_masks, style_masks=style_masks
    )
    given, settings = settings, replace(settings, precision=arithmetic(chosen, settings.precision))

    plans = resume.snapshot.plan if resume else None
    budget = budget_of(memory, chosen)
    factory = ObjectiveFactory(inputs, network, settings, chosen, budget=budget, plans=plans)

    first = None
    if resume is None:
        check_size = partial(inputs.check_size, network)
        for side, _ in reversed(settings.schedule()):  # finds out what is too large
            with suppress(GraphError):  # or too small for the network, which `_first` sees to
                factory.plan(side)
        schedule, first = _first(factory.make, settings.schedule(), check_size)
    if settings.model or settings.precision != "float32":
        verify(chosen, network, settings)
    if resume is None:
        start = inputs.start(schedule[0][0], network)
        run = _Run(inputs, settings, factory, start, schedule)
    else:
        notice = environment_changes(resume, given, chosen)
        run = _Run.again(inputs, settings, factory, resume, notice)
    return Run(run, run.iterates(first), cache(partial(provenance_of, given, chosen)))


def _first(
    make: Callable[[int], AnyObjective], schedule: Schedule, check_size: Callable[[], None]
) -> tuple[Schedule, AnyObjective]:
    """Make the objective of the coarsest scale that is large enough; coarser ones are left out."""
    try:
        return schedule, make(schedule[0][0])
    except GraphError:
        # A panorama may be too small for the network at the coarser scales alone.
        if len(schedule) == 1:
            check_size()
            raise
    (_, evaluations), (side, more), *finer = schedule
    return _first(make, ((side, evaluations + more), *finer), check_size)
