"""The command line: the only module that prints or exits.

Nothing heavy is imported before a command needs it, so `--help` answers at once.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial
from glob import glob
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer import Argument, Option

from ortstyle import __version__
from ortstyle.cli import options as o
from ortstyle.errors import OrtStyleError, SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.presets import (
    PARSERS,
    Origin,
    as_toml,
    from_preset,
    preset_file,
    preset_names,
    purpose,
    read_preset,
    resolve,
)
from ortstyle.settings.record import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from ortstyle.cli.checkpointer import Checkpointer, Keeping
    from ortstyle.cli.paths import Files
    from ortstyle.cli.resume import Command
    from ortstyle.report.thumbnail import Protocol
    from ortstyle.report.writer import ResultWriter
    from ortstyle.run.checkpoint import Checkpoint
    from ortstyle.run.lock import Lock
    from ortstyle.run.stylize import Iterate, Run
    from ortstyle.runtime.devices import Device as DeviceRow

_UsageError: type[Any] = typer.BadParameter.__mro__[1]  # Typer's own or Click's, by version

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a fault of ours is a plain traceback
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Neural style transfer by optimisation, on any vendor's hardware.",
)

DEMO_SIZE, DEMO_ITERATIONS = 384, 100  # at most two minutes on two cores


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
    output: o.Output = None,
    size: o.Size = None,
    preset: o.Preset = "default",
    scales: o.Scales = None,
    iterations: o.Iterations = None,
    content_weight: o.ContentWeight = None,
    style_weight: o.StyleWeight = None,
    tv_weight: o.TVWeight = None,
    tv: o.TV = None,
    style_loss: o.StyleLoss = None,
    equalize: o.Equalize = None,
    style_blend: o.StyleBlend = None,
    style_scale: o.StyleScale = None,
    content_mask: o.ContentMask = None,
    style_mask: o.StyleMask = None,
    content_layers: o.ContentLayers = None,
    style_layers: o.StyleLayers = None,
    pooling: o.Pooling = None,
    rescale_pooling: o.RescalePooling = None,
    padding: o.Padding = None,
    init: o.Init = None,
    optimizer: o.Optimizer = None,
    history: o.History = None,
    step: o.Step = None,
    spectral: o.Spectral = None,
    learning_rate: o.LearningRate = None,
    normalize_gradients: o.NormalizeGradients = None,
    colors: o.Colors = None,
    seed: o.Seed = None,
    device: o.Device = "auto",
    engine: o.Engine = None,
    precision: o.Precision = None,
    model: o.Model = None,
    max_pixels: o.MaxPixels = None,
    like: o.Like = None,
    icc: o.Icc = "srgb",
    depth: o.Depth = None,
    quality: o.Quality = None,
    chroma: o.Chroma = None,
    memory: o.Memory = None,
    checkpoint: o.Checkpoint = None,
    checkpoint_every: o.CheckpointEvery = 5.0,
    keep_checkpoint: o.KeepCheckpoint = False,
    save_every: o.SaveEvery = None,
    trace: o.Trace = None,
    plot: o.Plot = None,
    compare: o.Compare = None,
    thumbnail: o.Thumbnail = None,
    explain: o.Explain = False,
    quiet: o.Quiet = False,
) -> None:
    """Paint CONTENT in the manner of STYLE."""
    output = output or Path(f"{content.stem}-{style[0].stem}.png")
    base, painter = _like(context, like) if like else (None, "")
    origins = _origins(context, base)
    encoding = Encoding(icc=icc, depth=depth, quality=quality, chroma=chroma)
    if explain:
        _explain(content, style, output, origins=origins, device=device)
        return
    from ortstyle.cli.checkpointer import Keeping  # noqa: PLC0415  the same
    from ortstyle.cli.paths import Files  # noqa: PLC0415  loads onnx

    files = Files(
        content=content,
        styles=style,
        output=output,
        preset=preset_file(preset),
        like=like,
        encoding=encoding,
        save_every=save_every,
        trace=trace,
        plot=plot,
        compare=compare,
    )
    _paint(
        files,
        settings=resolve(origins),
        painter=painter,
        device=device,
        keeping=Keeping(path=checkpoint, every=checkpoint_every, keep=keep_checkpoint),
        memory=memory,
        thumbnail=thumbnail,
        quiet=quiet,
    )


@app.command()
def resume(
    checkpoint: Annotated[Path, Argument(help="What an interrupted render left.", metavar="FILE")],
    *,
    device: Annotated[
        str | None,
        Option(help="Where to run (as before).", metavar="auto|cpu|cuda[:N]|webgpu|…"),
    ] = None,
    thumbnail: o.Thumbnail = None,
    quiet: o.Quiet = False,
) -> None:
    """Go on with a run from its checkpoint."""
    from ortstyle.cli.resume import Command, check_inputs  # noqa: PLC0415  loads onnx
    from ortstyle.run.checkpoint import read_checkpoint, read_header  # noqa: PLC0415  loads NumPy
    from ortstyle.run.lock import Lock  # noqa: PLC0415

    read_header(checkpoint)
    with Lock(checkpoint) as lock:
        found = read_checkpoint(checkpoint)
        command = Command.of(found)
        if command.folder.is_dir() and not command.folder.samefile(Path()):
            command = command.at(checkpoint.absolute())
            os.chdir(command.folder)
        check_inputs(found)
        _paint(
            command.files,
            settings=command.settings,
            device=device or command.device,
            keeping=command.keeping,
            resumed=Resumed(found, command, lock, anywhere=device is not None),
            thumbnail=thumbnail,
            quiet=quiet,
        )


@app.command()
def demo(
    context: typer.Context,
    *,
    output: Annotated[Path, Option("--output", "-o", help="Where to write.")] = Path("demo.png"),
    size: o.Size = None,
    preset: o.Preset = "default",
    iterations: o.Iterations = None,
    device: o.Device = "auto",
    thumbnail: o.Thumbnail = None,
    explain: o.Explain = False,
    quiet: o.Quiet = False,
) -> None:
    """Paint the example pictures in the package."""
    from ortstyle.cli.paths import Files  # noqa: PLC0415  loads onnx
    from ortstyle.packaged import packaged  # noqa: PLC0415

    photo, painting = (packaged("examples", f"{name}.jpg") for name in ("photo", "painting"))
    own = {"size": DEMO_SIZE, "iterations": DEMO_ITERATIONS}
    if explain:
        _explain(photo, [painting], output, origins=_origins(context, demo=own), device=device)
        return
    files = Files(content=photo, styles=[painting], output=output, preset=preset_file(preset))
    chosen = _settings(context, demo=own)
    _paint(files, settings=chosen, device=device, thumbnail=thumbnail, quiet=quiet)


@app.command()
def plan(
    context: typer.Context,
    content: Annotated[Path, Argument(help="The photograph.")],
    style: Annotated[list[Path], Argument(help="The painting, or several.")],
    *,
    memory: o.Memory = None,
    size: o.Size = None,
    preset: o.Preset = "default",
    scales: o.Scales = None,
    iterations: o.Iterations = None,
    content_weight: o.ContentWeight = None,
    style_weight: o.StyleWeight = None,
    style_loss: o.StyleLoss = None,
    style_scale: o.StyleScale = None,
    content_layers: o.ContentLayers = None,
    style_layers: o.StyleLayers = None,
    pooling: o.Pooling = None,
    optimizer: o.Optimizer = None,
    history: o.History = None,
    spectral: o.Spectral = None,
    model: o.Model = None,
    max_pixels: o.MaxPixels = None,
) -> None:
    """Tell what a run on the processor would take, scale by scale, and do nothing."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from ortstyle.run.objective_factory import predict  # noqa: PLC0415  loads onnx

    found = predict(content, style, _settings(context), memory=_bytes(memory))
    table = Table("size", "evaluations", "painted", "kept elsewhere", "memory")
    for evaluations, scale in found:
        height, width = scale.size
        row = str(evaluations), scale.parts, scale.given_up, scale.taken
        table.add_row(f"{width}×{height}", *row)
    Console().print(table)


@app.command()
def presets(
    name: Annotated[
        str | None, Argument(help="Only this one, whole.", metavar="[NAME|PATH]")
    ] = None,
) -> None:
    """List the presets: what each is for, and where it differs from the defaults."""
    if name:
        settings = from_preset(name)
        comment = [f"# {purpose(name)}"] if purpose(name) else []
        typer.echo("\n".join([*comment, *as_toml(settings)]))
        return
    for known in preset_names():
        typer.echo(f"{known}: {purpose(known)}")
        for line in as_toml(from_preset(known), without=Settings()):
            typer.echo(f"    {line}")


@app.command()
def devices(
    name: Annotated[str | None, Argument(help="Only this device.", metavar="[NAME]")] = None,
    *,
    check: Annotated[
        bool,
        Option("--check", help="Compare a gradient and a short optimisation with the processor's."),
    ] = False,
    as_json: Annotated[bool, Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the devices, ready or what to install."""
    from ortstyle.runtime.devices import DEVICES, candidates, find, flavours, missing  # noqa: PLC0415

    chosen = DEVICES if name is None else [find(name)] if name != "auto" else candidates()[:1]
    rows: list[dict[str, Any]] = [{"device": d, "missing": missing(d)} for d in chosen]
    if check:
        from ortstyle.run.probe import check as check_device  # noqa: PLC0415  loads onnx

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
            opened = "" if row["opened"] == device.name else f" as {row['opened']}"
            state += (
                f"{opened}, {row['seconds'] * 1e3:.0f} ms, gradient within {row['error']:.0e}, "
                f"losses within {row['loop_error']:.0e}"
            )
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
    preset: o.Preset = "default",
    content_weight: o.ContentWeight = None,
    style_weight: o.StyleWeight = None,
    tv_weight: o.TVWeight = None,
    tv: o.TV = None,
    style_loss: o.StyleLoss = None,
    equalize: o.Equalize = None,
    content_layers: o.ContentLayers = None,
    style_layers: o.StyleLayers = None,
    pooling: o.Pooling = None,
    rescale_pooling: o.RescalePooling = None,
    padding: o.Padding = None,
    normalize_gradients: o.NormalizeGradients = None,
    model: o.Model = None,
) -> None:
    """Write the graph of loss and gradient, for use from C#, C++ or JavaScript."""
    from ortstyle.export import export_graph  # noqa: PLC0415  loads onnx

    for path in export_graph(output, width=width, height=height, settings=_settings(context)):
        typer.echo(f"wrote {path}")


def _like(context: typer.Context, path: Path) -> tuple[list[Origin], str]:
    """Give the values of the run that painted a picture, and its model's hash."""
    from ortstyle.cli.like import read_run  # noqa: PLC0415  loads Pillow

    preset = context.get_parameter_source("preset")
    if preset is not None and preset.name != "DEFAULT":
        raise SettingsError("--preset and --like both say where to start; give one of them")
    run = read_run(path)
    return [("like", run.settings.to_dict())], run.model


def _origins(
    context: typer.Context, base: list[Origin] | None = None, /, **defaults: dict[str, Any]
) -> list[Origin]:
    """Give `base` or the preset's values, then `defaults`, then those of the options given."""
    names = {field.name for field in fields(Settings)}
    given = {k: v for k, v in context.params.items() if k in names and v is not None}
    for name in ("content_mask", "style_mask"):  # one option a style
        if masks := given.pop(name, None):
            given[name] = tuple("" if mask == "-" else mask for mask in masks)
    for name in given.keys() & PARSERS.keys():
        if isinstance(given[name], str):
            given[name] = PARSERS[name](given[name], option="--" + name.replace("_", "-"))
    base = base or read_preset(context.params["preset"])
    return [*base, *defaults.items(), ("option", given)]


def _settings(context: typer.Context, **defaults: dict[str, Any]) -> Settings:
    return resolve(_origins(context, **defaults))


def _bytes(memory: str | None) -> int | None:
    if memory is None:
        return None
    from ortstyle.memory.budget import parse_memory  # noqa: PLC0415  loads onnx

    return parse_memory(memory, option="--memory")


def _explain(
    content: Path, styles: list[Path], output: Path, *, origins: list[Origin], device: str
) -> None:
    from ortstyle.cli.explain import explain  # noqa: PLC0415  loads Pillow and NumPy

    for line in explain(content, styles, output, origins=origins, device=device):
        typer.echo(line)


@dataclass(frozen=True)
class Resumed:
    """What a run goes on from, and whether the device need not be the one that it was on."""

    checkpoint: "Checkpoint"
    command: "Command"
    lock: "Lock"
    anywhere: bool


def _paint(
    files: "Files",
    *,
    settings: Settings,
    painter: str = "",
    device: str,
    keeping: "Keeping | None" = None,
    resumed: Resumed | None = None,
    memory: str | None = None,
    thumbnail: bool | None,
    quiet: bool,
) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ortstyle.cli.checkpointer import Checkpointer, Keeping  # noqa: PLC0415  loads onnx
    from ortstyle.cli.resume import header_of  # noqa: PLC0415
    from ortstyle.report.display import Display, TerminalPreview, Trace  # noqa: PLC0415
    from ortstyle.report.plot import LossCurve  # noqa: PLC0415

    keeping = keeping or Keeping()
    files.check(settings, checkpoint=keeping.path)
    console = Console(stderr=True)
    protocol = _protocol(console, wanted=thumbnail, quiet=quiet)
    told: list[str] = []
    chosen = _choose(device, resumed, told)
    run, writer, description = _begin(files, settings, chosen, resumed, _bytes(memory))
    told.append(run.summary)
    _say_differences(writer, description, painter)
    curve, done = (
        (resumed.command.curve, resumed.command.evaluations) if resumed else (LossCurve(), 0)
    )
    display = Display(console, settings.evaluations, quiet=quiet, heading=told)
    checkpointer = Checkpointer(
        keeping,
        output=files.output,
        header=header_of(files, settings, keeping, device=device),
        say=display.say,
        say_now=_say_now,
        done=done,
        lock=resumed.lock if resumed else None,
    )
    keep = partial(checkpointer.update, run=run, curve=curve, description=description)
    last = None
    with _saying_what_is_left(checkpointer), ExitStack() as stack:
        if keeping.path:
            checkpointer.begin(description)
        updates: list[Callable[[Iterate], None]] = [curve.update]
        if files.trace:  # before the display has begun, as it may fail
            updates.append(stack.enter_context(Trace(files.trace, description, done=done)).update)
        updates.append(stack.enter_context(display).update)
        if protocol:
            updates.append(TerminalPreview(console, protocol).update)
        updates += [partial(files.save_early, writer=writer), keep]
        try:
            for last in run:
                # The evaluation that it goes on from has been recorded before.
                for update in updates if last.evaluations > done else [display.update]:
                    update(last)
                checkpointer.raise_signal()
        except BaseException:
            if last is not None:
                files.save(last, writer, curve, settings)
                _say(f"stopped after {last.evaluations} evaluations; saved {files.output}")
            raise
        stack.close()
        if last is not None:
            files.save(last, writer, curve, settings)
            checkpointer.succeed()
            if not quiet:
                size, seconds = f"{last.width}×{last.height}", f"{last.seconds:.0f} s"
                typer.echo(f"wrote {files.output} ({size}, {seconds})")


@contextmanager
def _saying_what_is_left(checkpointer: "Checkpointer") -> "Iterator[None]":
    """Say, where a run ends before its time, how to go on with it."""
    with checkpointer:
        try:
            yield
        except BaseException:
            if checkpointer.left:
                _say(checkpointer.left)
            raise


def _choose(name: str, resumed: Resumed | None, told: list[str]) -> "DeviceRow":
    """Give the device: of a run that is gone on with the one that it was on, if it may be."""
    from ortstyle.run.probe import choose  # noqa: PLC0415  loads onnx

    if resumed:
        told.append(f"going on after {resumed.command.evaluations} evaluations")
    if resumed and not resumed.anywhere:
        try:
            return choose(resumed.command.used)
        except OrtStyleError:
            if name != "auto":
                raise
    return choose(name, told.append)


def _begin(
    files: "Files",
    settings: Settings,
    device: "DeviceRow",
    resumed: Resumed | None,
    memory: int | None,
) -> tuple["Run", "ResultWriter", dict[str, Any]]:
    """Give a run, what writes its results, and its description; the photograph is let go."""
    from ortstyle.pictures.read import read_picture  # noqa: PLC0415  loads Pillow
    from ortstyle.report.writer import ResultWriter  # noqa: PLC0415
    from ortstyle.run.stylize import provenance_of, stylize  # noqa: PLC0415  loads onnx

    photograph = read_picture(files.content, name="content", max_pixels=settings.max_pixels)
    checkpoint = resumed.checkpoint if resumed else None
    run = stylize(
        photograph,
        list(files.styles),
        settings,
        device=device,
        resume=checkpoint,
        memory=memory,
    )
    if checkpoint:
        checkpoint.arrays.clear()  # gigabytes, which the run lets go once it has begun
    description = provenance_of(settings, device)
    writer = ResultWriter.of(photograph, encoding=files.encoding, text=json.dumps(description))
    return run, writer, description


def _say_differences(writer: "ResultWriter", description: dict[str, Any], painter: str) -> None:
    """Say where the result can't be what was asked for."""
    if writer.notice:
        _say(writer.notice)
    if painter and painter != description["model"]["sha256"]:
        _say(
            f"--like was painted with another model than {description['model']['file']}; "
            "the result will differ"
        )


def _protocol(console: "Console", *, wanted: bool | None, quiet: bool) -> "Protocol | None":
    """Give how to show pictures while it runs; None for not at all."""
    from ortstyle.report.thumbnail import detect  # noqa: PLC0415  loads Pillow and NumPy

    terminal = console.is_terminal and sys.stderr.isatty()
    found = detect(os.environ) if terminal else None
    if wanted and found is None:
        raise SettingsError(
            "--thumbnail: this terminal isn't known to show pictures; use --save-every instead"
        )
    return None if quiet or wanted is False else found


def _say(message: str) -> None:
    typer.echo(f"ortstyle: {message}", err=True)


def _say_now(message: str) -> None:
    """Say it past all buffers and locks, as a signal's handler must."""
    with suppress(OSError):
        os.write(2, f"ortstyle: {message}\n".encode())


def _arguments() -> list[str]:
    """Give the command line's arguments; on Windows, where no shell does, with `*.jpg` replaced.

    Click would do so too, but replaces what else may be part of a name there: [1] and %TEMP%.
    """
    if sys.platform == "win32":
        return list(expanded(sys.argv[1:]))
    return sys.argv[1:]


def expanded(arguments: Iterable[str]) -> Iterator[str]:
    """Replace arguments with * or ? by the files that they name, if there are any."""
    for argument in arguments:
        pattern = argument.replace("[", "[[]")
        # A path's own method takes no absolute pattern.
        found = glob(pattern) if {"*", "?"} & set(argument) else []  # noqa: PTH207
        yield from sorted(found) or [argument]


def main() -> NoReturn:
    """Run the command line: exit code 1 for an error, 2 for wrong use, 130 for Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a log whose encoding has no ×
    try:
        code = app(_arguments(), standalone_mode=False, windows_expand_args=False)
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
