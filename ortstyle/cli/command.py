"""What `ortstyle render` was told, as one record."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ortstyle.pictures.encode import Encoding
from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, documented
from ortstyle.settings.record import Settings

_checkpoint = partial(declared, panel="Memory and checkpoints")
_report = partial(declared, panel="Reports")


@documented
@dataclass(frozen=True, kw_only=True)
class Checkpointing:
    """Whether, where and how often a run writes checkpoints."""

    path: Path | None = _checkpoint(
        None,
        "Where to keep the run for ortstyle resume.",
        default_text="OUT.checkpoint, if the run takes over 10 minutes",
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
        False, "Keep the checkpoint when the run has ended.", flags=("--keep-checkpoint",)
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
        None, "Write the loss of each evaluation to a file.", metavar="FILE.jsonl"
    )
    plot: Path | None = _report(
        None, "Plot the loss at the end: .png, .svg or .html.", metavar="FILE"
    )
    compare: Path | None = _report(
        None, "Write a page with the pictures, the settings and the loss.", metavar="FILE.html"
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class PaintCommand:
    """Everything that a command says about one painting; a checkpoint keeps it for `resume`.

    Attributes
    ----------
    content, styles
        Pictures to read.
    output
        The result.
    settings, encoding, checkpointing, reports
        What to paint and how, how the result is encoded, and what is written beside it.
    device
        As `--device` takes it.
    memory
        Bytes that the process may take; None for what is free.
    preset, like
        Files that the settings were read from, if any.
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
