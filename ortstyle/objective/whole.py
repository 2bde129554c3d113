"""The objective of a whole picture: one graph computes loss and gradient."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.graph.loss_graph import content_model, loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.cosine_coefficients import take_cosine_coefficients
from ortstyle.graph.rewrites.float16 import peaks_model, to_half
from ortstyle.objective.graph_sessions import GraphKey, GraphSession, graph_key
from ortstyle.objective.objective import Anchor, Evaluation, Pixels, Style, masked_regions
from ortstyle.objective.picture_statistics import PictureStatistics
from ortstyle.objective.spatial_weights import Mask, picture_weights
from ortstyle.objective.style_targets import (
    contents_as_styles,
    style_targets,
    styles_with_shares,
)
from ortstyle.optim.cosine_transform import cosine_matrix
from ortstyle.optim.spectral import frequency_scales
from ortstyle.runtime import training
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.device_vectors import DeviceVectors
from ortstyle.runtime.devices import Device
from ortstyle.runtime.precision import with_precision
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.settings import Settings


class WholeObjective:
    """An `Objective` that evaluates the whole picture in one graph.

    The constructor builds the graphs and raises their errors; `open` computes the targets.

    Parameters
    ----------
    network
        The feature network.
    content
        (1, 3, H, W) float32, RGB 0–255; pictures to evaluate have the same shape.
    styles
        Pictures like the content but of any size, whose statistics are averaged by the blend of
        the settings; or `Style`s.
    settings
        The settings of the losses, the network, the engine and the precision.
    device
        The device to run on.
    regions
        The mask of each region, (H, W) in 0–1; None for the whole picture. The style loss of a
        region is weighted by its area, so that each pixel is painted as strongly in a small region
        as in a large one.
    resident
        Whether to take pictures and return gradients in the device's memory. Where the settings
        have a spectral exponent, a picture is then given as the cosine coefficients z of
        `optim.spectral.SpectralOptimizer`.
    anchor
        What the picture is held to; None for nothing.
    cache
        Where sessions and the statistics of styles are taken from and put; None for nowhere.

    Raises
    ------
    SettingsError
        The network lacks a layer, or the blend has another number of weights than there are
        styles.
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
        anchor: Anchor | None = None,
        cache: Cache | None = None,
    ) -> None:
        self._shape = content.shape
        self._anchor = anchor
        self.resident = resident
        self.notice = ""
        self._settings = settings
        if settings.engine == "training" and (why := training.why_training_unavailable()):
            raise DeviceError(why)
        self._content = content
        device = with_precision(device, settings.precision)
        self._sessions = SessionFactory(device, settings, cache=cache, network=network)
        size = content.shape[2:]
        keyed = partial(graph_key, size=size, network=network, settings=settings, device=device)
        self._content_features: GraphSession | None = None
        if settings.content_weight:
            build = partial(content_model, network, size, settings=settings)
            self._content_features = self._graph(keyed("content"), build)
        self._styles = styles_with_shares(styles, settings) if settings.style_weight else []
        self._regions = masked_regions(regions)
        self._contents = contents_as_styles(content, self._regions, settings)
        self._statistics = PictureStatistics(
            network, self._styles, contents=self._contents, sessions=self._sessions
        )
        build = partial(
            loss_model,
            network,
            size,
            settings=settings,
            regions=self._regions,
            anchored=anchor is not None,
            comparisons=device.comparisons,
        )
        key = keyed("loss", regions=self._regions, resident=resident, anchored=anchor is not None)
        self._loss = self._graph(key, build)

    def _graph(self, key: GraphKey | None, build: Callable[[], ir.Model]) -> GraphSession:
        return GraphSession(key, build, sessions=self._sessions)

    def open(self) -> Self:
        """Compute the targets and make the session; see `Objective.open`."""
        targets = self.targets()
        self._input = "image"
        if self.resident and self._settings.spectral:
            self._input = "coefficients"
        model = None if self._loss.session else self._changed(self._loss.model, targets)
        if model is None or not self._record(model, targets):
            self._bind(model, targets)
        self._session = self._loss.open()
        del self._content_features, self._styles, self._contents, self._statistics
        del self._content, self._anchor
        return self

    def _bind(self, model: ir.Model | None, targets: Mapping[str, NDArray[Any]]) -> None:
        """Bind the targets to the session, which is made unless it is in the cache."""
        session = self._loss.open(model, resident=("gradient",) if self.resident else ())
        for name, target in targets.items():
            session.bind(name, target)

    def _changed(self, model: ir.Model, targets: Mapping[str, NDArray[Any]]) -> ir.Model:
        """Return the graph as the engine, the precision and the variables of a run need it."""
        if self._settings.engine == "training":
            model = training.differentiate(model)
        elif self._settings.precision == "float16":
            to_half(model, activation_peaks(model, self._content, targets=targets))
        size = self._shape[2:]
        if self._input == "coefficients":
            scale = frequency_scales(size, self._settings.spectral)
            take_cosine_coefficients(model, scale, [cosine_matrix(n) for n in size])
        return model

    def _record(self, model: ir.Model, targets: Mapping[str, NDArray[Any]]) -> bool:
        """Make a session that is a CUDA graph; return whether the device can record one."""
        if not (self.resident and self._sessions.device.cuda_graph_option):
            return False
        try:
            session = self._loss.open_recorded(model, changing=self._input, resident="gradient")
            for name, target in targets.items():
                session.bind(name, target)
            session.run(**{self._input: np.zeros(self._shape, np.float32)})
        except OutOfMemoryError:
            raise
        except DeviceError as error:
            self.notice = f"each evaluation takes longer, as no CUDA graph can be recorded: {error}"
            return False
        self._loss.use(session)
        return True

    def targets(self) -> dict[str, NDArray[Any]]:
        """Compute all inputs of the loss graph but the picture, by name.

        These inputs are the content's features, the style targets, the weights of masked regions,
        and the anchor.
        """
        found: dict[str, NDArray[Any]] = {}
        if self._anchor is not None:
            found |= self._anchor.inputs
        if self._content_features is not None:
            found |= self._content_features.open().run(image=self._content)
            self._content_features.close()
        found |= style_targets(
            self._regions,
            self._styles,
            contents=self._contents,
            statistics_of=self._statistics,
            settings=self._settings,
        )
        for region in self._regions:
            if region.mask is not None:
                shapes, prefix = self._loss.shapes, f"{region.name}."
                found |= picture_weights(shapes, region.mask, prefix=prefix)
        return found

    def device_vectors(self, rows: int) -> DeviceVectors | None:
        """Return vectors in the device's memory; see `Objective.device_vectors`."""
        if not self.resident:
            return None
        return DeviceVectors(self._shape, rows, device=self._sessions.device)

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate a picture, (1, 3, H, W) float32, RGB 0–255, or a resident objective's vector."""
        result = self._session.run(**{self._input: image})
        terms = {
            name: result[name].item() if name in result else 0.0
            for name in ("content", "style", "tv")
        }
        if "temporal" in result:
            terms["temporal"] = result["temporal"].item()
        return Evaluation(result["loss"].item(), terms, result["gradient"])

    def close(self) -> None:
        """Free the memory of the session, or put it into the cache."""
        self._sessions.close()
        found = vars(self)
        for name in ("_content_features", "_statistics"):  # which are there if `open` has failed
            if graphs := found.get(name):
                graphs.close()
        found.pop("_session", None)
        self._loss.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()


def activation_peaks(
    model: ir.Model, content: Pixels, *, targets: Mapping[str, NDArray[Any]]
) -> dict[str, float]:
    """Return the largest value of each layer, over the content and over noise.

    Noise is unlike any target, so that gradients are as large as they get.
    """
    noise = np.random.default_rng(0).uniform(0, 255, content.shape).astype(np.float32)
    with Session(peaks_model(model), find_device("cpu")) as session:
        runs = [session.run(image=image, **targets) for image in (content, noise)]
    names = [name for name in runs[0] if name.startswith("peak.")]
    return {name.removeprefix("peak."): max(run[name].item() for run in runs) for name in names}
