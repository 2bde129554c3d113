"""A run as its checkpoint holds it: the command that began it, its files and its progress."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any, Self

from ortstyle import __version__
from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.cli.stored_files import files_read
from ortstyle.errors import CheckpointError, OrtStyleError
from ortstyle.pictures.encode import Encoding
from ortstyle.report.loss_curve import LossCurve
from ortstyle.run.checkpoint import WRONG_DATA, Checkpoint, damaged
from ortstyle.run.progress import Progress
from ortstyle.settings.serialization import from_dict, record_from_dict, unknown_settings
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
    has_changed_folder
        Whether `enter_folder` has changed the current folder.
    folders
        The folders that take a result whose place is gone, if the current folder is one that the
        checkpoint has named: the checkpoint's own, and the one in which `resume` was given.
    """

    checkpoint: Checkpoint = field(repr=False)
    command: PaintCommand
    folder: Path
    device: str
    evaluations: int
    curve: LossCurve = field(repr=False)
    has_changed_folder: bool = False
    folders: tuple[Path, ...] = ()

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
        except WRONG_DATA as error:
            raise damaged(checkpoint.path) from error

    def enter_folder(self) -> Self:
        """Change to the folder in which the command was given, if it still exists.

        The path of the checkpoint then becomes absolute.
        """
        if not self.folder.is_dir() or self.folder.samefile(Path()):
            return self
        path = self.checkpoint.path.absolute()
        folders = path.parent, Path.cwd()
        os.chdir(self.folder)
        checkpointing = replace(self.command.checkpointing, path=path)
        command = replace(self.command, checkpointing=checkpointing)
        return replace(self, command=command, has_changed_folder=True, folders=folders)


def continued(stored: StoredRun | None) -> tuple[int, LossCurve, tuple[Path, ...]]:
    """Return the evaluations and losses of a run so far, and the folders of `Results`."""
    if stored is None:
        return 0, LossCurve(), ()
    return stored.evaluations, stored.curve, stored.folders


def header_of(command: PaintCommand) -> dict[str, Any]:
    """Return the entries "command" and "inputs" of a checkpoint's header."""
    inputs = [
        {"role": role, "path": os.fspath(path), "sha256": _sha256(path)}
        for role, path in files_read(command)
    ]
    return {
        "command": {
            "content": os.fspath(command.content),
            **_output_of(command),
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


def with_output(header: Mapping[str, Any], command: PaintCommand) -> dict[str, Any]:
    """Return what `header_of` returned, with the output that a command has meanwhile."""
    return {**header, "command": {**header["command"], **_output_of(command)}}


def _output_of(command: PaintCommand) -> dict[str, Any]:
    """Return the file of the result, and whether it may not replace a file that is there."""
    keeps_others = command.default_output is not None
    return {"output": os.fspath(command.output), "keeps_others": keeps_others}


def check_inputs(checkpoint: Checkpoint, command: PaintCommand) -> None:
    """Make sure that every file which the run reads is there and unchanged.

    Raises
    ------
    CheckpointError
        A file is missing or has changed, or the checkpoint lacks the hash of one.
    """
    wanted = list(files_read(command))
    for (role, path), expected in zip(wanted, _hashes(checkpoint, wanted), strict=True):
        name, found = f"{role} {path}", _sha256(path)
        if found is None:
            raise CheckpointError(
                f"{name} is missing; put it back to resume the run, or start a new one"
            )
        if found != expected:
            raise CheckpointError(
                f"{name} has changed since the run began; put the old file back to resume "
                "the run, or start a new one"
            )


def _hashes(checkpoint: Checkpoint, wanted: Sequence[tuple[str, Path]]) -> list[str]:
    """Return the hash of each file that a run reads, as its checkpoint holds them."""
    try:
        known = [
            ((_text(each["role"]), Path(_text(each["path"]))), _text(each["sha256"]))
            for each in _list(checkpoint.header["inputs"])
        ]
        if [file for file, _ in known] != list(wanted):
            raise ValueError("the run reads other files")
    except WRONG_DATA as error:
        raise damaged(checkpoint.path) from error
    return [found for _, found in known]


def _command(stored: Mapping[str, Any], settings: Settings, checkpoint: Path) -> PaintCommand:
    output, keeps_others = Path(_text(stored["output"])), stored.get("keeps_others", False)
    if not isinstance(keeps_others, bool):
        raise TypeError(f"{keeps_others!r} is neither true nor false")
    return PaintCommand(
        content=Path(_text(stored["content"])),
        styles=tuple(Path(_text(style)) for style in _list(stored["styles"])),
        output=output,
        default_output=output if keeps_others else None,
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
