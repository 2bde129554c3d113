"""The command lines of `ortstyle render` and `ortstyle sheet`, each as one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ortstyle.pictures.encode import Encoding
from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, documented
from ortstyle.settings.settings import Settings

_checkpoint = partial(declared, panel="Memory and checkpoints")
_report = partial(declared, panel="Reports")


@documented
@dataclass(frozen=True, kw_only=True)
class Checkpointing:
    """Whether, where and how often a run writes checkpoints."""

    path: Path | None = _checkpoint(
        None,
        'File for checkpoints, from which "ortstyle resume" continues the run.',
        default_text="OUTPUT.checkpoint, if the run takes over 10 minutes",
        metavar="FILE",
        flags=("--checkpoint",),
    )
    every: float = _checkpoint(
        5.0,
        "Minutes between two checkpoints.",
        metavar="MINUTES",
        flags=("--checkpoint-every",),
        allowed=Range(),
    )
    keep: bool = _checkpoint(
        False,
        "Keep the checkpoint when the run has written its result.",
        flags=("--keep-checkpoint",),
    )

    def __post_init__(self) -> None:
        check_options(self)


@documented
@dataclass(frozen=True, kw_only=True)
class Reports:
    """What a run writes beside its result."""

    save_every: int | None = _report(
        None, "Also save the picture every N evaluations.", metavar="N", allowed=Range(1)
    )
    trace: Path | None = _report(
        None, "Write the losses of each evaluation to a file.", metavar="FILE.jsonl"
    )
    plot: Path | None = _report(
        None, "Write a plot of the losses as .png, .svg or .html.", metavar="FILE"
    )
    compare: Path | None = _report(
        None,
        "Write a page that shows the pictures, the settings and the losses.",
        metavar="FILE.html",
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class PaintCommand:
    """Everything that a command line says about one run; checkpoints hold most of it for `resume`.

    Attributes
    ----------
    content, styles
        Files of the pictures to read.
    output
        File of the result.
    settings, encoding, checkpointing, reports
        The settings of the run, how the result is encoded, and what is written beside it.
    device
        Name of a device, or "auto", as `--device` takes it.
    memory
        Bytes that the process may take; None for the free memory.
    preset, like
        Files that the settings were read from, if any.
    default_output
        The default name that `output` is, or is numbered from; None if the output's name was given
        or may be replaced.
    to_standard_output
        Whether the output is a temporary file, which is copied to standard output in the end.
    """

    content: Path
    styles: tuple[Path, ...]
    output: Path
    settings: Settings
    encoding: Encoding = field(default_factory=Encoding)
    checkpointing: Checkpointing = field(default_factory=Checkpointing)
    reports: Reports = field(default_factory=Reports)
    device: str = "auto"
    memory: int | None = None
    preset: Path | None = None
    like: Path | None = None
    default_output: Path | None = None
    to_standard_output: bool = False


@dataclass(frozen=True, kw_only=True)
class SheetCommand:
    """The command line of `ortstyle sheet`, checked and parsed.

    Attributes
    ----------
    content
        The photograph.
    styles
        Names of paintings, folders and patterns.
    recursive
        Whether folders within folders are searched too.
    presets
        The settings of each preset, by its name on the sheet.
    output
        File of the sheet.
    device
        Name of a device, or "auto".
    threads
        Processor threads; 0 for as many as the process may use.
    memory
        Bytes that the process may take; None for the free memory.
    quiet
        Whether to print only errors and notices.
    """

    content: Path
    styles: tuple[str, ...]
    recursive: bool = False
    presets: Mapping[str, Settings]
    output: Path
    device: str = "auto"
    threads: int = 0
    memory: int | None = None
    quiet: bool = False
