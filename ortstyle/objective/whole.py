"""The objective: a picture in, its loss and the gradient of the loss out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.graph.loss_graph import Region, content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.cosine_coefficients import take_cosine_coefficients
from ortstyle.graph.rewrites.float16 import peaks_model, to_half
from ortstyle.graph.segments import segments_of
from ortstyle.graph.style_losses import style_loss
from ortstyle.graph.tile_graphs import statistics_model
from ortstyle.graph.values import shape_of
from ortstyle.objective.spatial_weights import Mask, weight_roots
from ortstyle.optim.cosine_transform import cosine_matrix
from ortstyle.optim.spectral import frequency_scales
from ortstyle.runtime import training
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.device_vectors import DeviceVectors
from ortstyle.runtime.devices import Device
from ortstyle.runtime.precision import with_precision
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.record import Settings

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Evaluation:
    """What the objective says of one picture.

    Attributes
    ----------
    loss
        The sum of the terms.
    terms
        "content", "style" and "tv", with their weights.
    gradient
        d loss / d pixel, (1, 3, H, W) float32; of a resident objective with respect to what it was
        given, and in the device's memory.
    """

    loss: float
    terms: Mapping[str, float]
    gradient: Any


@dataclass(frozen=True, kw_only=True)
class Style:
    """A style of an objective, and where it goes.

    Attributes
    ----------
    pixels
        (1, 3, H, W) float32, RGB 0–255, of any size.
    share
        Of the target that it makes with the other styles of its region.
    mask
        Which part of it counts, (H, W) in 0–1; all of it where it is None.
    region
        Where in the content it goes, an index of `Objective`'s regions.
    """

    pixels: Pixels
    share: float = 1.0
    mask: Mask | None = None
    region: int = 0


class Objective:
    """Loss and gradient of pictures of one size, for one content and some styles.

    L = α·Σ content + β·Σ style + γ·TV; Gatys, Ecker, Bethge 2015, equation 7, by default with the
    published implementation's normalisation. Making one builds the graphs, which finds out what is
    wrong with them; `open`, or a with statement, runs them.

    Parameters
    ----------
    network
        The feature network.
    content
        (1, 3, H, W) float32, RGB 0–255; pictures to evaluate have the same shape.
    styles
        Pictures of any size, in the same form, which share the whole picture by the blend of the
        settings; or `Style`s.
    settings
        Weights, layers, pooling, losses, blend.
    device
        Where to run.
    regions
        Where the styles go, (H, W) in 0–1 each; None for everywhere. A region's loss counts by its
        area, so that a place is painted as strongly in a small region as in a large one.
    resident
        Leave the gradient in the device's memory, and take pictures that are there: where the
        settings have a spectral exponent, as the variables of `optim.spectral.SpectralOptimizer`.

    Raises
    ------
    SettingsError
        The network lacks a layer, or the blend another number of weights than there are styles.
    GraphError
        A picture is too small for the network, or an operator in it has no derivative.
    DeviceError
        The engine is not installed.
    """

    def __init__(
        self,
        network: Network,
        content: Pixels,
        *,
        styles: Sequence[Pixels | Style],
        settings: Settings,
        device: Device,
        regions: Sequence[Mask | None] = (None,),
        resident: bool = False,
    ) -> None:
        self._shape = content.shape
        self.resident = resident
        self._device = with_precision(device, settings.precision)
        self._settings = settings
        if settings.engine == "training" and (why := training.why_training_unavailable()):
            raise DeviceError(why)
        self._content = content
        self._sessions = SessionFactory(self._device, settings)
        self._content_model: ir.Model | None = None
        if settings.content_weight:
            self._content_model = content_model(network, content.shape[2:], settings=settings)
        (segment,) = segments_of(network, settings, most=1)
        self._styles: list[tuple[ir.Model, Style]] = []
        for style in shared(styles, settings) if settings.style_weight else ():
            size = style.pixels.shape[2:]
            if style.mask is None:
                model = style_model(network, size, settings=settings)
            else:
                model = statistics_model(segment, size, settings=settings)
            self._styles.append((model, style))
        self._regions = [
            (Region(region_name(k, len(regions)), mask is not None, area_of(mask)), mask)
            for k, mask in enumerate(regions)
        ]
        self._model = loss_model(
            network,
            content.shape[2:],
            settings=settings,
            regions=[region for region, _ in self._regions],
            comparisons=device.comparisons,
        )

    def open(self) -> Self:
        """Compute the targets and make the session; to be done once.

        Raises
        ------
        DeviceError
            The device can't run the graph.
        """
        targets = self.targets()
        model = self._model
        if self._settings.engine == "training":
            model = training.differentiate(model)
        elif self._settings.precision == "float16":
            to_half(model, _peaks(model, self._content, targets))
        size = self._shape[2:]
        if self.resident and self._settings.spectral:
            scale = frequency_scales(size, self._settings.spectral)
            take_cosine_coefficients(model, scale, [cosine_matrix(n) for n in size])
        (self._input,) = {str(value.name) for value in model.graph.inputs} - targets.keys()
        self._session = self._recorded(model, targets) or self._bound(model, targets)
        del self._content_model, self._styles, self._model, self._content
        return self

    def _bound(self, model: ir.Model, targets: Mapping[str, NDArray[Any]]) -> Session:
        """Make the session and bind the targets."""
        session = self._sessions.make(model, resident=("gradient",) if self.resident else ())
        for name, target in targets.items():
            session.bind(name, target)
        return session

    def _recorded(
        self, model: ir.Model, targets: Mapping[str, NDArray[Any]]
    ) -> CudaGraphSession | None:
        """Make a session that replays and record it; None where the device has none or fails."""
        if not (self.resident and self._device.cuda_graph_option):
            return None
        try:
            session = self._sessions.make_cuda_graph(
                model, changing=self._input, resident="gradient"
            )
            for name, target in targets.items():
                session.bind(name, target)
            session.run(**{self._input: np.zeros(self._shape, np.float32)})
        except OutOfMemoryError:
            raise
        except DeviceError:
            return None
        return session

    def targets(self) -> dict[str, NDArray[Any]]:
        """Compute what to compare with, and the regions' weights, by input of the loss model."""
        found: dict[str, NDArray[Any]] = {}
        if self._content_model is not None:
            with self._sessions.make(self._content_model) as session:
                found |= session.run(image=self._content)
        for k, (region, mask) in enumerate(self._regions):
            styles = [(model, style) for model, style in self._styles if style.region == k]
            for layer, mean in self._mean_statistics(styles).items():
                kind = style_loss(self._settings.style_loss)
                for name, target in kind.make_targets(mean).items():
                    found[kind.input_name(region.name, layer, name)] = target
            if mask is not None:
                found |= _spatial_weights(self._model, mask, f"{region.name}.")
        return found

    def _mean_statistics(
        self, styles: Sequence[tuple[ir.Model, Style]]
    ) -> dict[str, dict[str, NDArray[Any]]]:
        """Give the weighted mean of the statistics of styles, by layer and name."""
        mean: dict[str, dict[str, NDArray[Any]]] = {}
        for model, style in styles:
            weights = {} if style.mask is None else _spatial_weights(model, style.mask)
            with self._sessions.make(model) as session:
                found = session.run(image=style.pixels, **weights)
            for output, value in found.items():
                layer, _, name = output.rpartition("/")
                of_layer = mean.setdefault(layer, {})
                of_layer[name] = of_layer.get(name, 0) + np.float32(style.share) * value
        return mean

    def vectors(self, rows: int) -> DeviceVectors:
        """Give the vectors that a resident objective takes, with room for pairs of them."""
        return DeviceVectors(self._shape, rows, device=self._device)

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate a picture, (1, 3, H, W) float32, RGB 0–255; see `resident`."""
        result = self._session.run(**{self._input: image})
        terms = {
            name: result[name].item() if name in result else 0.0
            for name in ("content", "style", "tv")
        }
        return Evaluation(result["loss"].item(), terms, result["gradient"])

    def close(self) -> None:
        """Give the session's memory back."""
        self._sessions.close()
        if session := vars(self).get("_session"):  # `open` may have failed
            session.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()


def shared(styles: Sequence[Pixels | Style], settings: Settings) -> list[Style]:
    """Give plain pictures the shares that the settings say."""
    if all(isinstance(style, Style) for style in styles):
        return [style for style in styles if isinstance(style, Style)]
    shares = settings.blend(len(styles))
    return [
        style if isinstance(style, Style) else Style(pixels=style, share=share)
        for share, style in zip(shares, styles, strict=True)
    ]


def region_name(k: int, count: int) -> str:
    """Name a region of so many."""
    return "style" if count == 1 else f"style{k + 1}"


def area_of(mask: Mask | None) -> float:
    """Give the share of the picture that a mask leaves."""
    return 1.0 if mask is None else float(mask.mean())


def _spatial_weights(
    model: ir.Model, mask: Mask, prefix: str = ""
) -> dict[str, NDArray[np.float32]]:
    """Give the weights of a model's places at each layer, from a mask of the picture's size."""
    found = {}
    for value in model.graph.inputs:
        name, shape = str(value.name), shape_of(value)
        if name.startswith(prefix) and name.endswith(".root_weights"):
            found[name] = weight_roots(mask, (shape[2], shape[3])).reshape(shape)
    return found


def _peaks(
    model: ir.Model, content: Pixels, targets: Mapping[str, NDArray[Any]]
) -> dict[str, float]:
    """Find the largest number of each layer, over the content and a picture unlike any target."""
    noise = np.random.default_rng(0).uniform(0, 255, content.shape).astype(np.float32)
    with Session(peaks_model(model), find_device("cpu")) as session:
        runs = [session.run(image=image, **targets) for image in (content, noise)]
    names = [name for name in runs[0] if name.startswith("peak.")]
    return {name.removeprefix("peak."): max(run[name].item() for run in runs) for name in names}
