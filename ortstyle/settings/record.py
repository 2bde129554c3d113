"""Everything a run can be told, in one frozen record."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite
from typing import Any, Literal, get_args

from ortstyle.errors import SettingsError

Layers = tuple[tuple[str, float], ...]
Iterations = int | tuple[int, ...]
StyleScale = float | tuple[float | tuple[float, ...], ...]
Schedule = tuple[tuple[int, int], ...]
Pooling = Literal["max", "avg", "l2"]
Padding = Literal["zero", "replicate", "reflect"]
StyleLoss = Literal["gram", "moments", "wasserstein"]
Smoothness = Literal["sum", "l1", "l2"]
OptimizerName = Literal["lbfgs", "adam"]
Step = Literal["published", "line-search"]
Colors = Literal["style", "content", "match-linear", "match-histogram", "luminance"]
Engine = Literal["portable", "training"]
Precision = Literal["auto", "float32", "tf32", "float16"]

#: Gatys, Ecker, Bethge 2015 use relu4_2 for content and the first layer of each block for style,
#: which weigh the same there. At the coarse scales relu5_1 sees so much of the painting that it
#: would copy its things, not its strokes.
CONTENT_LAYERS: Layers = (("relu4_2", 1.0),)
STYLE_LAYERS: Layers = (
    ("relu1_1", 1.5),
    ("relu2_1", 1.2),
    ("relu3_1", 1.0),
    ("relu4_1", 1.0),
    ("relu5_1", 0.7),
)

_COARSEST = 256  # pixels; below, a star of the painting takes the place of an eye
_FINER = 0.7  # iterations at a scale, as a share of those at the one before
_FULL_CONTENT = 512  # pixels; at finer scales the content weighs less


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to paint and how.

    Attributes
    ----------
    size
        Longest side of the result in pixels.
    scales
        How many sizes to paint at, coarse to fine, each √2 of the one before and the last `size`;
        0 for as many as it takes from 256 pixels.
    iterations
        Evaluations of loss and gradient: of all scales together, of which the finer get fewer; or
        a number for each scale, coarse to fine.
    content_weight, style_weight, tv_weight
        Weights of the three losses.
    equalize
        Measure content and style relative to their targets, so that layers, pictures and networks
        weigh alike; see `graph.losses.distance` and `content_loss`.
    style_loss
        What of the style's statistics is compared: "gram", "moments" or "wasserstein"; see
        `graph.losses.style_loss`.
    tv
        How smoothness is measured: "sum" as published, or "l1" or "l2", by the pixel; see
        `graph.losses.total_variation`.
    style_blend
        Relative weights of several styles, one a style; None weighs them equally.
    style_scale
        Longest side of the style pictures as a multiple of that of the content; or one a style,
        where several in a tuple of their own are all used at once.
    content_mask
        Where in the content each style goes, paths of greyscale pictures, white for there, one a
        style; "" for a style that goes where the masks leave room. () for all styles everywhere.
    style_mask
        Which part of each style picture counts, in the same form; "" for all of it.
    content_layers, style_layers
        (layer, weight) pairs.
    pooling
        "max" as the network was trained, "avg" or "l2".
    rescale_pooling
        Whether pools other than "max" are scaled so that activations keep their size.
    padding
        What the network sees beyond the border: "zero", "replicate" or "reflect"; see
        `graph.adapt.Adaptation`.
    init
        Where to start: "content", "noise", "style" for the content in the styles' colours, or the
        path of a picture.
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
        Whose colours the result has; see `color`. "style"; "content", by luma and chroma
        afterwards; "match-linear" or "match-histogram", the content's by recolouring the styles
        beforehand; "luminance", painting in grey and keeping the content's chroma.
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
    scales: int = 0
    iterations: Iterations = 120
    content_weight: float = 2.0
    style_weight: float = 1.0
    equalize: bool = True
    style_loss: StyleLoss = "moments"
    tv_weight: float = 0.02
    tv: Smoothness = "l1"
    style_blend: tuple[float, ...] | None = None
    style_scale: StyleScale = 1.0
    content_mask: tuple[str, ...] = ()
    style_mask: tuple[str, ...] = ()
    content_layers: Layers = CONTENT_LAYERS
    style_layers: Layers = STYLE_LAYERS
    pooling: Pooling = "max"
    rescale_pooling: bool = True
    padding: Padding = "replicate"
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
        for name in ("size", "history", "max_pixels"):
            _check_count(_option(name), getattr(self, name))
        _check_count("--scales", self.scales, least=0)
        self._check_iterations()
        for name in ("content_weight", "style_weight", "tv_weight", "spectral"):
            _check_weight(_option(name), getattr(self, name))
        _check_weights("--learning-rate", [self.learning_rate], " must be above 0")
        for scale in _flat(self.style_scale):
            _check_weights("--style-scale", [scale], " must be above 0")
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

    def _check_iterations(self) -> None:
        if isinstance(self.iterations, int):
            _check_count("--iterations", self.iterations)
            return
        for count in self.iterations:
            _check_count("--iterations", count)
        if len(self.iterations) != self.scales:
            raise SettingsError(
                f"--iterations has {len(self.iterations)} numbers; give --scales "
                f"{len(self.iterations)} beside them, or one number for all scales"
            )

    def _check_engine(self) -> None:
        if self.engine == "training":
            if self.normalize_gradients:
                raise SettingsError("--normalize-gradients needs --engine portable")
            if self.precision == "float16":
                raise SettingsError("--precision float16 needs --engine portable")

    @property
    def evaluations(self) -> int:
        """Evaluations of all scales together."""
        return self.iterations if isinstance(self.iterations, int) else sum(self.iterations)

    def schedule(self) -> Schedule:
        """Give (longest side, evaluations) of each scale, coarse to fine.

        Sides grow by √2 up to `size`, so a smaller size takes the same way as a larger one as far
        as it goes, with as many evaluations at each; what is left the finest gets. Scales that
        would get no evaluation are left out, the finest never.
        """
        sides = [self.size]
        if self.scales == 0:
            sides = [
                side
                for k in range(2 * self.size.bit_length())
                if (side := round(_COARSEST * 2 ** (k / 2))) < 0.85 * self.size
            ] + sides
        else:
            sides = [max(1, round(self.size / 2 ** (k / 2))) for k in reversed(range(self.scales))]
        if isinstance(self.iterations, tuple):
            return tuple(zip(sides, self.iterations, strict=True))
        sides = sides[-self.iterations :]
        ends = [round(self.iterations * (1 - _FINER**k)) for k in range(len(sides))]
        counts = [end - start for start, end in pairwise([*ends, self.iterations])]
        if not counts[-1]:
            counts[0], counts[-1] = counts[0] - 1, 1
        return tuple((side, n) for side, n in zip(sides, counts, strict=True) if n)

    def at(self, side: int) -> "Settings":
        """Give the settings of a scale of a longest side.

        Above 512 pixels the content weighs less, by 512 over the side: there its layers see so
        little of the picture at once that they would smooth what the coarser scales have painted.
        A run of one scale stays as it is.
        """
        if len(self.schedule()) == 1 or side <= _FULL_CONTENT:
            return self
        return replace(self, content_weight=self.content_weight * _FULL_CONTENT / side)

    def blend(self, styles: int) -> tuple[float, ...]:
        """Give the weight of each of so many styles, their sum 1.

        Raises
        ------
        SettingsError
            `style_blend` has another length.
        """
        weights = self.style_blend or (1.0,) * styles
        check_one_each("--style-blend", "weights", weights, styles)
        return tuple(weight / sum(weights) for weight in weights)

    def style_scales(self, styles: int) -> tuple[tuple[float, ...], ...]:
        """Give the scales of each of so many styles.

        Raises
        ------
        SettingsError
            `style_scale` has another length.
        """
        if isinstance(self.style_scale, int | float):
            return ((self.style_scale,),) * styles
        check_one_each("--style-scale", "scales", self.style_scale, styles)
        return tuple(scale if isinstance(scale, tuple) else (scale,) for scale in self.style_scale)

    def to_dict(self) -> dict[str, Any]:
        """Give the settings as JSON can hold them."""
        return asdict(self)


_CHOICES: dict[str, tuple[str, ...]] = {
    "pooling": get_args(Pooling),
    "padding": get_args(Padding),
    "style_loss": get_args(StyleLoss),
    "tv": get_args(Smoothness),
    "optimizer": get_args(OptimizerName),
    "step": get_args(Step),
    "colors": get_args(Colors),
    "engine": get_args(Engine),
    "precision": get_args(Precision),
}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _flat(scales: StyleScale) -> Iterable[float]:
    if isinstance(scales, tuple):
        for scale in scales:
            yield from _flat(scale)
        if not scales:
            yield 0.0
    else:
        yield scales


def _check_count(option: str, count: int, *, least: int = 1) -> None:
    if count < least:
        raise SettingsError(f"{option} must be at least {least}, not {count}")


def check_one_each(option: str, what: str, given: Sequence[Any], styles: int) -> None:
    """Raise a `SettingsError` where there are not as many as styles."""
    if len(given) != styles:
        raise SettingsError(
            f"{option} has {len(given)} {what} for {styles} styles; give one for each"
        )


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


def parse_iterations(text: str, *, option: str = "iterations") -> Iterations:
    """Read `300` or, by scale, `200,100,50`; `option` begins the error message.

    Raises
    ------
    SettingsError
        An item is no whole number.
    """
    try:
        counts = tuple(map(int, text.split(",")))
    except ValueError:
        raise SettingsError(f"{option}: {text!r} is no whole number, nor several") from None
    return counts if len(counts) > 1 else counts[0]


def parse_scales(text: str, *, option: str = "style_scale") -> StyleScale:
    """Read `1.5`, by style `1,0.5`, or with several at once `1,0.5+2`.

    `option` begins the error message.

    Raises
    ------
    SettingsError
        An item is no number.
    """
    found = []
    for item in text.split(","):
        scales = tuple(_number(part, option) for part in item.split("+"))
        found.append(scales if len(scales) > 1 else scales[0])
    return found[0] if len(found) == 1 and isinstance(found[0], float) else tuple(found)


def parse_masks(text: str, *, option: str = "mask") -> tuple[str, ...]:
    """Read `sky.png,-`, where - is no mask; `option` is there for the other readers' sake."""
    del option
    if not text.strip():
        return ()
    return tuple("" if part.strip() in ("", "-") else part.strip() for part in text.split(","))


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{where}: {text!r} is no number") from None
