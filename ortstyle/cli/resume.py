"""A command that is gone on with: all that it needs, from its checkpoint."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any, Self

from ortstyle import __version__
from ortstyle.cli.checkpointer import Keeping
from ortstyle.cli.like import from_dict
from ortstyle.cli.paths import Files
from ortstyle.errors import CheckpointError, OrtStyleError
from ortstyle.pictures.encode import Encoding
from ortstyle.report.plot import LossCurve
from ortstyle.run.checkpoint import Checkpoint, damaged
from ortstyle.run.position import Position
from ortstyle.settings.record import Settings

_PATHS = ("content", "output", "preset", "like", "trace", "plot", "compare")


@dataclass(frozen=True, kw_only=True)
class Command:
    """What a checkpoint says of the command that wrote it.

    Attributes
    ----------
    folder
        Where it was given; its paths begin there.
    files, settings, keeping
        Of the run.
    device
        As it was asked for, perhaps "auto".
    used
        The device that it was.
    evaluations
        How far the run is.
    curve
        The loss so far.
    """

    folder: Path
    files: Files
    settings: Settings
    keeping: Keeping
    device: str
    used: str
    evaluations: int
    curve: LossCurve = field(repr=False)

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """Read it.

        Raises
        ------
        CheckpointError
            The checkpoint lacks it, or holds settings that this version doesn't know.
        """
        command, run = checkpoint.header.get("command"), checkpoint.header.get("run", {})
        if command is None:
            raise CheckpointError(
                f"checkpoint {checkpoint.path} was written by a program, not by ortstyle render; "
                "go on in that program"
            )
        try:
            settings = _settings(checkpoint.path, run)
            curve = LossCurve.of(checkpoint.header["curve"], checkpoint.arrays.pop("curve"))
            return cls(
                folder=Path(command["folder"]),
                files=_files(command),
                settings=settings,
                keeping=Keeping(path=checkpoint.path, every=command["every"], keep=command["keep"]),
                device=command["device"],
                used=run["device"],
                evaluations=Position.of(checkpoint.snapshot.position).evaluations,
                curve=curve,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(checkpoint.path) from error

    def at(self, checkpoint: Path) -> Self:
        """Name the checkpoint by another path."""
        return replace(self, keeping=replace(self.keeping, path=checkpoint))


def header_of(files: Files, settings: Settings, keeping: Keeping, *, device: str) -> dict[str, Any]:
    """Give what a checkpoint is to say of a command; see `Command`."""
    command: dict[str, Any] = {
        name: path if path is None else os.fspath(path)
        for name in _PATHS
        for path in [getattr(files, name)]
    }
    command |= {
        "folder": _here(),
        "styles": [os.fspath(style) for style in files.styles],
        "encoding": asdict(files.encoding),
        "save_every": files.save_every,
        "device": device,
        "every": keeping.every,
        "keep": keeping.keep,
    }
    inputs = [
        {"role": role, "path": os.fspath(path), "sha256": _hash(path)}
        for role, path in _inputs(files, settings)
    ]
    return {"command": command, "inputs": inputs}


def check_inputs(checkpoint: Checkpoint) -> None:
    """Make sure that every file which a run reads is the one that it was.

    Raises
    ------
    CheckpointError
        One is missing, or another.
    """
    inputs = checkpoint.header.get("inputs")
    if not isinstance(inputs, list):
        raise damaged(checkpoint.path)
    for known in inputs:
        try:
            name, path, expected = (
                f"{known['role']} {known['path']}",
                known["path"],
                known["sha256"],
            )
            found = _hash(Path(path))
        except (KeyError, TypeError) as error:
            raise damaged(checkpoint.path) from error
        if found is None:
            raise CheckpointError(f"{name} is missing; put it back to go on, or start anew")
        if found != expected:
            raise CheckpointError(
                f"{name} has changed since the run began; put the old file back to go on, or start "
                "anew"
            )


def _here() -> str:
    try:
        return os.fspath(Path.cwd())
    except OSError:  # it has been removed
        return ""


def _settings(path: Path, run: Mapping[str, Any]) -> Settings:
    values = run["settings"]
    unknown = sorted(values.keys() - {field.name for field in fields(Settings)})
    if unknown:
        raise CheckpointError(
            f"checkpoint {path} was written by ortstyle {run['versions'].get('ortstyle')} with "
            f"settings that {__version__} does not know ({', '.join(unknown)}); install the "
            "version that wrote it"
        )
    try:
        return from_dict(values)
    except OrtStyleError as error:
        raise CheckpointError(f"checkpoint {path}: {error}") from error


def _files(command: Mapping[str, Any]) -> Files:
    paths = {name: path and Path(path) for name in _PATHS for path in [command[name]]}
    return Files(
        **paths,
        styles=[Path(style) for style in command["styles"]],
        encoding=Encoding(**command["encoding"]),
        save_every=command["save_every"],
    )


def _inputs(files: Files, settings: Settings) -> Iterator[tuple[str, Path]]:
    """List what shapes the result; the model is known by the description of the run."""
    yield "content", files.content
    for style in files.styles:
        yield "style", style
    for name in ("content_mask", "style_mask"):
        for mask in filter(None, getattr(settings, name)):
            yield name.replace("_", " "), Path(mask)
    if settings.init not in ("content", "noise", "style"):
        yield "init", Path(settings.init)
    if settings.model:
        yield "model", Path(settings.model)


def _hash(path: Path) -> str | None:
    """Give the SHA-256 of a file; None where there is none that can be read twice."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
