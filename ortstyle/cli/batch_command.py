"""Everything that a command line says about a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.jobs.film_options import FilmOptions
from ortstyle.jobs.naming import NamePattern


@dataclass(frozen=True, kw_only=True)
class BatchCommand:
    """Everything that a command line says about a batch.

    Attributes
    ----------
    contents, styles
        Names of files and folders, and patterns.
    folder
        The folder of the results.
    recursive
        Whether folders within folders are searched.
    manifest
        A file that lists the pictures to paint; None if `contents` and `styles` do.
    pattern
        The pattern of the outputs' names.
    preset, values, encoding
        The preset, and the settings and encoding options that were given.
    films
        What is said of the films among the contents.
    devices
        A device for each worker process.
    threads
        Processor threads of all workers together; 0 for as many as the process may use.
    memory
        Bytes that each worker may take; None for the free memory.
    checkpoint_minutes
        Minutes between two checkpoints of a job.
    scheduler
        Address of the scheduler of a Dask cluster; None to paint on this machine.
    is_shared
        Whether all machines of the cluster see the files under the same paths.
    resources
        What each job takes of a worker's resources.
    sheet
        The file of the contact sheet, if any.
    dry_run, retry_failed, as_json, quiet
        What the options of these names say.
    """

    contents: tuple[str, ...]
    styles: tuple[str, ...]
    folder: Path
    recursive: bool = False
    manifest: Path | None = None
    pattern: NamePattern = field(default_factory=NamePattern)
    preset: str = "default"
    values: Mapping[str, Any] = field(default_factory=dict)
    encoding: Mapping[str, Any] = field(default_factory=dict)
    films: FilmOptions = field(default_factory=FilmOptions)
    devices: tuple[str, ...] = ("auto",)
    threads: int = 0
    memory: int | None = None
    checkpoint_minutes: float = 5.0
    scheduler: str | None = None
    is_shared: bool = False
    resources: Mapping[str, float] = field(default_factory=dict)
    sheet: Path | None = None
    dry_run: bool = False
    retry_failed: bool = False
    as_json: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.manifest is not None and self.contents:
            raise SettingsError("--manifest lists the contents; leave CONTENT out")
        if self.manifest is None and not self.contents:
            raise SettingsError("name the contents: pictures, folders, patterns, or a --manifest")
        if self.manifest is None and not self.styles:
            raise SettingsError("--style is missing: name a painting, or a folder of paintings")
        if self.scheduler is None and (self.is_shared or self.resources):
            raise SettingsError("--shared and --resources are for a cluster; name its --scheduler")
        if self.scheduler is not None and len(self.devices) > 1:
            raise SettingsError("--device: each worker of a cluster has one device; name one")


def parse_devices(text: str) -> tuple[str, ...]:
    """Read names of devices such as `cuda:0,cuda:1`, one for each worker process.

    Raises
    ------
    SettingsError
        A name is empty.
    """
    names = tuple(name.strip() for name in text.split(","))
    if "" in names:
        raise SettingsError(f"--device: {text!r} has an empty name; write cuda:0,cuda:1")
    return names


def parse_resources(text: str) -> dict[str, float]:
    """Read what a job takes of a worker's resources, such as `GPU=1`, by their names.

    Raises
    ------
    SettingsError
        It has another form.
    """
    found = dict[str, float]()
    for part in text.replace(",", " ").split():
        name, _, amount = part.partition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            found[name] = 0.0
        if not name or not 0 < found[name] < inf:
            raise SettingsError(f"--resources: {part!r} is not a name and an amount; write GPU=1")
    return found
