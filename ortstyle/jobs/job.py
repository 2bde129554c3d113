"""A job: one picture or film to paint, as plain data that goes into JSON and comes back checked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any, Self

from ortstyle.errors import JobError, OrtStyleError
from ortstyle.files import reason_of
from ortstyle.jobs.film_part import FilmPart
from ortstyle.jobs.input_file import InputFile
from ortstyle.packaged import packaged_path
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.serialization import (
    files_named_by,
    from_dict,
    record_from_dict,
    without_folders,
)
from ortstyle.settings.settings import Settings

_KEY_LENGTH = 16  # hexadecimal digits; see `Job.key`


@dataclass(frozen=True, kw_only=True)
class Job:
    """One picture, or one film, to paint.

    Attributes
    ----------
    inputs
        The files that the job reads: the content, the styles in their order, and the files that the
        settings name.
    output
        The file of the result. `run_job` makes its folder if it is missing.
    settings, encoding
        How to paint, and how to write the result.
    device
        Name of a device, or "auto".
    threads
        Processor threads; 0 for as many as the process may use.
    memory
        Bytes that the process may take; None for the free memory.
    checkpoint_minutes
        Minutes between two checkpoints.
    names_only
        Whether the result names files without their folders, also if it keeps all metadata.
    film
        What makes it the job of a film; None for a picture. The content is the clip then, and
        `encoding` does not count.
    """

    inputs: tuple[InputFile, ...]
    output: Path
    settings: Settings = field(default_factory=Settings)
    encoding: Encoding = field(default_factory=Encoding)
    device: str = "auto"
    threads: int = 0
    memory: int | None = None
    checkpoint_minutes: float = 5.0
    names_only: bool = False
    film: FilmPart | None = None

    @property
    def content(self) -> Path:
        """The content's file."""
        return next(file.path for file in self.inputs if file.role == "content")

    @property
    def styles(self) -> tuple[Path, ...]:
        """The files of the styles."""
        return tuple(file.path for file in self.inputs if file.role == "style")

    @property
    def recorded_paths(self) -> Mapping[str, str]:
        """The paths to record in place of those in the settings; see `placed_job.PlacedJob`."""
        if not self.names_only:
            return {}
        return {str(path): path.name for _, path in files_named_by(self.settings)}

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """What determines the result beside device and versions; a result's provenance holds it.

        Paths are reduced to names of files, so that a moved folder is no new job.
        """
        of_file = {"encoding": asdict(self.encoding)}
        if self.film is not None:
            of_file = {"film": self.film.to_dict()}
        return json.loads(  # type: ignore[no-any-return]
            json.dumps(
                {
                    "inputs": [{"role": f.role, "sha256": f.sha256} for f in self.inputs],
                    "settings": without_folders(self.settings.to_dict()),
                    **of_file,
                    "model": _model_hash(self),
                }
            )
        )

    @cached_property
    def key(self) -> str:
        """A name of 16 hexadecimal digits, the same for the same result at the same path."""
        text = json.dumps([str(self.output), self.wanted], sort_keys=True)
        return sha256(text.encode()).hexdigest()[:_KEY_LENGTH]

    def to_dict(self) -> dict[str, Any]:
        """Return the job in a form that JSON can hold."""
        return {
            "inputs": [{**asdict(file), "path": str(file.path)} for file in self.inputs],
            "output": str(self.output),
            "settings": self.settings.to_dict(),
            "encoding": asdict(self.encoding),
            "device": self.device,
            "threads": self.threads,
            "memory": self.memory,
            "checkpoint_minutes": self.checkpoint_minutes,
            "names_only": self.names_only,
            "film": None if self.film is None else self.film.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the job of a dictionary of `to_dict`, also one read back from JSON.

        Raises
        ------
        JobError
            The data are not those of a job.
        SettingsError
            A setting is unknown or out of range.
        """
        try:
            inputs = tuple(
                InputFile(
                    role=_text(each["role"]),
                    path=Path(_text(each["path"])),
                    sha256=_text(each["sha256"]),
                )
                for each in data["inputs"]
            )
            settings = from_dict(data["settings"])
            film = None  # which older stores lack
            if data.get("film") is not None:
                film = FilmPart.from_dict(data["film"])
            _check_inputs(inputs, settings, film)
            return cls(
                inputs=inputs,
                output=Path(_text(data["output"])),
                settings=settings,
                encoding=record_from_dict(Encoding, data["encoding"]),
                device=_text(data["device"]),
                threads=_count(data["threads"]),
                memory=None if data["memory"] is None else _count(data["memory"]),
                checkpoint_minutes=_minutes(data["checkpoint_minutes"]),
                names_only=_switch(data.get("names_only", False)),  # the same
                film=film,
            )
        except OrtStyleError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise JobError(f"a job has the wrong form ({reason_of(error)})") from error


def input_files(
    content: Path, styles: Sequence[Path], settings: Settings
) -> tuple[tuple[str, Path], ...]:
    """Return the role and path of each file that a job reads, in the order of `Job.inputs`."""
    of_styles = (("style", style) for style in styles)
    return (("content", content), *of_styles, *files_named_by(settings))


def make_job(
    content: Path,
    styles: Sequence[Path],
    output: Path,
    *,
    settings: Settings,
    hash_of: Mapping[Path, str] | None = None,
    film: FilmPart | None = None,
    **others: Any,
) -> Job:
    """Return the job that paints a content with styles.

    Parameters
    ----------
    content, styles, output, settings, film, others
        As in `Job`.
    hash_of
        Hashes that are known already, by path; those of other files are computed.

    Raises
    ------
    PictureError, FilmError
        A file can't be read.
    """
    known = hash_of or {}
    read = InputFile.of if film is None else InputFile.of_film
    inputs = tuple(
        InputFile(role=role, path=path, sha256=known[path]) if path in known else read(role, path)
        for role, path in input_files(content, styles, settings)
    )
    return Job(inputs=inputs, output=output, settings=settings, film=film, **others)


def _model_hash(job: Job) -> str:
    """Return the hash of the network's file: an input of the job, or in the package."""
    given = [file.sha256 for file in job.inputs if file.role == "model"]
    return given[0] if given else _packaged_model_hash()


_HASHES: dict[Path, str] = {}


def _packaged_model_hash() -> str:
    path = packaged_path("models", "vgg19.onnx")
    if path not in _HASHES:
        _HASHES[path] = InputFile.of("model", path).sha256
    return _HASHES[path]


def _check_inputs(inputs: Sequence[InputFile], settings: Settings, film: FilmPart | None) -> None:
    """Raise a `ValueError` unless there are a content, a style and the files of the settings."""
    roles = [file.role for file in inputs]
    styles = roles.count("style")
    of_settings = list(files_named_by(settings))
    if roles[: 1 + styles] != ["content", *["style"] * styles] or not styles:
        raise ValueError("it needs one content and a style")
    if [(file.role, file.path) for file in inputs[1 + styles :]] != of_settings:
        raise ValueError("its inputs are not the files that its settings name")
    if film is not None:
        film.check_styles(styles)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _switch(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _minutes(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value < inf:
        raise TypeError(f"{value!r} is no time")
    return float(value)
