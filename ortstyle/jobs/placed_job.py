"""A job whose files have come from another machine, placed into a folder of this one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import Any

from ortstyle.errors import JobError
from ortstyle.jobs.job import Job
from ortstyle.settings.declaration import options_of
from ortstyle.settings.serialization import files_of, from_dict, with_paths
from ortstyle.settings.settings import Settings

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, kw_only=True)
class PlacedJob(Job):
    """A job whose files lie elsewhere than where it was made.

    Its key, its provenance and its messages are those of the job that was made, so that neither a
    result nor a checkpoint tells where it was painted.

    Attributes
    ----------
    made
        The job as it was made.
    """

    made: Job

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """What determines a result of the job that was made."""
        return self.made.wanted

    @cached_property
    def key(self) -> str:
        """The key of the job that was made."""
        return self.made.key

    @property
    def recorded_paths(self) -> Mapping[str, str]:
        """The paths in the settings of the job that was made, by those in the settings here."""
        recorded = self.made.recorded_paths
        made = [recorded.get(path, path) for path in _paths_in(self.made.settings)]
        return dict(zip(_paths_in(self.settings), made, strict=True))

    def restore(self, text: str) -> str:
        """Return a message with the paths of the job that was made."""
        for here, made in zip(self.inputs, self.made.inputs, strict=True):
            text = text.replace(str(here.path), str(made.path))
        return text.replace(str(self.output), str(self.made.output))


def place_job(job: Job, contents: Sequence[bytes], folder: Path, **changes: Any) -> PlacedJob:
    """Write the files that a job reads into a folder, and return the job that reads them there.

    Of the files' names only the suffix is kept.

    Parameters
    ----------
    job
        The job, with the paths of another machine.
    contents
        What its input files hold, in the order of `Job.inputs`.
    folder
        An empty folder. The output is to be written into it too.
    changes
        What else is to be different, by the names of `Job`.

    Raises
    ------
    JobError
        There are fewer or more files than the job reads.
    """
    if len(contents) != len(job.inputs):
        raise JobError(f"{len(contents)} files came with a job that reads {len(job.inputs)}")
    paths = []
    for number, (file, content) in enumerate(zip(job.inputs, contents, strict=True)):
        paths.append(folder / f"input-{number}{_suffix(file.path)}")
        paths[-1].write_bytes(content)
    return _placed(job, paths, output=folder / f"output{_suffix(job.output)}", **changes)


def locate_job(job: Job, folder: Path, **changes: Any) -> PlacedJob:
    """Return a job with absolute paths in place of those that refer to a folder."""
    paths = [folder / file.path for file in job.inputs]
    return _placed(job, paths, output=folder / job.output, **changes)


def _placed(job: Job, paths: Sequence[Path], **changes: Any) -> PlacedJob:
    files = list(zip(job.inputs, paths, strict=True))
    new = {str(file.path): str(path) for file, path in files}
    values = with_paths(job.settings.to_dict(), lambda path: new.get(str(Path(path)), path))
    unchanged = {field.name: getattr(job, field.name) for field in fields(Job)}
    placed = {
        "inputs": tuple(replace(file, path=path) for file, path in files),
        "settings": from_dict(values),
    }
    return PlacedJob(made=job, **{**unchanged, **placed, **changes})


def _paths_in(settings: Settings) -> list[str]:
    values = ((option, getattr(settings, option.name)) for option in options_of(Settings))
    return [path for option, value in values for path in files_of(option, value)]


def _suffix(path: Path) -> str:
    found = PureWindowsPath(path).suffix  # which splits at both kinds of slash
    return found if _SUFFIX.fullmatch(found) else ""
