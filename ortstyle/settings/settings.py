"""The settings of a run: what to paint and how, in one frozen record."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.settings import checks, text
from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, documented
from ortstyle.settings.schedule import schedule, values_at
from ortstyle.settings.value_types import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    Colors,
    Engine,
    Iterations,
    Layers,
    OptimizerName,
    Padding,
    Pooling,
    Precision,
    Schedule,
    Size,
    Smoothness,
    Step,
    StyleScale,
    style_loss_names,
)

# Declare an option under one of the headings of --help.
_loss = partial(declared, panel="Losses")
_share = partial(_loss, metavar="X", allowed=Range(0, most=1))
_styles = partial(declared, panel="Several styles and masks")
_network = partial(declared, panel="Network")
_optimizer = partial(declared, panel="Optimiser")


@documented
@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a run: what to paint and how.

    Each field declares a setting once: its type, default, help and checks. A new setting needs
    one new field and nothing else; see `settings.declaration`.

    Raises
    ------
    SettingsError
        A value is unknown or out of range, or contradicts another.
    """

    size: Size = declared(
        512,
        'Longest side of the result in pixels, or "content" for that of CONTENT.',
        metavar="PIXELS|content",
        allowed=Range(1, most=10**6),
        check=checks.check_size,
        parse=text.parse_size,
        example="content",
    )
    scales: int = declared(
        0,
        "Number of sizes to paint at, each √2 times the one before; 0 for as many as --size needs.",
        metavar="N",
        allowed=Range(0, most=40),  # of them the coarsest is 1 pixel
    )
    iterations: Iterations = declared(
        80,
        "Evaluations of loss and gradient: in total, or one number for each scale.",
        metavar="N|N,N,N",
        check=checks.check_counts,
        parse=text.parse_iterations,
        example="200,100,50",
    )
    content_weight: float = _loss(2.0, "Weight of the content loss.", metavar="W", allowed=Range())
    content_limit: float = _share(
        0.25,
        "Share of CONTENT's structure that may be lost before its loss is steep; 0 for no limit.",
        details="It has an effect only with `equalize`; see `graph.losses.content_loss`.",
    )
    pattern_limit: float = _share(
        0.4,
        "Content limit where every STYLE is a pattern, alike in all its parts, such as cloth.",
        details="It never lowers `content_limit`; see `run.patterns`.",
    )
    style_weight: float = _loss(1.0, "Weight of the style loss.", metavar="W", allowed=Range())
    equalize: bool = _loss(
        True,
        "Measure the content and style losses relative to the size of their targets.",
        details="Layers, pictures and networks then weigh alike; see `graph.distances`.",
        flags=("--equalize", "--no-equalize"),
    )
    style_loss: str = _loss(
        "moments",
        "The statistics of features that the style loss compares.",
        choices=style_loss_names,
    )
    variance_floor: float = _share(
        0.2, "Share of CONTENT's variance below which a STYLE is flat, such as paper; 0 for never."
    )
    grain: float = _loss(
        0.03,
        "Largest share of a STYLE's power in finest detail, above 512 pixels; 1 to smooth nothing.",
        metavar="X",
        allowed=Range(above=0, most=1),
    )
    tv_weight: float = _loss(
        0.04, "Weight of the smoothness loss, total variation.", metavar="W", allowed=Range()
    )
    tv: Smoothness = _loss(
        "isotropic", "Total variation as published, or its mean: absolute, squared, or isotropic."
    )
    style_blend: tuple[float, ...] | None = _styles(
        None,
        "Relative weights of several styles.",
        metavar="3,7",
        default_text="equal",
        check=checks.check_weights,
        parse=text.parse_blend,
        example="3,7",
    )
    style_scale: StyleScale = _styles(
        1.0,
        "Size of the style pictures relative to CONTENT's: one for all, or one or more for each.",
        metavar="X|X,X+X",
        check=checks.check_scales,
        parse=text.parse_scales,
        example="1,0.5+2",
    )
    content_mask: tuple[str, ...] = _styles(
        (),
        "Masks of CONTENT, one for each STYLE: a style is painted where white; - for the rest.",
        details="Greyscale pictures. Without masks all styles are painted everywhere.",
        metavar="PATH|-",
        parse=text.parse_masks,
        example="sky.png,-",
        names_files=True,
    )
    style_mask: tuple[str, ...] = _styles(
        (),
        "Masks of the STYLE pictures, one for each: white parts count; - for all of a picture.",
        metavar="PATH|-",
        parse=text.parse_masks,
        example="brush.png,-",
        names_files=True,
    )
    content_layers: Layers = _loss(
        CONTENT_LAYERS,
        "Layers of the content loss, with weights.",
        metavar="LAYER:W,…",
        check=checks.check_layers,
        parse=text.parse_layers,
        example="relu4_2:1",
    )
    style_layers: Layers = _loss(
        STYLE_LAYERS,
        "Layers of the style loss, with weights.",
        metavar="LAYER:W,…",
        check=checks.check_layers,
        parse=text.parse_layers,
        example="relu1_1:1,relu2_1:0.5",
    )
    pooling: Pooling = _network(
        "max",
        "Pooling of the network.",
        details='"max", as in training, "avg" or "l2"; see `graph.adapt`.',
    )
    rescale_pooling: bool = _network(
        True,
        "Scale pooling other than max so that activations keep their size.",
        flags=("--rescale-pooling", "--no-rescale-pooling"),
    )
    padding: Padding = _network(
        "replicate",
        "What the network sees beyond the border of the picture.",
        details='The mean colour ("zero"), the border\'s pixels, or their mirror image.',
    )
    init: str = declared(
        "content",
        "The picture that the run starts from.",
        details='"style" is the content in the colours of the styles. The command line and presets '
        'take "random" and "image", the names of neural-style, for noise and content.',
        metavar="content|noise|style|PATH",
        parse=text.parse_init,
        names_files=True,
        words=("content", "noise", "style"),
    )
    optimizer: OptimizerName = _optimizer("lbfgs", "The optimiser.")
    history: int = _optimizer(
        20, "Number of curvature pairs that L-BFGS keeps.", metavar="N", allowed=Range(1, most=1000)
    )
    step: Step = _optimizer(
        "line-search",
        "How L-BFGS chooses the length of a step.",
        details='"line-search" shortens steps that do not decrease the loss enough; "published" '
        "always takes length 1, as the published implementation does.",
    )
    spectral: float = _optimizer(
        0.5,
        "How much faster low frequencies change than high ones, up to 512 pixels; 0 for alike.",
        details="The exponent of the scales in `optim.spectral`; 0 optimises the pixels.",
        metavar="X",
        allowed=Range(most=1),
    )
    learning_rate: float = _optimizer(
        10.0,
        "Learning rate of Adam, in pixel levels.",
        metavar="X",
        allowed=Range(above=0, most=1000),
    )
    patience: float = _optimizer(
        0.0,
        "Share by which ten evaluations must lower the loss, or a scale ends; 0 for never.",
        metavar="X",
        allowed=Range(0, most=1),
    )
    normalize_gradients: bool = _optimizer(
        False,
        "Divide the gradient of each loss by its L1 norm.",
        details="Like the option of the same name of neural-style.",
        flags=("--normalize-gradients",),
    )
    colors: Colors = declared(
        "style",
        "Where the colours of the result come from.",
        details='"content" gives the finished picture the chroma of the content; "match-linear" '
        'and "match-histogram" recolour the styles beforehand; "luminance" paints in grey and '
        "adds the content's chroma; see `pictures.color`.",
    )
    seed: int = declared(
        0, "Seed of the noise; -1 draws one.", metavar="N", allowed=Range(-1, most=2**63 - 1)
    )
    engine: Engine = _network(
        "portable", "Engine that derives the gradient: ortstyle's own or onnxruntime-training."
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
        allowed=Range(1, most=10**12),
    )

    def __post_init__(self) -> None:
        check_options(self)
        checks.check_together(self)

    @property
    def evaluations(self) -> int:
        """Number of evaluations of all scales together."""
        return self.iterations if isinstance(self.iterations, int) else sum(self.iterations)

    @property
    def side(self) -> int:
        """Longest side in pixels; a `SettingsError` for that of a content that isn't known here."""
        if self.size == "content":
            raise SettingsError("--size content is known to a run only; give a number of pixels")
        return self.size

    def schedule(self) -> Schedule:
        """Return (longest side, evaluations) of each scale, coarse to fine."""
        return schedule(self.side, self.scales, self.iterations)

    def at(self, side: int, schedule: Schedule | None = None) -> "Settings":
        """Return the settings for a scale of a schedule, by default its own; see `values_at`."""
        schedule = schedule or self.schedule()
        weight, spectral = values_at(
            side, schedule, content_weight=self.content_weight, spectral=self.spectral
        )
        if (weight, spectral) == (self.content_weight, self.spectral):
            return self
        return replace(self, content_weight=weight, spectral=spectral)

    def blend(self, styles: int) -> tuple[float, ...]:
        """Return the weight of each style, scaled to a sum of 1.

        A `SettingsError` if `style_blend` has not one for each of this number of styles.
        """
        weights = self.style_blend or (1.0,) * styles
        checks.check_one_each("--style-blend", "weights", weights, styles)
        return tuple(weight / sum(weights) for weight in weights)

    def style_scales(self, styles: int) -> tuple[tuple[float, ...], ...]:
        """Return the scale factors of each style; a `SettingsError` if they are for others."""
        return checks.scales_of_each(self.style_scale, styles)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary for JSON; `serialization.from_dict` reads it."""
        return asdict(self)
