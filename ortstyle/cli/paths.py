"""The files of a run: what it reads and what it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ortstyle.errors import OutputError
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.write import check_file, check_output, same_file
from ortstyle.report.compare import write_comparison
from ortstyle.report.plot import LossCurve
from ortstyle.report.writer import ResultWriter
from ortstyle.run.stylize import Iterate
from ortstyle.settings.record import Settings


@dataclass(frozen=True, kw_only=True)
class Files:
    """The names of a run's files.

    Attributes
    ----------
    content, styles, preset, like
        What it reads, beside the files that its settings name.
    output
        The result.
    encoding
        How the result is to be written.
    save_every
        After how many evaluations the picture so far is saved too.
    trace, plot, compare
        What else it writes.
    """

    content: Path
    styles: Sequence[Path]
    output: Path
    preset: Path | None = None
    like: Path | None = None
    encoding: Encoding = field(default_factory=Encoding)
    save_every: int | None = None
    trace: Path | None = None
    plot: Path | None = None
    compare: Path | None = None

    def check(self, settings: Settings, *, checkpoint: Path | None = None) -> None:
        """Make sure, before the work, that all can be written and nothing needed is overwritten.

        `checkpoint` is written too, and is not tried here.

        Raises
        ------
        OutputError
            A file can't be written, or two names mean one file.
        """
        named = (settings.init, settings.model, self.preset, self.like)
        masks = (*settings.content_mask, *settings.style_mask)
        read = (Path(path) for path in (*named, *masks) if path)
        taken = [self.content, *self.styles, *read]
        pictures = [self.output, *self._numbered(settings.evaluations)]
        if any(same_file(path, other) for path in pictures for other in taken):
            raise OutputError(
                f"{self.output} would overwrite an input; choose another name with -o"
            )
        taken += pictures
        others = {"trace": self.trace, "plot": self.plot, "compare": self.compare}
        for what, path in (others | {"checkpoint": checkpoint}).items():
            if path and any(same_file(path, other) for other in taken):
                raise OutputError(
                    f"{what} {path} would overwrite a picture or another file of this run; "
                    "choose another name"
                )
            taken += [path] if path else []
        check_output(self.output, encoding=self.encoding)
        if self.plot:
            check_file(self.plot, "plot", (".png", ".svg", ".html"))
        if self.compare:
            check_file(self.compare, "compare", (".html", ".htm"))

    def save_early(self, iterate: Iterate, writer: ResultWriter) -> None:
        """Save the picture so far, if it is time.

        Raises
        ------
        OutputError
            It can't be written.
        """
        if self.save_every and iterate.evaluations % self.save_every == 0:
            writer.save(iterate, self._name(iterate.evaluations))

    def save(
        self, iterate: Iterate, writer: ResultWriter, curve: LossCurve, settings: Settings
    ) -> None:
        """Save the result, and what was asked for beside it.

        Raises
        ------
        OrtStyleError
            A file can't be written, or a picture for the comparison can't be read any more.
        """
        writer.save(iterate, self.output)
        if self.plot:
            curve.save(self.plot)
        if self.compare:
            write_comparison(
                self.compare,
                [("content", self.content), *(("style", style) for style in self.styles)],
                (f"result: {self.output.name}", iterate.image),
                settings=settings,
                curve=curve,
            )

    def _name(self, evaluations: int) -> Path:
        return self.output.with_name(f"{self.output.stem}-{evaluations:04d}{self.output.suffix}")

    def _numbered(self, evaluations: int) -> list[Path]:
        every = self.save_every
        return [self._name(n) for n in range(every, evaluations + 1, every)] if every else []
