"""Everything a run can be told, in one frozen record."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any, Literal, get_args

from ortstyle.errors import SettingsError

Layers = tuple[tuple[str, float], ...]
Pooling = Literal["max", "avg"]
OptimizerName = Literal["lbfgs", "adam"]
Step = Literal["published", "line-search"]
Colors = Literal["style", "content"]
Engine = Literal["portable", "training"]
Precision = Literal["auto", "float32", "tf32", "float16"]

#: Gatys, Ecker, Bethge 2015 use relu4_2 for content and the first layer of each block for style.
CONTENT_LAYERS: Layers = (("relu4_2", 1.0),)
STYLE_LAYERS: Layers = tuple((f"relu{block}_1", 1.0) for block in range(1, 6))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to paint and how.

    Attributes
    ----------
    size
        Longest side of the result in pixels.
    iterations
        Evaluations of loss and gradient.
    content_weight, style_weight, tv_weight
        Weights of the three losses.
    style_blend
        Relative weights of several styles, one a style; None weighs them equally.
    style_scale
        Longest side of the style pictures as a multiple of `size`.
    content_layers, style_layers
        (layer, weight) pairs.
    pooling
        "max" as the network was trained, or "avg".
    init
        Where to start: "content", "noise" or the path of a picture.
    optimizer
        "lbfgs" or "adam".
    history
        Curvature pairs that L-BFGS keeps.
    step
        L-BFGS's step: "line-search" never lets the loss run away, "published" always takes
        length 1, as the published implementation does.
    spectral
        How much sooner the optimiser changes what is large than what is small: the exponent of
        `optim.spectral.Spectral`, 0 for pixels as they are.
    learning_rate
        Adam's, in pixel units 0–255.
    normalize_gradients
        Divide each loss's gradient by its L1 norm, as neural-style's option of that name does.
    colors
        "style", or "content" to keep the photograph's colours.
    seed
        Of the noise.
    engine
        Whose gradient: "portable", ours in standard operators, or "training",
        onnxruntime-training's.
    precision
        Of the network's arithmetic; "auto" is TF32 on CUDA and float32 elsewhere.
    model
        A feature network other than the VGG-19 in the package.
    max_pixels
        The largest picture to open, width times height.

    Raises
    ------
    SettingsError
        A value is unknown or out of range.
    """

    size: int = 512
    iterations: int = 300
    content_weight: float = 5.0
    style_weight: float = 400.0
    tv_weight: float = 8e-2
    style_blend: tuple[float, ...] | None = None
    style_scale: float = 1.0
    content_layers: Layers = CONTENT_LAYERS
    style_layers: Layers = STYLE_LAYERS
    pooling: Pooling = "max"
    init: str = "content"
    optimizer: OptimizerName = "lbfgs"
    history: int = 20
    step: Step = "line-search"
    spectral: float = 0.5
    learning_rate: float = 10.0
    normalize_gradients: bool = False
    colors: Colors = "style"
    seed: int = 0
    engine: Engine = "portable"
    precision: Precision = "auto"
    model: str | None = None
    max_pixels: int = 178_956_970

    def __post_init__(self) -> None:
        for name in ("size", "iterations", "history", "max_pixels"):
            if getattr(self, name) < 1:
                raise SettingsError(
                    f"{_option(name)} must be at least 1, not {getattr(self, name)}"
                )
        for name in ("content_weight", "style_weight", "tv_weight", "spectral"):
            _check_weight(_option(name), getattr(self, name))
        for name in ("style_scale", "learning_rate"):
            _check_weights(_option(name), [getattr(self, name)], " must be above 0")
        if self.seed < 0:
            raise SettingsError(f"--seed must not be negative, not {self.seed}")
        _check_layers("--content-layers", self.content_layers)
        _check_layers("--style-layers", self.style_layers)
        if self.content_weight == self.style_weight == 0:
            raise SettingsError("--content-weight and --style-weight are both 0: nothing to paint")
        if self.style_blend is not None:
            _check_weights("--style-blend", self.style_blend)
        for name, choices in _CHOICES.items():
            check_choice(_option(name), getattr(self, name), choices)
        self._check_engine()

    def _check_engine(self) -> None:
        if self.engine == "training":
            if self.normalize_gradients:
                raise SettingsError("--normalize-gradients needs --engine portable")
            if self.precision == "float16":
                raise SettingsError("--precision float16 needs --engine portable")

    def blend(self, styles: int) -> tuple[float, ...]:
        """Give the weight of each of so many styles, their sum 1.

        Raises
        ------
        SettingsError
            `style_blend` has another length.
        """
        weights = self.style_blend or (1.0,) * styles
        if len(weights) != styles:
            raise SettingsError(
                f"--style-blend has {len(weights)} weights for {styles} styles; give one for each"
            )
        return tuple(weight / sum(weights) for weight in weights)

    def to_dict(self) -> dict[str, Any]:
        """Give the settings as JSON can hold them."""
        return asdict(self)


_CHOICES: dict[str, tuple[str, ...]] = {
    "pooling": get_args(Pooling),
    "optimizer": get_args(OptimizerName),
    "step": get_args(Step),
    "colors": get_args(Colors),
    "engine": get_args(Engine),
    "precision": get_args(Precision),
}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _check_weight(option: str, weight: float) -> None:
    if not isfinite(weight) or weight < 0:
        raise SettingsError(f"{option}: {weight:g} is no weight; give a number of 0 or more")


def _check_weights(
    option: str, weights: Iterable[float], otherwise: str = ": every weight is 0"
) -> None:
    for weight in weights:
        _check_weight(option, weight)
    if not any(weights):
        raise SettingsError(f"{option}{otherwise}")


def _check_layers(option: str, layers: Layers) -> None:
    if not layers:
        raise SettingsError(f"{option} names no layer")
    names = [name for name, _ in layers]
    if len(set(names)) < len(names):
        raise SettingsError(f"{option} names a layer twice")
    _check_weights(option, [weight for _, weight in layers])


def check_choice(what: str, value: str, choices: Iterable[str]) -> None:
    """Raise a `SettingsError` that names the nearest choice where `value` is none of them."""
    choices = list(choices)
    if value not in choices:
        near = get_close_matches(value, choices, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(choices)}"
        raise SettingsError(f"{what}: {value!r} is unknown; {hint}")


def parse_layers(text: str, *, option: str = "layers") -> Layers:
    """Read `relu1_1:1,relu2_1:0.5`; a layer without a weight has weight 1.

    `option` begins the error message.

    Raises
    ------
    SettingsError
        A weight is no number.
    """
    layers = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, colon, weight = item.rpartition(":")
        where = f"{option}: {item!r}"
        layers.append((name, _number(weight, where)) if colon else (item, 1.0))
    return tuple(layers)


def parse_blend(text: str, *, option: str = "blend") -> tuple[float, ...]:
    """Read `3,7`; `option` begins the error message.

    Raises
    ------
    SettingsError
        An item is no number.
    """
    return tuple(_number(part, option) for part in text.split(","))


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{where}: {text!r} is no number") from None
