"""The run: pictures in, one `Iterate` an evaluation out."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
from ortstyle.images import Opened, Source, read_picture, to_picture
from ortstyle.objective import Objective, loss_model
from ortstyle.optim import Stop
from ortstyle.packaged import packaged
from ortstyle.probe import choose, verify
from ortstyle.runtime.devices import Device, arithmetic
from ortstyle.settings import Settings

_RESTARTS = 3  # a run that diverges more often has settings that no restart mends
_RUNAWAY = {Stop.NOT_FINITE, Stop.DIVERGED}
_SIDES = range(1, 4097)  # where to look for the smallest picture that a network takes
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
    settings.blend(len(sources))
    for layer, _ in (*settings.content_layers, *settings.style_layers):
        network.layer(layer)

    def read(source: Source, name: str, side: float) -> Opened:
        opened = read_picture(source, name=name, max_pixels=settings.max_pixels)
        return opened.fit(round(side))

    photograph = read(content, "content", settings.size)
    paintings = [read(style, "style", settings.size * settings.style_scale) for style in sources]
    try:
        objective = Objective(
            network,
            photograph.pixels,
            styles=[painting.pixels for painting in paintings],
            settings=settings,
            device=chosen,
            resident=resident(chosen, settings),
        )
    except GraphError:
        _check_size(network, photograph, settings)
        styles_alone = replace(settings, content_weight=0.0) if settings.style_weight else settings
        for painting in paintings:
            _check_size(network, painting, styles_alone)
        raise
    settings = replace(settings, precision=arithmetic(chosen, settings.precision))
    if settings.model or settings.precision != "float32":
        verify(chosen, network, settings)
    notices = [notice for picture in (photograph, *paintings) for notice in picture.notices]
    start = _start(settings, photograph, network)
    return _run(objective, start, photograph, settings, "; ".join(notices))


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


def _check_size(network: Network, picture: Opened, settings: Settings) -> None:
    """Raise a `PictureError` where a picture is too small for the network and a larger one not."""

    def fits(width: int, height: int) -> bool:
        try:
            loss_model(network, (height, width), settings=settings)
        except GraphError:
            return False
        return True

    if not fits(*picture.size):
        smallest = bisect_left(_SIDES, True, key=lambda side: fits(side, side))
        if smallest < len(_SIDES):
            raise PictureError(
                f"{picture.label} is too small at {picture.width}×{picture.height}: "
                f"{network.path.name} needs {_SIDES[smallest]} pixels on each side; give a larger "
                "--size"
            )


def _start(settings: Settings, photograph: Opened, network: Network) -> NDArray[np.float32]:
    """Give the picture to start from, (1, 3, H, W)."""
    if settings.init == "content":
        return photograph.pixels
    if settings.init == "noise":
        # As published: deviation 0.001 about the mean colour.
        rng = np.random.default_rng(settings.seed)
        noise = rng.normal(scale=1e-3, size=(1, 3, photograph.height, photograph.width))
        return (network.preprocessing.mean_pixel[:, None, None] + noise).astype(np.float32)
    first = read_picture(settings.init, name="--init", max_pixels=settings.max_pixels)
    return first.resize(photograph.size).pixels


def _run(
    objective: Objective,
    start: NDArray[np.float32],
    photograph: Opened,
    settings: Settings,
    first_notice: str = "",
) -> Iterator[Iterate]:
    restarts, iterations = 0, 0
    with objective:
        descent = Descent(objective, start, settings)
        began = perf_counter()
        for evaluations in range(1, settings.iterations + 1):
            found = descent.evaluate()
            optimizer = descent.optimizer
            notice, finished = "", False
            if optimizer.stop is not None:
                hopeless = optimizer.stop not in _RUNAWAY or restarts == _RESTARTS
                finished = hopeless or evaluations == settings.iterations
                then = "stopping" if finished else "starting again from the best picture"
                notice = f"evaluation {evaluations}: {optimizer.stop.value}; {then}"
            yield Iterate(
                width=photograph.width,
                height=photograph.height,
                scale=(0, 1),
                iteration=iterations + optimizer.iterations,
                evaluations=evaluations,
                loss=found.loss,
                terms=MappingProxyType(dict(found.terms)),
                seconds=perf_counter() - began,
                notice="; ".join(filter(None, (first_notice, notice))),
                _pixels=descent.picture(),
                _colors_of=photograph if settings.colors == "content" else None,
            )
            first_notice = ""
            if finished:
                return
            if notice:
                restarts, iterations = restarts + 1, iterations + optimizer.iterations
                descent.restart()
