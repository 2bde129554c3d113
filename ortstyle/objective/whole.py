"""The objective of a whole picture: one graph computes loss and gradient."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.graph.loss_graph import content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.cosine_coefficients import take_cosine_coefficients
from ortstyle.graph.rewrites.float16 import peaks_model, to_half
from ortstyle.graph.segments import segments_of
from ortstyle.graph.tile_graphs import statistics_model
from ortstyle.objective.objective import Evaluation, Pixels, Style, masked_regions
from ortstyle.objective.spatial_weights import Mask, picture_weights
from ortstyle.objective.style_targets import (
    contents_as_styles,
    style_targets,
    styles_with_shares,
)
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
    ) -> None:
        self._shape = content.shape
        self.resident = resident
        self.notice = ""
        self._settings = settings
        if settings.engine == "training" and (why := training.why_training_unavailable()):
            raise DeviceError(why)
        self._content = content
        self._sessions = SessionFactory(with_precision(device, settings.precision), settings)
        self._content_model: ir.Model | None = None
        if settings.content_weight:
            self._content_model = content_model(network, content.shape[2:], settings=settings)
        (segment,) = segments_of(network, settings, most=1)
        self._styles = styles_with_shares(styles, settings) if settings.style_weight else []
        self._regions = masked_regions(regions)
        self._contents = contents_as_styles(content, self._regions, settings)
        self._statistics_models: list[ir.Model] = []
        for style in [*self._styles, *self._contents]:
            size = style.pixels.shape[2:]
            if style.mask is None:
                model = style_model(network, size, settings=settings)
            else:
                model = statistics_model(segment, size, settings=settings)
            self._statistics_models.append(model)
        self._model = loss_model(
            network,
            content.shape[2:],
            settings=settings,
            regions=self._regions,
            comparisons=device.comparisons,
        )

    def open(self) -> Self:
        """Compute the targets and make the session; see `Objective.open`."""
        targets = self.targets()
        model = self._model
        if self._settings.engine == "training":
            model = training.differentiate(model)
        elif self._settings.precision == "float16":
            to_half(model, activation_peaks(model, self._content, targets=targets))
        size = self._shape[2:]
        if self.resident and self._settings.spectral:
            scale = frequency_scales(size, self._settings.spectral)
            take_cosine_coefficients(model, scale, [cosine_matrix(n) for n in size])
        (self._input,) = {str(value.name) for value in model.graph.inputs} - targets.keys()
        self._session = self._make_cuda_graph(model, targets) or self._make(model, targets)
        del self._content_model, self._styles, self._contents, self._statistics_models
        del self._model, self._content
        return self

    def _make(self, model: ir.Model, targets: Mapping[str, NDArray[Any]]) -> Session:
        """Make a session with the targets bound."""
        session = self._sessions.make(model, resident=("gradient",) if self.resident else ())
        for name, target in targets.items():
            session.bind(name, target)
        return session

    def _make_cuda_graph(
        self, model: ir.Model, targets: Mapping[str, NDArray[Any]]
    ) -> CudaGraphSession | None:
        """Make a session that is a CUDA graph; return None where the device can't record one."""
        if not (self.resident and self._sessions.device.cuda_graph_option):
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
        except DeviceError as error:
            self.notice = f"each evaluation takes longer, as no CUDA graph can be recorded: {error}"
            return None
        return session

    def targets(self) -> dict[str, NDArray[Any]]:
        """Compute all inputs of the loss graph but the picture, by name.

        These inputs are the content's features, the style targets, and the weights of masked
        regions.
        """
        found: dict[str, NDArray[Any]] = {}
        if self._content_model is not None:
            with self._sessions.make(self._content_model) as session:
                found |= session.run(image=self._content)
        found |= style_targets(
            self._regions,
            self._styles,
            contents=self._contents,
            statistics_of=self._statistics,
            settings=self._settings,
        )
        for region in self._regions:
            if region.mask is not None:
                found |= picture_weights(self._model, region.mask, prefix=f"{region.name}.")
        return found

    def _statistics(self, style: Style) -> dict[str, NDArray[Any]]:
        """Return the statistics of a style or content, by the name `<layer>/<statistic>`."""
        pictures = [*self._styles, *self._contents]
        (model,) = (
            model
            for model, picture in zip(self._statistics_models, pictures, strict=True)
            if picture is style
        )
        weights = {} if style.mask is None else picture_weights(model, style.mask)
        with self._sessions.make(model) as session:
            return session.run(image=style.pixels, **weights)

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
        return Evaluation(result["loss"].item(), terms, result["gradient"])

    def close(self) -> None:
        """Free the memory of the session."""
        self._sessions.close()
        if session := vars(self).get("_session"):  # `open` may have failed
            session.close()

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
