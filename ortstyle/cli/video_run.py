"""Carries out a `VideoCommand`: paints the film, shows the progress, and says what was written."""

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib.util import find_spec
from time import perf_counter

from rich.console import Console

from ortstyle.cli.cluster import scene_workers
from ortstyle.cli.interrupts import stopping_at_once
from ortstyle.cli.messages import say, say_from_signal_handler, show
from ortstyle.cli.video_command import VideoCommand
from ortstyle.cli.video_output import refuse_existing_film
from ortstyle.cli.video_progress import FilmDisplay
from ortstyle.errors import FilmError, OrtStyleError, SettingsError
from ortstyle.report.batch_display import format_seconds
from ortstyle.report.console import open_console
from ortstyle.report.terminal_images import ImageProtocol, detect_protocol
from ortstyle.report.terminal_preview import TerminalPreview
from ortstyle.run.probe import choose_device
from ortstyle.runtime.installation import clash_notice
from ortstyle.video.film import Film, stylize_film
from ortstyle.video.film_progress import FilmProgress

_EXTRA = {"av": "PyAV", "cv2": "OpenCV"}
_STOPPING = "stopping; the frames that are painted are kept"
_WRITING = "press Ctrl-C again to leave out writing the film so far"
_AGAIN = "type the same command again to go on"


def run_video(command: VideoCommand) -> None:
    """Paint a film, show the progress, and write the result.

    Raises
    ------
    OrtStyleError
        The film can't be begun, or it has failed. What was painted is kept.
    """
    check_extra()
    if command.overwrite is False:
        refuse_existing_film(command.order)
    console = open_console(stderr=True)
    protocol = _picture_protocol(console, command)
    began = perf_counter()
    with ExitStack() as stack:
        with _waiting(console, quiet=command.quiet):
            heading = list[str]()
            if clash := clash_notice():
                say(clash)
            workers = stack.enter_context(scene_workers(command))
            device = "cpu" if workers else choose_device(command.device, heading.append)
            film = stylize_film(
                command.order, device=device, memory=command.memory, workers=workers
            )
            stack.enter_context(film)
            heading += film.summary(measured=not command.quiet)
        for notice in film.notices:
            say(notice)
        display = FilmDisplay(console, quiet=command.quiet, heading=heading)
        preview = TerminalPreview(console, protocol) if protocol else None
        try:
            with display, stopping_at_once(say_from_signal_handler, _STOPPING):
                _follow(film, display, preview)
        except BaseException as error:
            _end_early(film, console, command, error)
            raise
        for notice in film.file_notices:
            say(notice)
        if not command.quiet:
            width, height = film.size
            seconds = format_seconds(perf_counter() - began)
            plural = "s" * (film.frame_count != 1)
            show(
                f"wrote {film.order.output} ({width}×{height}, {film.frame_count} frame{plural}, "
                f"{seconds})"
            )


def check_extra() -> None:
    """Raise a `FilmError` that says what to install if the extra for films is missing."""
    missing = [name for module, name in _EXTRA.items() if not find_spec(module)]
    if missing:
        raise FilmError(f'films need {" and ".join(missing)}: pip install "ortstyle[video]"')


def _follow(
    steps: Iterable[FilmProgress], display: FilmDisplay, preview: TerminalPreview | None
) -> None:
    for progress in steps:
        display.update(progress)
        if preview and progress.has_picture:
            preview.update(progress)


def _end_early(film: Film, console: Console, command: VideoCommand, error: BaseException) -> None:
    """Write the film so far if a signal has stopped it, and say how to go on."""
    if not film.has_begun:
        return
    if not isinstance(error, Exception):
        _save_so_far(film, console, command)
    if not isinstance(error, (FilmError, SettingsError)):  # which say what to do instead
        say(_AGAIN)


def _save_so_far(film: Film, console: Console, command: VideoCommand) -> None:
    """Write the film up to the first frame that is not painted, and say so."""
    count = film.painted_count
    if not count:
        say("stopped before the first frame was painted; no film is written")
        return
    say(_WRITING)
    try:
        with FilmDisplay(console, quiet=command.quiet) as display:
            _follow(film.write_so_far(), display, None)
    except OrtStyleError as error:
        say(f"the film so far is not written: {error}")
        return
    say(
        f"wrote the film so far to {film.order.output}: {film.painted_count} of "
        f"{film.frame_count} frames"
    )


def _waiting(console: Console, *, quiet: bool) -> AbstractContextManager[object]:
    """Return a context that tells on a terminal that the film is being prepared."""
    if quiet or not console.is_terminal:
        return nullcontext()
    return console.status("opening the clip and the pictures", spinner="line")


def _picture_protocol(console: Console, command: VideoCommand) -> ImageProtocol | None:
    """Return the image protocol of the terminal; None if no picture is to be shown."""
    found = detect_protocol(os.environ) if console.is_terminal else None
    if command.thumbnail and found is None:
        raise SettingsError(
            "--thumbnail: this terminal isn't known to show pictures; look into the folder of "
            "frames instead"
        )
    return None if command.quiet or command.thumbnail is False else found
