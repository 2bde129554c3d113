"""The objective: a picture in, its loss and the gradient of the loss out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError
from ortstyle.graph import winograd
from ortstyle.graph.autodiff import gradient, pullback
from ortstyle.graph.half import peaks_model, to_half
from ortstyle.graph.losses import absolute, gram, mean_squared_error, total_variation
from ortstyle.graph.masks import without_comparisons
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph, shape_of
from ortstyle.graph.passes import in_frequencies
from ortstyle.optim.spectral import cosine_matrix, scales
from ortstyle.runtime import devices, training
from ortstyle.runtime.devices import Device, Masks
from ortstyle.runtime.session import Session
from ortstyle.runtime.vectors import DeviceVectors
from ortstyle.settings import Layers, Settings

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


class Objective:
    """Loss and gradient of pictures of one size, for one content and some styles.

    L = α·Σ MSE(F, F_content) + β·Σ MSE(G, G_style) + γ·TV; Gatys, Ecker, Bethge 2015, equation 7,
    with the published implementation's normalisation. Making one builds the graphs, which finds out
    what is wrong with them; `open`, or a with statement, runs them.

    Parameters
    ----------
    network
        The feature network.
    content
        (1, 3, H, W) float32, RGB 0–255; pictures to evaluate have the same shape.
    styles
        Pictures of any size, in the same form.
    settings
        Weights, layers, pooling, blend.
    device
        Where to run.
    resident
        Leave the gradient in the device's memory, and take pictures that are there: where the
        settings have a spectral exponent, as the variables of `optim.spectral.Spectral`.

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
        styles: Sequence[Pixels],
        settings: Settings,
        device: Device,
        resident: bool = False,
    ) -> None:
        self._shape = content.shape
        self.resident = resident
        self._device = devices.at_precision(device, settings.precision)
        self._settings = settings
        if settings.engine == "training" and (why := training.missing()):
            raise DeviceError(why)
        self._content = content
        self._kernels: winograd.Kernels = {}
        # What gives the targets, the picture to run it on, its share.
        self._models: list[tuple[ir.Model, Pixels, float]] = []
        if settings.content_weight:
            model = content_model(network, content.shape[2:], settings=settings)
            self._models.append((model, content, 1.0))
        for share, style in zip(settings.blend(len(styles)), styles, strict=True):
            if settings.style_weight:
                model = style_model(network, style.shape[2:], settings=settings)
                self._models.append((model, style, share))
        self._model = loss_model(network, content.shape[2:], settings=settings, masks=device.masks)

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
            scale = scales(size, self._settings.spectral)
            in_frequencies(model, scale, [cosine_matrix(n) for n in size])
        (self._input,) = {str(value.name) for value in model.graph.inputs} - targets.keys()
        self._session = self._make(model, resident=("gradient",) if self.resident else ())
        for name, target in targets.items():
            self._session.bind(name, target)
        del self._models, self._model, self._content
        return self

    def targets(self) -> dict[str, NDArray[Any]]:
        """Compute what to compare with, by input name of the loss model."""
        blended: dict[str, NDArray[Any]] = {}
        for model, picture, share in self._models:
            with self._make(model) as session:
                for name, found in session.run(image=picture).items():
                    blended[name] = blended.get(name, 0) + np.float32(share) * found
        return blended

    def vectors(self, rows: int) -> DeviceVectors:
        """Give the vectors that a resident objective takes, with room for pairs of them."""
        return DeviceVectors(self._shape, rows, self._device)

    def _make(self, model: ir.Model, *, resident: Sequence[str] = ()) -> Session:
        """Make a session of a model, which changes the model; the kernels are shared among all."""
        if self._device.winograd and self._settings.engine == "portable":
            self._kernels |= winograd.rewrite(model, self._kernels)
        session = Session(model, self._device, resident=resident)
        for name in session.inputs:
            if name in self._kernels:
                session.bind(name, self._kernels[name])
        return session

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
        self._session.close()
        self._kernels.clear()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()


def _peaks(
    model: ir.Model, content: Pixels, targets: Mapping[str, NDArray[Any]]
) -> dict[str, float]:
    """Find the largest number of each layer, over the content and a picture unlike any target."""
    noise = np.random.default_rng(0).uniform(0, 255, content.shape).astype(np.float32)
    with Session(peaks_model(model), devices.find("cpu")) as session:
        runs = [session.run(image=image, **targets) for image in (content, noise)]
    names = [name for name in runs[0] if name.startswith("peak.")]
    return {name.removeprefix("peak."): max(run[name].item() for run in runs) for name in names}


def content_model(network: Network, size: Sequence[int], *, settings: Settings) -> ir.Model:
    """Build the graph from a picture of (H, W) to its content features."""
    graph, ops, features = _features(network, size, settings.content_layers, settings)
    for name, value in features.items():
        add_output(graph, f"content.{name}", ops.emit("Identity", [value])[0])
    return finish(graph)


def style_model(network: Network, size: Sequence[int], *, settings: Settings) -> ir.Model:
    """Build the graph from a picture of (H, W) to its Gram matrices."""
    graph, ops, features = _features(network, size, settings.style_layers, settings)
    for name, value in features.items():
        add_output(graph, f"style.{name}", gram(ops, value))
    return finish(graph)


def loss_model(
    network: Network,
    size: Sequence[int],
    *,
    settings: Settings,
    statistics: bool = False,
    masks: Masks = "compare",
) -> ir.Model:
    """Build the graph of loss and gradient for one size.

    Parameters
    ----------
    network
        The feature network.
    size
        (H, W) of the picture.
    settings
        Weights, layers, pooling.
    statistics
        Also output, as `statistics.<input>`, what the targets are compared with; run on the picture
        to resemble it gives the targets.
    masks
        "compare", or "arithmetic" where the device has no comparisons.

    Returns
    -------
    ir.Model
        Inputs: `image` (1, 3, H, W) RGB 0–255, `content.<layer>` the features of the content,
        `style.<layer>` the Gram matrices of the style. Outputs: `loss`, its terms `content`,
        `style` and `tv` (those of weight above 0), all (1,), and `gradient` (1, 3, H, W), which is
        left to the engine "training".
    """
    content = settings.content_layers if settings.content_weight else ()
    style = settings.style_layers if settings.style_weight else ()
    graph, ops, features = _features(network, size, content + style, settings)
    image = graph.inputs[0]

    losses, compared = [], {}
    for term, layers, term_weight in (
        ("content", content, settings.content_weight),
        ("style", style, settings.style_weight),
    ):
        for layer, weight in layers:
            found = features[layer] if term == "content" else gram(ops, features[layer])
            target = add_input(graph, f"{term}.{layer}", shape_of(found))
            loss = mean_squared_error(ops, found, target)
            losses.append(_Loss(term, features[layer], loss, term_weight * weight))
            compared[f"statistics.{target.name}"] = found
    if settings.tv_weight:
        losses.append(_Loss("tv", image, total_variation(ops, image), settings.tv_weight))

    weighted = {loss: ops.scale(loss.value, loss.weight) for loss in losses}
    total = reduce(ops.add, weighted.values())
    if settings.normalize_gradients:
        derivative = _normalized_gradient(ops, losses, image)
    elif settings.engine == "portable":
        derivative = gradient(graph, total, image)
    else:
        derivative = None
    add_output(graph, "loss", total)
    for term in dict.fromkeys(loss.term for loss in losses):
        parts = [value for loss, value in weighted.items() if loss.term == term]
        add_output(graph, term, reduce(ops.add, parts))
    if derivative is not None:
        add_output(graph, "gradient", derivative)
    for name, found in compared.items() if statistics else ():
        add_output(graph, name, ops.emit("Identity", [found])[0])
    model = finish(graph)
    if masks == "arithmetic":
        without_comparisons(model)
    return model


@dataclass(frozen=True)
class _Loss:
    """One loss: its term, the value it judges, itself of shape (1,), its weight."""

    term: str
    of: ir.Value
    value: ir.Value
    weight: float


def _normalized_gradient(ops: Ops, losses: Sequence[_Loss], image: ir.Value) -> ir.Value:
    """Give each loss's gradient, where it enters the network, its weight as L1 norm.

    Neural-style's option `-normalize_gradients`, which leaves total variation alone.
    """
    entering: dict[ir.Value, ir.Value] = {}
    for loss in losses:
        g = gradient(ops.graph, loss.value, loss.of)
        if loss.term != "tv":
            norm = ops.reduce_sum(absolute(ops, g), keepdims=True)
            g = ops.div(g, ops.add(norm, ops.like(norm, 1e-8)))
        g = ops.scale(g, loss.weight)
        entering[loss.of] = ops.add(entering[loss.of], g) if loss.of in entering else g
    return pullback(ops.graph, entering, image)


def _features(
    network: Network, size: Sequence[int], layers: Layers, settings: Settings
) -> tuple[ir.Graph, Ops, dict[str, ir.Value]]:
    graph = new_graph("ortstyle")
    ops = Ops(graph)
    image = add_input(graph, "image", (1, 3, *size))
    names = dict.fromkeys(name for name, _ in layers)
    return graph, ops, network.append(ops, image, names, pooling=settings.pooling)
