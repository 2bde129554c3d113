"""The command line: the only module that prints or exits.

Nothing heavy is imported before a command needs it, so `--help` answers at once.
"""

import json
import sys
from contextlib import ExitStack
from dataclasses import fields, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer import Argument, Option

from ortstyle import __version__
from ortstyle.encoding import Encoding
from ortstyle.errors import OrtStyleError, OutputError, SettingsError
from ortstyle.settings import Settings, from_preset, parse_blend, parse_layers, preset_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ortstyle.pyramid import Iterate
    from ortstyle.runtime.devices import Device as DeviceRow
    from ortstyle.writer import Writer

_UsageError: type[Any] = typer.BadParameter.__mro__[1]  # Typer's own or Click's, by version

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a fault of ours is a plain traceback
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Neural style transfer by optimisation, on any vendor's hardware.",
)

DEMO_SIZE, DEMO_ITERATIONS = 384, 80  # at most two minutes on two cores

Size = Annotated[int | None, Option(help="Longest side in pixels (512).", metavar="PIXELS")]
Preset = Annotated[str, Option(help="Settings to start from.", metavar="|".join(preset_names()))]
Iterations = Annotated[int | None, Option(help="Evaluations of loss and gradient.", metavar="N")]
ContentWeight = Annotated[float | None, Option(help="Weight of the content.", metavar="W")]
StyleWeight = Annotated[float | None, Option(help="Weight of the style.", metavar="W")]
TVWeight = Annotated[float | None, Option(help="Weight of smoothness.", metavar="W")]
ContentLayers = Annotated[
    str | None, Option(help="Layers that hold the content.", metavar="relu4_2")
]
StyleLayers = Annotated[
    str | None,
    Option(help="Layers that hold the style, with weights.", metavar="relu1_1:1,relu2_1:0.5"),
]
Pooling = Annotated[str | None, Option(help="How the network pools.", metavar="max|avg")]
NormalizeGradients = Annotated[
    bool | None, Option("--normalize-gradients", help="Scale each loss's gradient to norm 1.")
]
Model = Annotated[
    str | None, Option(help="A feature network as ONNX (the VGG-19 inside).", metavar="PATH")
]
Device = Annotated[
    str,
    Option(help="Where to run; ortstyle devices lists them.", metavar="auto|cpu|cuda[:N]|webgpu|…"),
]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Print nothing but errors and notices.")]


def _version(wanted: bool) -> None:  # noqa: FBT001  Typer's callback
    if wanted:
        typer.echo(f"ortstyle {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def render(
    context: typer.Context,
    content: Annotated[Path, Argument(help="The photograph.")],
    style: Annotated[list[Path], Argument(help="The painting, or several.")],
    *,
    output: Annotated[
        Path | None,
        Option("--output", "-o", help="Where to write (CONTENT-STYLE.png in this folder)."),
    ] = None,
    size: Size = None,
    preset: Preset = "default",
    iterations: Iterations = None,
    content_weight: ContentWeight = None,
    style_weight: StyleWeight = None,
    tv_weight: TVWeight = None,
    style_blend: Annotated[
        str | None, Option(help="Relative weights of several styles.", metavar="3,7")
    ] = None,
    style_scale: Annotated[
        float | None, Option(help="Size of the styles as a multiple of --size.", metavar="X")
    ] = None,
    content_layers: ContentLayers = None,
    style_layers: StyleLayers = None,
    pooling: Pooling = None,
    init: Annotated[
        str | None, Option(help="The picture to start from.", metavar="content|noise|PATH")
    ] = None,
    optimizer: Annotated[str | None, Option(help="Optimiser.", metavar="lbfgs|adam")] = None,
    history: Annotated[
        int | None, Option(help="Curvature pairs that L-BFGS keeps.", metavar="N")
    ] = None,
    step: Annotated[
        str | None, Option(help="How far L-BFGS steps.", metavar="line-search|published")
    ] = None,
    spectral: Annotated[
        float | None,
        Option(help="How much sooner the large changes than the small, 0 to 1.", metavar="X"),
    ] = None,
    learning_rate: Annotated[
        float | None, Option(help="Adam's, in pixel units.", metavar="X")
    ] = None,
    normalize_gradients: NormalizeGradients = None,
    colors: Annotated[
        str | None, Option(help="Whose colours the result has.", metavar="style|content")
    ] = None,
    seed: Annotated[int | None, Option(help="Of the noise.", metavar="N")] = None,
    device: Device = "auto",
    engine: Annotated[
        str | None, Option(help="Whose gradient.", metavar="portable|training")
    ] = None,
    precision: Annotated[
        str | None,
        Option(help="Of the network's arithmetic.", metavar="auto|float32|tf32|float16"),
    ] = None,
    model: Model = None,
    max_pixels: Annotated[
        int | None, Option(help="Largest picture to open, width × height.", metavar="N")
    ] = None,
    like: Annotated[
        Path | None,
        Option(help="Take the settings from a picture that ortstyle wrote.", metavar="PATH"),
    ] = None,
    icc: Annotated[
        str, Option(help="Colour profile to write, sRGB or the content's.", metavar="srgb|keep")
    ] = "srgb",
    depth: Annotated[
        int | None, Option(help="Bits a channel to write (as CONTENT has).", metavar="8|16")
    ] = None,
    quality: Annotated[
        int | None, Option(help="Of JPEG, WebP (95) and AVIF (90), 1 to 100.", metavar="N")
    ] = None,
    chroma: Annotated[
        str | None, Option(help="Colour resolution of JPEG and AVIF (444).", metavar="444|422|420")
    ] = None,
    save_every: Annotated[
        int | None, Option(help="Also save every N evaluations.", metavar="N", min=1)
    ] = None,
    trace: Annotated[
        Path | None, Option(help="Write each evaluation's loss there.", metavar="FILE.jsonl")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Paint CONTENT in the manner of STYLE."""
    base, painter = _like(context, like) if like else (None, "")
    _paint(
        content,
        style,
        output or Path(f"{content.stem}-{style[0].stem}.png"),
        settings=_settings(context, base),
        painter=painter,
        encoding=Encoding(icc=icc, depth=depth, quality=quality, chroma=chroma),
        device=device,
        save_every=save_every,
        trace=trace,
        quiet=quiet,
    )


@app.command()
def demo(
    context: typer.Context,
    *,
    output: Annotated[Path, Option("--output", "-o", help="Where to write.")] = Path("demo.png"),
    size: Size = None,
    preset: Preset = "default",
    iterations: Iterations = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Paint the example pictures in the package."""
    from ortstyle.packaged import packaged  # noqa: PLC0415  loads onnx

    chosen = _settings(context, size=DEMO_SIZE, iterations=DEMO_ITERATIONS)
    photo, painting = (packaged("examples", f"{name}.jpg") for name in ("photo", "painting"))
    _paint(photo, [painting], output, settings=chosen, device=device, quiet=quiet)


@app.command()
def devices(
    name: Annotated[str | None, Argument(help="Only this device.", metavar="[NAME]")] = None,
    *,
    check: Annotated[
        bool, Option("--check", help="Compute a small gradient on each and compare it.")
    ] = False,
    as_json: Annotated[bool, Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the devices, ready or what to install."""
    from ortstyle.runtime.devices import DEVICES, candidates, find, flavours, missing  # noqa: PLC0415

    chosen = DEVICES if name is None else [find(name)] if name != "auto" else candidates()[:1]
    rows: list[dict[str, Any]] = [{"device": d, "missing": missing(d)} for d in chosen]
    if check:
        from ortstyle.probe import check as check_device  # noqa: PLC0415  loads onnx

        for row in rows:
            if row["missing"] is None:
                row.update(check_device(row["device"]))
    clash = flavours()
    if as_json:
        _print_json(rows, clash)
    else:
        _print_table(rows, clash if len(clash) > 1 else [])
    if name and any(row["missing"] or row.get("fault") for row in rows):
        raise typer.Exit(1)


def _print_json(rows: list[dict[str, Any]], clash: list[str]) -> None:
    plain = [
        {"name": row["device"].name, "provider": row["device"].provider}
        | {key: value for key, value in row.items() if key != "device"}
        for row in rows
    ]
    typer.echo(json.dumps({"devices": plain, "onnxruntime": clash}, indent=2))


def _print_table(rows: list[dict[str, Any]], clash: list[str]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("device", "hardware")
    table.add_column("state", overflow="fold")
    for row in rows:
        device, fault = row["device"], row["missing"] or row.get("fault")
        state = escape(fault) if fault else "[green]ready"
        if "error" in row and not fault:
            state += f", {row['seconds'] * 1e3:.0f} ms, gradient within {row['error']:.0e}"
        table.add_row(device.name, device.hardware, state)
    Console().print(table)
    if clash:
        names = " ".join(clash)
        typer.echo(
            f"{len(clash)} packages overwrite each other's onnxruntime: pip uninstall -y {names}, "
            "then install the one for your device"
        )


@app.command()
def export(
    context: typer.Context,
    output: Annotated[Path, Argument(help="The graph to write.", metavar="OUT.onnx")],
    *,
    width: Annotated[int, Option(help="Of the pictures, in pixels.", min=1)] = 512,
    height: Annotated[int, Option(help="Of the pictures, in pixels.", min=1)] = 512,
    preset: Preset = "default",
    content_weight: ContentWeight = None,
    style_weight: StyleWeight = None,
    tv_weight: TVWeight = None,
    content_layers: ContentLayers = None,
    style_layers: StyleLayers = None,
    pooling: Pooling = None,
    normalize_gradients: NormalizeGradients = None,
    model: Model = None,
) -> None:
    """Write the graph of loss and gradient, for use from C#, C++ or JavaScript."""
    from ortstyle.export import export_graph  # noqa: PLC0415  loads onnx

    for path in export_graph(output, width=width, height=height, settings=_settings(context)):
        typer.echo(f"wrote {path}")


def _like(context: typer.Context, path: Path) -> tuple[Settings, str]:
    """Give the settings of the run that painted a picture, and its model's hash."""
    from ortstyle.like import read_run  # noqa: PLC0415  loads Pillow

    preset = context.get_parameter_source("preset")
    if preset is not None and preset.name != "DEFAULT":
        raise SettingsError("--preset and --like both say where to start; give one of them")
    run = read_run(path)
    return run.settings, run.model


def _settings(context: typer.Context, base: Settings | None = None, **defaults: Any) -> Settings:
    """Give `base`, or the preset, with the options given on top, `defaults` in between."""
    names = {field.name for field in fields(Settings)}
    given = {k: v for k, v in context.params.items() if k in names and v is not None}
    for name, parse in (
        ("content_layers", parse_layers),
        ("style_layers", parse_layers),
        ("style_blend", parse_blend),
    ):
        if name in given:
            given[name] = parse(given[name], option="--" + name.replace("_", "-"))
    if base:
        return replace(base, **given)
    return from_preset(context.params["preset"], {**defaults, **given})


def _paint(
    content: Path,
    styles: list[Path],
    output: Path,
    *,
    settings: Settings,
    encoding: Encoding = Encoding(),  # noqa: B008  frozen
    painter: str = "",
    device: str,
    save_every: int | None = None,
    trace: Path | None = None,
    quiet: bool,
) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ortstyle.output import check_output  # noqa: PLC0415
    from ortstyle.probe import choose  # noqa: PLC0415  loads onnx
    from ortstyle.report import Display, Trace  # noqa: PLC0415

    inputs = [content, *styles, *(Path(p) for p in (settings.init, settings.model) if p)]
    step = save_every or settings.iterations + 1
    numbers = range(step, settings.iterations + 1, step)
    _keep_inputs(inputs, [output, *(_numbered(output, n) for n in numbers)], trace)
    check_output(output, encoding=encoding)
    told: list[str] = []
    chosen = choose(device, told.append)
    run, writer, description = _begin(content, styles, settings, encoding, chosen)
    _say_differences(writer, description, painter)
    last = None
    with ExitStack() as stack:
        console = Console(stderr=True)
        display = Display(console, settings.iterations, quiet=quiet, heading=told)
        watchers: list[Display | Trace] = [display]
        if trace:
            watchers.append(Trace(trace, description))
        for watcher in watchers:
            stack.enter_context(watcher)
        try:
            for last in run:
                for watcher in watchers:
                    watcher.update(last)
                if save_every and last.evaluations % save_every == 0:
                    writer.save(last, _numbered(output, last.evaluations))
        except BaseException:
            if last is not None:
                writer.save(last, output)
                _say(f"stopped after {last.evaluations} evaluations; saved {output}")
            raise
    if last is None:
        return
    writer.save(last, output)
    if not quiet:
        typer.echo(f"wrote {output} ({last.width}×{last.height}, {last.seconds:.0f} s)")


def _begin(
    content: Path, styles: list[Path], settings: Settings, encoding: Encoding, device: "DeviceRow"
) -> tuple["Iterator[Iterate]", "Writer", dict[str, Any]]:
    """Give a run, what writes its results, and its description; the photograph is let go."""
    from ortstyle.images import read_picture  # noqa: PLC0415  loads Pillow
    from ortstyle.pyramid import describe, stylize  # noqa: PLC0415  loads onnx
    from ortstyle.writer import Writer  # noqa: PLC0415

    photograph = read_picture(content, name="content", max_pixels=settings.max_pixels)
    run = stylize(photograph, list(styles), settings, device=device)
    description = describe(settings, device)
    writer = Writer.of(photograph, encoding=encoding, text=json.dumps(description))
    return run, writer, description


def _say_differences(writer: "Writer", description: dict[str, Any], painter: str) -> None:
    """Say where the result can't be what was asked for."""
    if writer.notice:
        _say(writer.notice)
    if painter and painter != description["model"]["sha256"]:
        _say(
            f"--like was painted with another model than {description['model']['file']}; "
            "the result will differ"
        )


def _numbered(output: Path, evaluations: int) -> Path:
    return output.with_name(f"{output.stem}-{evaluations:04d}{output.suffix}")


def _keep_inputs(inputs: list[Path], outputs: list[Path], trace: Path | None) -> None:
    """Refuse names under which a run would overwrite what it reads, or its own picture."""
    from ortstyle.output import same_file  # noqa: PLC0415  loads Pillow

    for path in outputs:
        if any(same_file(path, other) for other in inputs):
            raise OutputError(f"{path} would overwrite an input; choose another name with -o")
    if trace and any(same_file(trace, other) for other in [*inputs, *outputs]):
        raise OutputError(f"trace {trace} would overwrite a picture or model; choose another name")


def _say(message: str) -> None:
    typer.echo(f"ortstyle: {message}", err=True)


def main() -> NoReturn:
    """Run the command line: exit code 1 for an error, 2 for wrong use, 130 for Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a log whose encoding has no ×
    try:
        code = app(standalone_mode=False)
    except _UsageError as error:
        if error.format_message():  # without arguments the help was printed
            _say(f"{error.format_message()} (see ortstyle --help)")
        code = 2
    except OrtStyleError as error:
        _say(" ".join(str(error).split()))
        code = 2 if isinstance(error, SettingsError) else 1
    except MemoryError:
        _say("out of memory; give a smaller --size")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)
