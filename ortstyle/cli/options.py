"""The options of the commands, each with its help: what `--help` and the README's tables show."""

from pathlib import Path
from typing import Annotated

from typer import Option

from ortstyle.settings.presets import preset_names

# Each a table of its own in the help, where a column is as wide as its longest name.
_LOSSES = "What is compared"
_STYLES = "Several styles, and where they go"
_NETWORK = "The network"
_OPTIMISER = "The optimiser"
_FILES = "Files"
_SEEING = "Seeing what it does"
_GOING_ON = "Going on after an interruption"

Output = Annotated[
    Path | None,
    Option("--output", "-o", help="Where to write (CONTENT-STYLE.png in this folder)."),
]
Size = Annotated[int | None, Option(help="Longest side in pixels (512).", metavar="PIXELS")]
Preset = Annotated[
    str,
    Option(
        help="Settings to start from; ortstyle presets lists them.",
        metavar="|".join([*preset_names(), "PATH"]),
    ),
]
Scales = Annotated[
    int | None,
    Option(help="Sizes to paint at, coarse to fine (0: from 256 pixels).", metavar="N"),
]
Iterations = Annotated[
    str | None,
    Option(help="Evaluations of loss and gradient, in all or by scale.", metavar="N|N,N,N"),
]
ContentWeight = Annotated[
    float | None, Option(help="Weight of the content.", metavar="W", rich_help_panel=_LOSSES)
]
StyleWeight = Annotated[
    float | None, Option(help="Weight of the style.", metavar="W", rich_help_panel=_LOSSES)
]
TVWeight = Annotated[
    float | None, Option(help="Weight of smoothness.", metavar="W", rich_help_panel=_LOSSES)
]
TV = Annotated[
    str | None,
    Option(help="How smoothness is measured.", metavar="sum|l1|l2", rich_help_panel=_LOSSES),
]
StyleLoss = Annotated[
    str | None,
    Option(
        help="What of the style is compared.",
        metavar="gram|moments|wasserstein",
        rich_help_panel=_LOSSES,
    ),
]
Equalize = Annotated[
    bool | None,
    Option(
        "--equalize/--no-equalize",
        help="Weigh relative distances, so that layers and pictures count alike.",
        rich_help_panel=_LOSSES,
    ),
]
StyleBlend = Annotated[
    str | None,
    Option(help="Relative weights of several styles.", metavar="3,7", rich_help_panel=_STYLES),
]
StyleScale = Annotated[
    str | None,
    Option(
        help="Size of the styles as a multiple of the picture's.",
        metavar="X|X,X+X",
        rich_help_panel=_STYLES,
    ),
]
ContentMask = Annotated[
    list[str] | None,
    Option(
        help="Where in CONTENT a style goes: white; one a STYLE, - for none.",
        metavar="PATH|-",
        rich_help_panel=_STYLES,
    ),
]
StyleMask = Annotated[
    list[str] | None,
    Option(
        help="Which part of a STYLE counts: white; one a STYLE.",
        metavar="PATH|-",
        rich_help_panel=_STYLES,
    ),
]
ContentLayers = Annotated[
    str | None,
    Option(help="Layers that hold the content.", metavar="relu4_2", rich_help_panel=_LOSSES),
]
StyleLayers = Annotated[
    str | None,
    Option(
        help="Layers that hold the style, with weights.",
        metavar="relu1_1:1,relu2_1:0.5",
        rich_help_panel=_LOSSES,
    ),
]
Pooling = Annotated[
    str | None,
    Option(help="How the network pools.", metavar="max|avg|l2", rich_help_panel=_NETWORK),
]
RescalePooling = Annotated[
    bool | None,
    Option(
        "--rescale-pooling/--no-rescale-pooling",
        help="Scale pools other than max so that activations keep their size.",
        rich_help_panel=_NETWORK,
    ),
]
Padding = Annotated[
    str | None,
    Option(
        help="What the network sees beyond the border.",
        metavar="zero|replicate|reflect",
        rich_help_panel=_NETWORK,
    ),
]
Init = Annotated[
    str | None, Option(help="The picture to start from.", metavar="content|noise|style|PATH")
]
Optimizer = Annotated[
    str | None, Option(help="Optimiser.", metavar="lbfgs|adam", rich_help_panel=_OPTIMISER)
]
History = Annotated[
    int | None,
    Option(help="Curvature pairs that L-BFGS keeps.", metavar="N", rich_help_panel=_OPTIMISER),
]
Step = Annotated[
    str | None,
    Option(
        help="How far L-BFGS steps.", metavar="line-search|published", rich_help_panel=_OPTIMISER
    ),
]
Spectral = Annotated[
    float | None,
    Option(
        help="How much sooner the large changes than the small, 0 to 1.",
        metavar="X",
        rich_help_panel=_OPTIMISER,
    ),
]
LearningRate = Annotated[
    float | None, Option(help="Adam's, in pixel units.", metavar="X", rich_help_panel=_OPTIMISER)
]
NormalizeGradients = Annotated[
    bool | None,
    Option(
        "--normalize-gradients",
        help="Scale each loss's gradient to norm 1.",
        rich_help_panel=_OPTIMISER,
    ),
]
Colors = Annotated[
    str | None,
    Option(
        help="Whose colours the result has.",
        metavar="style|content|match-linear|match-histogram|luminance",
    ),
]
Seed = Annotated[int | None, Option(help="Of the noise.", metavar="N")]
Device = Annotated[
    str,
    Option(help="Where to run; ortstyle devices lists them.", metavar="auto|cpu|cuda[:N]|webgpu|…"),
]
Memory = Annotated[
    str | None,
    Option(
        help="What it may take; what doesn't fit is painted in tiles (what is free).",
        metavar="6GB",
        rich_help_panel=_GOING_ON,
    ),
]
Engine = Annotated[
    str | None,
    Option(help="Whose gradient.", metavar="portable|training", rich_help_panel=_NETWORK),
]
Precision = Annotated[
    str | None,
    Option(
        help="Of the network's arithmetic.",
        metavar="auto|float32|tf32|float16",
        rich_help_panel=_NETWORK,
    ),
]
Model = Annotated[
    str | None,
    Option(
        help="A feature network as ONNX (the VGG-19 inside).",
        metavar="PATH",
        rich_help_panel=_NETWORK,
    ),
]
MaxPixels = Annotated[
    int | None,
    Option(help="Largest picture to open, width × height.", metavar="N", rich_help_panel=_FILES),
]
Like = Annotated[
    Path | None,
    Option(
        help="Take the settings from a picture that ortstyle wrote.",
        metavar="PATH",
        rich_help_panel=_FILES,
    ),
]
Icc = Annotated[
    str,
    Option(
        help="Colour profile to write, sRGB or the content's.",
        metavar="srgb|keep",
        rich_help_panel=_FILES,
    ),
]
Depth = Annotated[
    int | None,
    Option(
        help="Bits a channel to write (as CONTENT has).", metavar="8|16", rich_help_panel=_FILES
    ),
]
Quality = Annotated[
    int | None,
    Option(help="Of JPEG, WebP (95) and AVIF (90), 1 to 100.", metavar="N", rich_help_panel=_FILES),
]
Chroma = Annotated[
    str | None,
    Option(
        help="Colour resolution of JPEG and AVIF (444).",
        metavar="444|422|420",
        rich_help_panel=_FILES,
    ),
]
Checkpoint = Annotated[
    Path | None,
    Option(
        help="Where ortstyle resume finds the run (OUT.checkpoint, if it takes over 10 minutes).",
        metavar="FILE",
        rich_help_panel=_GOING_ON,
    ),
]
CheckpointEvery = Annotated[
    float,
    Option(
        help="Minutes between two checkpoints (5).",
        metavar="MINUTES",
        min=0,
        show_default=False,
        rich_help_panel=_GOING_ON,
    ),
]
KeepCheckpoint = Annotated[
    bool,
    Option(
        "--keep-checkpoint",
        help="Keep the checkpoint when the run has ended.",
        rich_help_panel=_GOING_ON,
    ),
]
SaveEvery = Annotated[
    int | None,
    Option(help="Also save every N evaluations.", metavar="N", min=1, rich_help_panel=_SEEING),
]
Trace = Annotated[
    Path | None,
    Option(
        help="Write each evaluation's loss there.", metavar="FILE.jsonl", rich_help_panel=_SEEING
    ),
]
Plot = Annotated[
    Path | None,
    Option(
        help="Draw the loss there at the end: .png, .svg or .html.",
        metavar="FILE",
        rich_help_panel=_SEEING,
    ),
]
Compare = Annotated[
    Path | None,
    Option(
        help="Write a page of pictures, settings and loss there.",
        metavar="FILE.html",
        rich_help_panel=_SEEING,
    ),
]
Thumbnail = Annotated[
    bool | None,
    Option(
        "--thumbnail/--no-thumbnail",
        help="Show the picture in the terminal (where that is known to work).",
        rich_help_panel=_SEEING,
    ),
]
Explain = Annotated[
    bool,
    Option(
        "--explain",
        help="Print settings, sizes and device, and do nothing.",
        rich_help_panel=_SEEING,
    ),
]
Quiet = Annotated[
    bool,
    Option("--quiet", "-q", help="Print nothing but errors and notices.", rich_help_panel=_SEEING),
]
