"""The result of a run and its reports: the picture first, and somewhere, whatever has happened."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Lock

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.existing_results import claim_path
from ortstyle.cli.intermediates import intermediate_path
from ortstyle.errors import OrtStyleError, OutputError
from ortstyle.files import reason_of, writing_errors
from ortstyle.pictures.write import save_picture
from ortstyle.report.comparison_page import save_comparison_page
from ortstyle.report.loss_curve import LossCurve
from ortstyle.report.plot import save_plot
from ortstyle.report.result_writer import ResultWriter
from ortstyle.run.iterate import Iterate

Observer = Callable[[Iterate], None]
"""A function that is called with the iterate of every evaluation."""


class Results:
    """Writes the picture of a run and its reports.

    A picture whose place is gone, full or locked by another program is written beside it under
    another name, or to one of `folders`, the home folder or the folder for temporary files.

    Parameters
    ----------
    command
        Where to write, and which reports.
    writer
        Writes a picture with the metadata of the content.
    curve
        The losses of the run.
    say
        Prints a line that a person should read; called from another thread too.
    folders
        The folders that take a picture whose place is gone; empty for the current one.
    """

    def __init__(
        self,
        command: PaintCommand,
        writer: ResultWriter,
        curve: LossCurve,
        *,
        say: Callable[[str], None],
        folders: Sequence[Path] = (),
    ) -> None:
        self._command, self._writer, self._curve, self._say = command, writer, curve, say
        self._folders = folders
        #: The iterate of the evaluation made last; None before the first one.
        self.latest: Iterate | None = None
        #: Whether a file could not be written at its place.
        self.failed = False
        self._saved: tuple[Iterate, Path] | None = None
        self._claimed: Path | None = None  # a default name at which this run has made a file
        self._saving = Lock()

    @property
    def command(self) -> PaintCommand:
        """The command of the run; once a default name has been taken, with that name."""
        if self._claimed is None:
            return self._command
        return replace(self._command, output=self._claimed, default_output=None)

    def survive(self, observe: Observer) -> Observer:
        """Return an observer whose failures stop no run; the first one is said."""
        said = False

        def update(iterate: Iterate) -> None:
            nonlocal said
            try:
                observe(iterate)
            except OrtStyleError as error:
                self.failed = True
                if not said:
                    self._say(str(error))
                said = True

        return update

    def rescue(self) -> None:
        """Save the picture so far while an evaluation is being made; for another thread."""
        if (latest := self.latest) is not None:
            with suppress(Exception):  # it is tried again when the evaluation has ended
                path = self.save_picture(latest)
                self._say(
                    f"saved {self.name_of(path)} after {latest.evaluations} evaluations for now"
                )

    def name_of(self, path: Path) -> str:
        """Return what to call the place of a picture, which may be on its way to a pipe."""
        is_piped = self._command.to_standard_output and path == self._command.output
        return "the picture for standard output" if is_piped else str(path)

    def save_picture(self, iterate: Iterate) -> Path:
        """Save the best picture so far; return where.

        Raises
        ------
        OutputError
            It can't be written anywhere.
        """
        with self._saving:
            if self._saved is None or self._saved[0] is not iterate:
                self._saved = iterate, self._save_somewhere(iterate)
            return self._saved[1]

    def save_intermediate(self, iterate: Iterate) -> None:
        """Save the picture so far under a numbered name, if `--save-every` says so.

        The first one takes the result's default name too, with the same picture. So runs that were
        begun at once under one default name do not replace the pictures of each other.

        Raises
        ------
        OutputError
            The picture can't be written.
        """
        every = self._command.reports.save_every
        if not every or iterate.evaluations % every:
            return
        with self._saving:
            is_taken = self._claimed is not None or not self._command.default_output
            output = self._output()
            if not is_taken and (error := self._try(iterate, output)):
                self._release(output)
                raise error
        self._writer.save(iterate, intermediate_path(output, iterate.evaluations))

    def save_reports(self, iterate: Iterate) -> None:
        """Save the plot and the comparison page where they were asked for; say what fails."""
        command, reports = self._command, self._command.reports
        try:
            if reports.plot:
                save_plot(self._curve, reports.plot)
        except OrtStyleError as error:
            self._fail(str(error))
        try:
            if reports.compare:
                styles = [("style", style) for style in command.styles]
                save_comparison_page(
                    reports.compare,
                    sources=[("content", command.content), *styles],
                    result=(f"result: {self._name()}", iterate.image),
                    settings=command.settings,
                    curve=self._curve,
                )
        except OrtStyleError as error:
            self._fail(str(error))

    def _fail(self, message: str) -> None:
        self.failed = True
        self._say(message)

    def _name(self) -> str:
        """Return the name of the result's file."""
        return (self._saved[1] if self._saved else self._command.output).name

    def _output(self) -> Path:
        """Return where the result belongs; a default name is another one if it has been taken."""
        chosen, default = self._command.output, self._command.default_output
        if default and self._claimed is None:
            with suppress(OSError):  # which is told when the picture can't be written either
                self._claimed = claim_path(chosen, default)
                if self._claimed != chosen:
                    self._say(
                        f"{chosen} has appeared since the run began, so the result goes to "
                        f"{self._claimed}"
                    )
        return self._claimed or chosen

    def _release(self, output: Path) -> None:
        """Remove the empty file of a default name at which no picture can be written."""
        if self._claimed == output:
            with suppress(OSError):
                if not output.stat().st_size:
                    output.unlink()
                    self._claimed = None

    def _save_somewhere(self, iterate: Iterate) -> Path:
        output = self._output()
        error = self._try(iterate, output)
        if error is None:
            return output
        self._release(output)
        told = f"output {output} can't be written ({reason_of(error.__cause__ or error)})"
        for place in self._other_places(output):
            found, then = self._try(iterate, place), place
            if found and not _is_of_place(found):
                # The format, the profile or the metadata are to blame, so the bare picture is kept.
                then = place.with_suffix(".png")
                found = self._try(iterate, then, bare=True)
            if found is None:
                self._fail(f"{told}; the result is saved as {then}")
                return then
        raise OutputError(f"{told}, and the result can't be saved anywhere else") from error

    def _try(self, iterate: Iterate, path: Path, *, bare: bool = False) -> OutputError | None:
        """Try to save a picture; return the error if it fails."""
        try:
            with writing_errors(path):
                if bare:
                    save_picture(iterate.pixels, path)
                else:
                    self._writer.save(iterate, path)
        except OutputError as error:
            return error
        return None

    def _other_places(self, output: Path) -> Iterator[Path]:
        """Yield the paths to try when the output's own can't be written; no file is there."""
        if self._saved and self._saved[1] != output:
            yield self._saved[1]  # an earlier picture of this run
        yield _free_name(output.parent, output, begin=1)
        for folder in self._folders:
            yield _free_name(folder, output, begin=0)
        others = (Path.home, lambda: Path(tempfile.gettempdir()))
        for find in others if self._folders else (Path.cwd, *others):
            with suppress(OSError, RuntimeError):  # there is no such folder
                yield _free_name(find(), output, begin=0)


def _free_name(folder: Path, output: Path, *, begin: int) -> Path:
    """Return a path in a folder where no file is, named after the output."""
    for number in count(begin):
        name = f"{output.stem}-{number}{output.suffix}" if number else output.name
        path = folder / name
        if not any(path.with_suffix(suffix).exists() for suffix in (output.suffix, ".png")):
            return path
    raise AssertionError  # the numbers do not end


def _is_of_place(error: OutputError) -> bool:
    """Tell whether a file can't be written at its place, rather than not be encoded."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno is not None
