"""The options of the commands, each with its help: what `--help` and the README's tables show."""

from pathlib import Path
from typing import Annotated

from typer import Option

from ortstyle.preset import preset_names

_SEEING = "Seeing what it does"  # a table of its own in the help, as its names are longer

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
Iterations = Annotated[int | None, Option(help="Evaluations of loss and gradient.", metavar="N")]
ContentWeight = Annotated[float | None, Option(help="Weight of the content.", metavar="W")]
StyleWeight = Annotated[float | None, Option(help="Weight of the style.", metavar="W")]
TVWeight = Annotated[float | None, Option(help="Weight of smoothness.", metavar="W")]
StyleBlend = Annotated[
    str | None, Option(help="Relative weights of several styles.", metavar="3,7")
]
StyleScale = Annotated[
    float | None, Option(help="Size of the styles as a multiple of --size.", metavar="X")
]
ContentLayers = Annotated[
    str | None, Option(help="Layers that hold the content.", metavar="relu4_2")
]
StyleLayers = Annotated[
    str | None,
    Option(help="Layers that hold the style, with weights.", metavar="relu1_1:1,relu2_1:0.5"),
]
Pooling = Annotated[str | None, Option(help="How the network pools.", metavar="max|avg")]
Init = Annotated[
    str | None, Option(help="The picture to start from.", metavar="content|noise|PATH")
]
Optimizer = Annotated[str | None, Option(help="Optimiser.", metavar="lbfgs|adam")]
History = Annotated[int | None, Option(help="Curvature pairs that L-BFGS keeps.", metavar="N")]
Step = Annotated[str | None, Option(help="How far L-BFGS steps.", metavar="line-search|published")]
Spectral = Annotated[
    float | None,
    Option(help="How much sooner the large changes than the small, 0 to 1.", metavar="X"),
]
LearningRate = Annotated[float | None, Option(help="Adam's, in pixel units.", metavar="X")]
NormalizeGradients = Annotated[
    bool | None, Option("--normalize-gradients", help="Scale each loss's gradient to norm 1.")
]
Colors = Annotated[
    str | None, Option(help="Whose colours the result has.", metavar="style|content")
]
Seed = Annotated[int | None, Option(help="Of the noise.", metavar="N")]
Device = Annotated[
    str,
    Option(help="Where to run; ortstyle devices lists them.", metavar="auto|cpu|cuda[:N]|webgpu|…"),
]
Engine = Annotated[str | None, Option(help="Whose gradient.", metavar="portable|training")]
Precision = Annotated[
    str | None,
    Option(help="Of the network's arithmetic.", metavar="auto|float32|tf32|float16"),
]
Model = Annotated[
    str | None, Option(help="A feature network as ONNX (the VGG-19 inside).", metavar="PATH")
]
MaxPixels = Annotated[
    int | None, Option(help="Largest picture to open, width × height.", metavar="N")
]
Like = Annotated[
    Path | None,
    Option(help="Take the settings from a picture that ortstyle wrote.", metavar="PATH"),
]
Icc = Annotated[
    str, Option(help="Colour profile to write, sRGB or the content's.", metavar="srgb|keep")
]
Depth = Annotated[
    int | None, Option(help="Bits a channel to write (as CONTENT has).", metavar="8|16")
]
Quality = Annotated[
    int | None, Option(help="Of JPEG, WebP (95) and AVIF (90), 1 to 100.", metavar="N")
]
Chroma = Annotated[
    str | None, Option(help="Colour resolution of JPEG and AVIF (444).", metavar="444|422|420")
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
