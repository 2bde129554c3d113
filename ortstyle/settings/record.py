"""The settings of a run: what to paint and how, in one frozen record."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import (
    Range,
    check_counts,
    check_layers,
    check_one_each,
    check_scales,
    check_weights,
)
from ortstyle.settings.declaration import check_options, declared, documented
from ortstyle.settings.schedule import content_weight_at, schedule
from ortstyle.settings.text import (
    parse_blend,
    parse_iterations,
    parse_layers,
    parse_masks,
    parse_scales,
)
from ortstyle.settings.value_types import (
    Colors,
    Engine,
    Iterations,
    Layers,
    OptimizerName,
    Padding,
    Pooling,
    Precision,
    Schedule,
    Smoothness,
    Step,
    StyleScale,
    style_loss_names,
)

# The headings in the help of the command line.
_loss = partial(declared, panel="Losses")
_styles = partial(declared, panel="Several styles and masks")
_network = partial(declared, panel="Network")
_optimizer = partial(declared, panel="Optimiser")

#: Gatys, Ecker, Bethge 2015 use relu4_2 for content and the first layer of each block for style,
#: which weigh the same there. At the coarse scales relu5_1 sees so much of the painting that it
#: would copy its objects, not its strokes, so it weighs less.
CONTENT_LAYERS: Layers = (("relu4_2", 1.0),)
STYLE_LAYERS: Layers = (
    ("relu1_1", 1.5),
    ("relu2_1", 1.2),
    ("relu3_1", 1.0),
    ("relu4_1", 1.0),
    ("relu5_1", 0.7),
)


@documented
@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to paint and how.

    Every field is declared here once: its type and default, its help, the check of its value.
    Adding a setting is adding a field; see `settings.declaration`.

    Raises
    ------
    SettingsError
        A value is unknown or out of range, or contradicts another.
    """

    size: int = declared(
        512, "Longest side of the result in pixels.", metavar="PIXELS", allowed=Range(1)
    )
    scales: int = declared(
        0,
        "Number of sizes to paint at, each √2 times the last; 0 for all from 256 pixels.",
        metavar="N",
        allowed=Range(0),
    )
    iterations: Iterations = declared(
        120,
        "Evaluations of loss and gradient: of all scales together, or one number a scale.",
        metavar="N|N,N,N",
        check=check_counts,
        parse=parse_iterations,
        example="200,100,50",
    )
    content_weight: float = _loss(2.0, "Weight of the content loss.", metavar="W", allowed=Range())
    style_weight: float = _loss(1.0, "Weight of the style loss.", metavar="W", allowed=Range())
    equalize: bool = _loss(
        True,
        "Measure content and style relative to their targets.",
        details="So layers, pictures and networks weigh alike; see `graph.losses`.",
        flags=("--equalize", "--no-equalize"),
    )
    style_loss: str = _loss(
        "moments",
        "Which statistics of the style are compared.",
        choices=style_loss_names,
    )
    tv_weight: float = _loss(
        0.02, "Weight of the smoothness loss, total variation.", metavar="W", allowed=Range()
    )
    tv: Smoothness = _loss(
        "l1",
        "Total variation as published, or the mean of absolute or squared differences.",
    )
    style_blend: tuple[float, ...] | None = _styles(
        None,
        "Relative weights of several styles.",
        metavar="3,7",
        default_text="equal",
        check=check_weights,
        parse=parse_blend,
        example="3,7",
    )
    style_scale: StyleScale = _styles(
        1.0,
        "Size of the style pictures as a multiple of the content's; one a style, or several.",
        metavar="X|X,X+X",
        check=check_scales,
        parse=parse_scales,
        example="1,0.5+2",
    )
    content_mask: tuple[str, ...] = _styles(
        (),
        "Where in CONTENT a style is painted: white there; one a STYLE, - for the rest.",
        details="Greyscale pictures. Without masks all styles are painted everywhere.",
        metavar="PATH|-",
        parse=parse_masks,
        example="sky.png,-",
        names_files=True,
    )
    style_mask: tuple[str, ...] = _styles(
        (),
        "Which part of a STYLE picture counts: white there; one a STYLE, - for all of it.",
        metavar="PATH|-",
        parse=parse_masks,
        example="brush.png,-",
        names_files=True,
    )
    content_layers: Layers = _loss(
        CONTENT_LAYERS,
        "Layers whose features are the content, with weights.",
        metavar="LAYER:W,…",
        check=check_layers,
        parse=parse_layers,
        example="relu4_2:1",
    )
    style_layers: Layers = _loss(
        STYLE_LAYERS,
        "Layers whose statistics are the style, with weights.",
        metavar="LAYER:W,…",
        check=check_layers,
        parse=parse_layers,
        example="relu1_1:1,relu2_1:0.5",
    )
    pooling: Pooling = _network(
        "max",
        "How the network pools.",
        details='"max" as it was trained, or "avg" or "l2"; see `graph.adapt`.',
    )
    rescale_pooling: bool = _network(
        True,
        "Scale pools other than max so that activations keep their size.",
        flags=("--rescale-pooling", "--no-rescale-pooling"),
    )
    padding: Padding = _network(
        "replicate",
        "What the network sees beyond the border of the picture.",
        details='The mean colour ("zero"), the border\'s pixels, or their mirror image.',
    )
    init: str = declared(
        "content",
        "The picture to start from.",
        details='"style" is the content in the colours of the styles.',
        metavar="content|noise|style|PATH",
        names_files=True,
        words=("content", "noise", "style"),
    )
    optimizer: OptimizerName = _optimizer("lbfgs", "The optimiser.")
    history: int = _optimizer(
        20, "Number of curvature pairs that L-BFGS keeps.", metavar="N", allowed=Range(1)
    )
    step: Step = _optimizer(
        "line-search",
        "How L-BFGS chooses the length of a step.",
        details='"line-search" never lets the loss run away, "published" always takes length '
        "1, as the published implementation does.",
    )
    spectral: float = _optimizer(
        0.5,
        "How much sooner low spatial frequencies change than high ones, 0 to 1.",
        details="The exponent of `optim.spectral`; 0 optimises pixels as they are.",
        metavar="X",
        allowed=Range(),
    )
    learning_rate: float = _optimizer(
        10.0, "Learning rate of Adam, in pixel levels.", metavar="X", allowed=Range(above=0)
    )
    normalize_gradients: bool = _optimizer(
        False,
        "Divide the gradient of each loss by its L1 norm.",
        details="As the option of that name of neural-style does.",
        flags=("--normalize-gradients",),
    )
    colors: Colors = declared(
        "style",
        "Whose colours the result has.",
        details='"content" exchanges luma and chroma afterwards; "match-linear" and '
        '"match-histogram" recolour the styles beforehand; "luminance" paints in grey and '
        "keeps the content's chroma; see `pictures.color`.",
    )
    seed: int = declared(0, "Seed of the noise.", metavar="N", allowed=Range(0))
    engine: Engine = _network(
        "portable", "Engine that derives the gradient: ours or onnxruntime-training's."
    )
    precision: Precision = _network(
        "auto", "Precision of the network; auto is tf32 on CUDA, else float32."
    )
    model: str | None = _network(
        None,
        "A feature network as an ONNX file.",
        metavar="PATH",
        default_text="the VGG-19 in the package",
        names_files=True,
    )
    max_pixels: int = declared(
        178_956_970,
        "Largest picture to open, in pixels.",
        panel="Files",
        metavar="N",
        allowed=Range(1),
    )

    def __post_init__(self) -> None:
        check_options(self)
        if isinstance(self.iterations, tuple) and len(self.iterations) != self.scales:
            count = len(self.iterations)
            raise SettingsError(
                f"--iterations has {count} numbers; give --scales {count} beside them, or one "
                "number for all scales"
            )
        if self.content_weight == self.style_weight == 0:
            raise SettingsError("--content-weight and --style-weight are both 0: nothing to paint")
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
        """Return (longest side, evaluations) of each scale, coarse to fine."""
        return schedule(self.size, self.scales, self.iterations)

    def at(self, side: int) -> "Settings":
        """Return the settings of the scale whose longest side is `side`, if there are several."""
        if len(self.schedule()) == 1:
            return self
        weight = content_weight_at(side, self.content_weight)
        return self if weight == self.content_weight else replace(self, content_weight=weight)

    def blend(self, styles: int) -> tuple[float, ...]:
        """Return the weight of each of so many styles; the sum is 1.

        Raises
        ------
        SettingsError
            `style_blend` has another length.
        """
        weights = self.style_blend or (1.0,) * styles
        check_one_each("--style-blend", "weights", weights, styles)
        return tuple(weight / sum(weights) for weight in weights)

    def style_scales(self, styles: int) -> tuple[tuple[float, ...], ...]:
        """Return the scale factors of each of so many styles.

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
        """Return the settings in a form that JSON can hold; `serialization.from_dict` reads it."""
        return asdict(self)
