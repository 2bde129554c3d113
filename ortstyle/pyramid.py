"""The run: pictures in, one `Iterate` an evaluation out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.color import keep_colors_of
from ortstyle.descent import Descent, resident
from ortstyle.errors import GraphError, PictureError
from ortstyle.graph.network import Network
from ortstyle.images import Opened, Source, to_picture
from ortstyle.objective import Objective, Pixels
from ortstyle.optim import Stop
from ortstyle.packaged import packaged
from ortstyle.probe import choose, verify
from ortstyle.runtime.devices import Device, arithmetic
from ortstyle.scene import Scene, resized
from ortstyle.settings import Schedule, Settings

_RESTARTS = 3  # a run that diverges more often has settings that no restart mends
_RUNAWAY = {Stop.NOT_FINITE, Stop.DIVERGED}
_PACKAGES = ("ortstyle", "numpy", "onnx", "onnx-ir", "pillow")


@dataclass(frozen=True)
class Iterate:
    """One evaluation of a run.

    Attributes
    ----------
    width, height
        Of the picture, in pixels.
    scale
        (index, count) of the scale that is being painted.
    iteration
        Steps accepted so far at this scale.
    evaluations
        Evaluations of loss and gradient so far.
    loss
        At the point evaluated last.
    terms
        "content", "style" and "tv", which add up to the loss.
    seconds
        Since the optimisation began.
    seconds_left
        Until it ends, by what an evaluation and its pixels took at this scale.
    notice
        What a person should know, such as a restart; usually empty.
    """

    width: int
    height: int
    scale: tuple[int, int]
    iteration: int
    evaluations: int
    loss: float
    terms: Mapping[str, float]
    seconds: float
    seconds_left: float = 0.0
    notice: str = ""
    _pixels: Callable[[], NDArray[np.float32]] = field(repr=False, compare=False, kw_only=True)
    _colors_of: Opened | None = field(default=None, repr=False, compare=False, kw_only=True)

    @property
    def image(self) -> Image.Image:
        """The best picture so far, in sRGB, 8 bits, made when asked for."""
        return to_picture(self.pixels)

    @property
    def pixels(self) -> NDArray[np.float32]:
        """The same as ``(1, 3, H, W)`` float32, RGB, 0–255, with fractions."""
        pixels: NDArray[np.float32] = np.clip(
            self._pixels().reshape(1, 3, self.height, self.width), 0, 255
        )
        if self._colors_of is None:
            return pixels
        kept: NDArray[np.float32] = keep_colors_of(pixels, self._colors_of.pixels)
        return kept.clip(0, 255)


def stylize(
    content: Source,
    styles: Source | list[Source] | tuple[Source, ...],
    settings: Settings = Settings(),  # noqa: B008  frozen
    *,
    device: str | Device = "auto",
    content_masks: Sequence[Source | None] | None = None,
    style_masks: Sequence[Source | None] | None = None,
) -> Iterator[Iterate]:
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

    Yields
    ------
    Iterate
        One an evaluation; the last holds the result.

    Raises
    ------
    OrtStyleError
        The message is one line that says what is wrong and the way out.
    """
    sources = list(styles) if isinstance(styles, list | tuple) else [styles]
    if not sources:
        raise PictureError("there is no style; give one picture or more")
    chosen = device if isinstance(device, Device) else choose(device)
    network = Network.open(settings.model or packaged("models", "vgg19.onnx"))
    for layer, _ in (*settings.content_layers, *settings.style_layers):
        network.layer(layer)
    scene = Scene.read(
        content, sources, settings, content_masks=content_masks, style_masks=style_masks
    )
    settings = replace(settings, precision=arithmetic(chosen, settings.precision))

    def make(side: int) -> Objective:
        painted = scene.at(side)
        return Objective(
            network,
            painted.content,
            styles=painted.styles,
            regions=painted.regions,
            settings=settings,
            device=chosen,
            resident=resident(chosen, settings),
        )

    schedule, first = _first(make, settings.schedule(), partial(scene.check_size, network))
    if settings.model or settings.precision != "float32":
        verify(chosen, network, settings)
    start = scene.start(schedule[0][0], network)
    return _Run(scene, settings, make, start, schedule).iterates(first)


def _first(
    make: Callable[[int], Objective], schedule: Schedule, check_size: Callable[[], None]
) -> tuple[Schedule, Objective]:
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


def describe(settings: Settings, device: Device) -> dict[str, Any]:
    """Give what is needed to tell two runs apart: settings, device, versions, the model's hash."""
    path = Path(settings.model or packaged("models", "vgg19.onnx"))
    return {
        "settings": settings.to_dict(),
        "device": device.name,
        "versions": versions(),
        "model": {"file": path.name, "sha256": sha256(path.read_bytes()).hexdigest()},
    }


def versions() -> dict[str, str]:
    """Give the versions of the packages that shape a result."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    found = {"onnxruntime": str(onnxruntime.__version__)}  # its packages have many names
    with suppress(PackageNotFoundError):  # run from a folder
        found |= {package: version(package) for package in _PACKAGES}
    return found


class _Run:
    """A run through the scales of a schedule, coarse to fine."""

    def __init__(
        self,
        scene: Scene,
        settings: Settings,
        make: Callable[[int], Objective],
        start: Pixels,
        schedule: Schedule,
    ) -> None:
        self._scene, self._settings = scene, settings
        self._make, self._start, self._scales = make, start, schedule
        self._restarts = self._evaluations = 0
        self._notice = "; ".join(scene.notices)
        self._began = 0.0

    def iterates(self, first: Objective | None = None) -> Iterator[Iterate]:
        """Paint, scale after scale, each from where the last one came to."""
        for index, (side, evaluations) in enumerate(self._scales):
            objective, first = first or self._make(side), None
            size = self._scene.size(side)
            with objective:
                start = resized(self._start, size)
                descent = Descent(objective, start, self._settings)
                self._began = self._began or perf_counter()
                yield from self._descend(descent, index, size, evaluations)
                self._start = descent.picture()().clip(0, 255)
            del descent, start  # and the optimiser's history with it

    def _descend(
        self, descent: Descent, index: int, size: tuple[int, int], evaluations: int
    ) -> Iterator[Iterate]:
        """Paint at one scale."""
        iterations, colors = 0, self._scene.colors(size)
        began = perf_counter()
        for n in range(1, evaluations + 1):
            found = descent.evaluate()
            self._evaluations += 1
            optimizer = descent.optimizer
            notice, finished = "", False
            if optimizer.stop is not None:
                hopeless = optimizer.stop not in _RUNAWAY or self._restarts == _RESTARTS
                finished = hopeless or n == evaluations
                then = "starting again from the best picture"
                if finished:
                    last = index + 1 == len(self._scales)
                    then = "stopping" if last else "going on at the next scale"
                notice = f"evaluation {self._evaluations}: {optimizer.stop.value}; {then}"
            each = (perf_counter() - began) / n
            yield Iterate(
                width=size[0],
                height=size[1],
                scale=(index, len(self._scales)),
                iteration=iterations + optimizer.iterations,
                evaluations=self._evaluations,
                loss=found.loss,
                terms=MappingProxyType(dict(found.terms)),
                seconds=perf_counter() - self._began,
                seconds_left=each * self._ahead(index, evaluations - n),
                notice="; ".join(filter(None, (self._notice, notice))),
                _pixels=descent.picture(),
                _colors_of=colors,
            )
            self._notice = ""
            if finished:
                return
            if notice:
                self._restarts += 1
                iterations += optimizer.iterations
                descent.restart()

    def _ahead(self, index: int, left: int) -> float:
        """Count the evaluations to come, in those of this scale, by their pixels."""
        side = self._scales[index][0]
        finer = self._scales[index + 1 :]
        return left + sum(count * (larger / side) ** 2 for larger, count in finer)
