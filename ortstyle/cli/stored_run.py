"""A run as its checkpoint holds it: the command that began it, its files and its progress."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any, Self

from ortstyle import __version__
from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.errors import CheckpointError, OrtStyleError
from ortstyle.pictures.encode import Encoding
from ortstyle.report.loss_curve import LossCurve
from ortstyle.run.checkpoint import Checkpoint, damaged
from ortstyle.run.progress import Progress
from ortstyle.settings.serialization import (
    files_named_by,
    from_dict,
    record_from_dict,
    unknown_settings,
)
from ortstyle.settings.settings import Settings


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """What a checkpoint holds of the run that `ortstyle resume` continues.

    Attributes
    ----------
    checkpoint
        The checkpoint that was read.
    command
        The command that began the run, with the path of this checkpoint.
    folder
        The folder in which the command was given; paths in `command` are relative to this folder.
    device
        Name of the device that the run was on.
    evaluations
        Evaluations that the run has made.
    curve
        The losses of those evaluations.
    """

    checkpoint: Checkpoint = field(repr=False)
    command: PaintCommand
    folder: Path
    device: str
    evaluations: int
    curve: LossCurve = field(repr=False)

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """Read what a checkpoint holds of a run.

        Raises
        ------
        CheckpointError
            A program wrote the checkpoint with `Run.save`, it holds settings that this version
            does not know, or it is damaged.
        """
        stored, run = checkpoint.header.get("command"), checkpoint.header.get("run", {})
        if stored is None:
            raise CheckpointError(
                f"checkpoint {checkpoint.path} was written by a program, not by ortstyle render; "
                "resume it with that program"
            )
        try:
            curve = LossCurve.from_table(checkpoint.header["curve"], checkpoint.arrays.pop("curve"))
            return cls(
                checkpoint=checkpoint,
                command=_command(stored, _settings(checkpoint.path, run), checkpoint.path),
                folder=Path(_text(stored["folder"])),
                device=_text(run["device"]),
                evaluations=Progress.from_dict(checkpoint.header["position"]).evaluations,
                curve=curve,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(checkpoint.path) from error

    def enter_folder(self) -> Self:
        """Change to the folder in which the command was given, if it still exists.

        The path of the checkpoint then becomes absolute.
        """
        if not self.folder.is_dir() or self.folder.samefile(Path()):
            return self
        path = self.checkpoint.path.absolute()
        os.chdir(self.folder)
        checkpointing = replace(self.command.checkpointing, path=path)
        return replace(self, command=replace(self.command, checkpointing=checkpointing))


def header_of(command: PaintCommand) -> dict[str, Any]:
    """Return the entries "command" and "inputs" of a checkpoint's header."""
    inputs = [
        {"role": role, "path": os.fspath(path), "sha256": _sha256(path)}
        for role, path in _inputs(command)
    ]
    return {
        "command": {
            "content": os.fspath(command.content),
            "output": os.fspath(command.output),
            "preset": _as_text(command.preset),
            "like": _as_text(command.like),
            "trace": _as_text(command.reports.trace),
            "plot": _as_text(command.reports.plot),
            "compare": _as_text(command.reports.compare),
            "folder": _current_folder(),
            "styles": [os.fspath(style) for style in command.styles],
            "encoding": asdict(command.encoding),
            "save_every": command.reports.save_every,
            "device": command.device,
            "every": command.checkpointing.every,
            "keep": command.checkpointing.keep,
        },
        "inputs": inputs,
    }


def check_inputs(checkpoint: Checkpoint) -> None:
    """Make sure that every file which the run reads is there and unchanged.

    Raises
    ------
    CheckpointError
        A file is missing or has changed.
    """
    inputs = checkpoint.header.get("inputs")
    if not isinstance(inputs, list):
        raise damaged(checkpoint.path)
    for known in inputs:
        try:
            name, path = f"{known['role']} {known['path']}", known["path"]
            expected, found = known["sha256"], _sha256(Path(path))
        except (KeyError, TypeError) as error:
            raise damaged(checkpoint.path) from error
        if found is None:
            raise CheckpointError(
                f"{name} is missing; put it back to resume the run, or start a new one"
            )
        if found != expected:
            raise CheckpointError(
                f"{name} has changed since the run began; put the old file back to resume "
                "the run, or start a new one"
            )


def _command(stored: Mapping[str, Any], settings: Settings, checkpoint: Path) -> PaintCommand:
    return PaintCommand(
        content=Path(_text(stored["content"])),
        styles=tuple(Path(_text(style)) for style in _list(stored["styles"])),
        output=Path(_text(stored["output"])),
        settings=settings,
        encoding=record_from_dict(Encoding, stored["encoding"]),
        checkpointing=record_from_dict(
            Checkpointing,
            {"path": checkpoint, "every": stored["every"], "keep": stored["keep"]},
        ),
        reports=record_from_dict(
            Reports, {name: stored[name] for name in ("save_every", "trace", "plot", "compare")}
        ),
        device=_text(stored["device"]),
        preset=_path(stored["preset"]),
        like=_path(stored["like"]),
    )


def _settings(path: Path, run: Mapping[str, Any]) -> Settings:
    values = run["settings"]
    if unknown := unknown_settings(values):
        raise CheckpointError(
            f"checkpoint {path} was written by ortstyle {run['versions'].get('ortstyle')} with "
            f"settings that {__version__} does not know ({', '.join(unknown)}); install the "
            "version that wrote it"
        )
    try:
        return from_dict(values)
    except OrtStyleError as error:
        raise CheckpointError(f"checkpoint {path}: {error}") from error


def _inputs(command: PaintCommand) -> Iterator[tuple[str, Path]]:
    """Yield the role and path of each file that shapes the result."""
    yield "content", command.content
    for style in command.styles:
        yield "style", style
    yield from files_named_by(command.settings)


def _text(value: Any) -> str:
    """Return a value that has to be text; a `TypeError` if it is none."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _list(value: Any) -> list[Any]:
    """Return a value that has to be a list; a `TypeError` if it is none."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _path(value: Any) -> Path | None:
    return None if value is None else Path(_text(value))


def _as_text(path: Path | None) -> str | None:
    return os.fspath(path) if path else None


def _current_folder() -> str:
    try:
        return os.fspath(Path.cwd())
    except OSError:  # it has been removed
        return ""


def _sha256(path: Path) -> str | None:
    """Return the SHA-256 of a file; None if it can't be read or is no regular file."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
