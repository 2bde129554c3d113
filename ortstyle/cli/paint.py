"""Carries out a `PaintCommand`: what `render`, `resume` and `demo` have in common."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from ortstyle.cli.checkpointer import Checkpointer, checkpoints_text
from ortstyle.cli.command import PaintCommand
from ortstyle.cli.interrupts import Interrupts
from ortstyle.cli.messages import say, say_from_signal_handler, show
from ortstyle.cli.outputs import check_outputs
from ortstyle.cli.pipes import reads_pipe
from ortstyle.cli.results import Observer, Results
from ortstyle.cli.stored_files import describe_files, options_to_name
from ortstyle.cli.stored_run import StoredRun, continued, header_of, with_output
from ortstyle.errors import CheckpointError, OrtStyleError, OutputError, SettingsError
from ortstyle.objective.tile_executor import TileWorkers
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.pictures.write import describe_colors
from ortstyle.report.console import open_console
from ortstyle.report.display import Display
from ortstyle.report.result_writer import ContentMetadata, ResultWriter
from ortstyle.report.terminal_images import ImageProtocol, detect_protocol
from ortstyle.report.terminal_preview import TerminalPreview
from ortstyle.report.trace import TraceWriter
from ortstyle.run.iterate import Iterate
from ortstyle.run.lock import CheckpointLock
from ortstyle.run.prediction import budget_of
from ortstyle.run.probe import choose_device
from ortstyle.run.provenance import provenance_text
from ortstyle.run.run import Run
from ortstyle.run.stylize import stylize
from ortstyle.runtime.devices import Device
from ortstyle.runtime.installation import clash_notice


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """The run to resume, the lock of its checkpoint, and whether the device may differ."""

    stored: StoredRun
    lock: CheckpointLock
    any_device: bool


def paint(
    command: PaintCommand,
    *,
    resumption: Resumption | None = None,
    workers: TileWorkers | None = None,
    expected_model: str = "",
    notice: str = "",
    thumbnail: bool | None = None,
    quiet: bool = False,
) -> None:
    """Paint a picture, show the progress, and write the result and the reports.

    Parameters
    ----------
    command
        What to paint, and where to write.
    resumption
        The run to continue; None to begin a new one.
    workers
        Other processes that compute the tiles; None to compute all in this one.
    expected_model
        SHA-256 of the network that a picture given by `--like` was painted with; empty for any.
    notice
        What the user should know once the run has begun; empty for nothing.
    thumbnail
        Whether to show the picture in the terminal; None to do so if the terminal is known to show
        pictures.
    quiet
        Whether to print only errors and notices.

    Raises
    ------
    OrtStyleError
        The run can't be begun, or it has failed; then the picture so far is saved first.
    """
    with Interrupts(say_from_signal_handler) as interrupts:
        with interrupts.deferred():
            check_outputs(command)
        console = open_console(stderr=True)
        protocol = _picture_protocol(console, wanted=thumbnail, quiet=quiet)
        heading = _roles(command)
        with _waiting(console, quiet=quiet):
            run, writer = _begin(command, resumption, heading.append, workers=workers)
        heading.append(run.summary + checkpoints_text(command, run))
        _say_notices(
            (notice, writer.notice(command.output), describe_colors(command.output)),
            run.provenance["model"],
            expected_model,
        )
        done, curve, folders = continued(resumption.stored if resumption else None)
        display = Display(
            console,
            command.settings.evaluations,
            quiet=quiet,
            heading=heading,
            notice=run.take_notice(),
        )
        results = Results(command, writer, curve, say=say, folders=folders)
        header = header_of(command)
        checkpointer = Checkpointer(
            command.checkpointing,
            output=command.output,
            header=lambda: with_output(header, results.command),
            say=display.show_notice,
            is_stopping=lambda: interrupts.received,
            done=done,
            lock=resumption.lock if resumption else None,
            automatic=not (command.to_standard_output or reads_pipe(command)),
        )
        observers: list[Observer] = [curve.update]
        with _advising(checkpointer, command), ExitStack() as stack:
            with interrupts.deferred():
                if command.checkpointing.path:
                    checkpointer.begin(run)
                if reports := command.reports.trace:  # before the display, because it may fail
                    trace = stack.enter_context(TraceWriter(reports, run.provenance, done=done))
                    observers.append(results.survive(trace.update))
            observers.append(stack.enter_context(display).update)
            if protocol:
                observers.append(TerminalPreview(console, protocol).update)
            observers.append(results.survive(results.save_intermediate))
            observers.append(partial(checkpointer.update, run=run, curve=curve))
            try:
                for results.latest in run:
                    interrupts.begin_painting(results.rescue)
                    # A resumed run first repeats the evaluation at which the checkpoint was
                    # written, which has been recorded already.
                    is_new = results.latest.evaluations > done
                    _tell(observers if is_new else [display.update], results.latest)
                    if interrupts.received:
                        break
            except BaseException:
                with interrupts.saving():
                    stack.close()
                    _save_stopped(results)
                raise
            with interrupts.saving():
                stack.close()
                if interrupts.received:
                    _save_stopped(results, then=partial(checkpointer.write, run, curve))
                else:
                    _save_finished(results, quiet=quiet or command.to_standard_output)
                    checkpointer.succeed()
            interrupts.raise_received()
    if results.failed:
        raise typer.Exit(1)


def _tell(observers: Sequence[Observer], iterate: Iterate) -> None:
    for observe in observers:
        observe(iterate)


def _save_stopped(results: Results, *, then: Callable[[], None] | None = None) -> None:
    """Save what a run that was stopped, or has failed, has painted; the picture first."""
    if (last := results.latest) is None:
        return
    stopped = f"stopped after {last.evaluations} evaluations"
    try:
        say(f"{stopped}; saved {results.name_of(results.save_picture(last))}")
    except OutputError as error:
        say(f"{stopped}; {error}")
    if then:
        then()
    results.save_reports(last)


def _save_finished(results: Results, *, quiet: bool) -> None:
    """Save the result of a run that has ended, and say so."""
    last = results.latest
    assert last is not None  # noqa: S101  a run makes one evaluation at least
    try:
        path = results.save_picture(last)
    except OutputError as error:  # said before how to resume
        say(str(error))
        raise typer.Exit(1) from error
    if not quiet:
        show(f"wrote {path} ({last.width}×{last.height}, {last.seconds:.0f} s)")
    results.save_reports(last)


def _roles(command: PaintCommand) -> list[str]:
    """Say who is content and who style, which `render *.jpg` leaves to the alphabet."""
    if len(command.styles) == 1:
        return []
    return [f"content {command.content}; styles {', '.join(map(str, command.styles))}"]


def _waiting(console: Console, *, quiet: bool) -> AbstractContextManager[object]:
    """Return a context that tells on a terminal that the run is being prepared."""
    if quiet or not console.is_terminal:
        return nullcontext()
    return console.status("reading the pictures and planning", spinner="line")


def _begin(
    command: PaintCommand,
    resumption: Resumption | None,
    tell: Callable[[str], None],
    *,
    workers: TileWorkers | None,
) -> tuple[Run, ResultWriter]:
    """Return the run and the writer of its results, without keeping the photograph in memory."""
    settings, device = command.settings, _device(command, resumption, tell)
    # What is free is measured first, because the photograph is in memory only until the run begins.
    memory = budget_of(command.memory, device)
    photograph = read_picture(
        command.content, name="content", max_pixels=settings.max_pixels, side=settings.side
    )
    writer = ResultWriter(ContentMetadata.of(photograph), encoding=command.encoding)
    writer.check_size(command.output, scaled_size(photograph.proportions, settings.side))
    photograph = photograph.shrink_to_side(settings.side)  # what the run makes of it first
    checkpoint = resumption.stored.checkpoint if resumption else None
    run = stylize(
        photograph,
        list(command.styles),
        settings,
        device=device,
        resume=checkpoint,
        memory=memory,
        workers=workers,
    )
    if checkpoint:
        checkpoint.arrays.clear()  # gigabytes, which the run frees once it has begun
    text = provenance_text(run.provenance, command.encoding.metadata)
    return run, replace(writer, provenance=text)


def _device(
    command: PaintCommand, resumption: Resumption | None, tell: Callable[[str], None]
) -> Device:
    """Return the device to run on, which for a resumed run is its former one if available."""
    if clash := clash_notice():
        say(clash)
    if resumption:
        folder = f" in folder {Path.cwd()}" if resumption.stored.has_changed_folder else ""
        tell(f"resuming after {resumption.stored.evaluations} evaluations{folder}")
        for line in describe_files(command):
            tell(line)
    if resumption and not resumption.any_device:
        try:
            return choose_device(resumption.stored.device)
        except OrtStyleError:
            if command.device != "auto":
                raise
    return choose_device(command.device, tell)


def _say_notices(notices: Sequence[str], model: dict[str, Any], expected: str) -> None:
    """Say what will be different from what was asked for."""
    for line in filter(None, notices):
        say(line)
    if expected and expected != model["sha256"]:
        say(
            f"the picture of --like was painted with another model than {model['file']}; the "
            "result will differ"
        )


def _picture_protocol(
    console: Console, *, wanted: bool | None, quiet: bool
) -> ImageProtocol | None:
    """Return the image protocol of the terminal; None if no picture is to be shown."""
    found = detect_protocol(os.environ) if console.is_terminal else None
    if wanted and found is None:
        raise SettingsError(
            "--thumbnail: this terminal isn't known to show pictures; use --save-every instead"
        )
    return None if quiet or wanted is False else found


@contextmanager
def _advising(checkpointer: Checkpointer, command: PaintCommand) -> Iterator[None]:
    """Print how to resume the run if it is stopped or fails."""
    with checkpointer:
        try:
            yield
        except BaseException as error:
            # A checkpoint that turns out to be damaged resumes nothing.
            if checkpointer.advice and not isinstance(error, CheckpointError):
                say(checkpointer.advice + options_to_name(command, checkpointer.path))
            raise
