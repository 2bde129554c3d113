"""Drafts: small pictures of one content by several paintings and presets, to choose from."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import ELOOP
from pathlib import Path
from typing import Any, Self

from ortstyle.errors import CheckpointError, CheckpointInUseError, OutputError, PictureError
from ortstyle.files import follow_links, reason_of
from ortstyle.jobs.input_file import InputFile
from ortstyle.jobs.job import Job, make_job
from ortstyle.pictures.encode import Encoding
from ortstyle.run.lock import CheckpointLock
from ortstyle.run.settled import settle
from ortstyle.settings.settings import Settings
from ortstyle.special_files import is_link

#: Files that drafts leave: results, checkpoints, their locks, and temporary files of all of them.
_OURS = re.compile(r"\.?(ortstyle-)?[0-9a-f]{16}\.(png|checkpoint)(\.[\w-]+)*")

_ENCODING = Encoding(depth=8, metadata="minimal")  # a draft's settings say that it is done


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One picture of a sheet of drafts.

    Attributes
    ----------
    painting, preset
        Names of the painting and the preset.
    job
        The job that paints it; None if there is an error.
    error
        Why there is no job, on one line; empty if there is one.
    """

    painting: str
    preset: str
    job: Job | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """What a person calls the draft."""
        return f"{self.painting}, {self.preset}"

    @property
    def work(self) -> float:
        """How much work the draft is, relative to others of its sheet; 0 without a job."""
        if self.job is None:
            return 0.0
        schedule = settle(self.job.settings, self.job.content).schedule()
        return float(sum(evaluations * side * side for side, evaluations in schedule))


class DraftFolder:
    """The hidden folder beside a sheet in which its drafts are painted, locked for one process.

    A sheet that is interrupted leaves the folder, and finds its drafts there the next time.

    Parameters
    ----------
    sheet
        The file of the sheet.

    Raises
    ------
    OutputError
        The folder can't be made, or another process is making the sheet.
    """

    def __init__(self, sheet: Path) -> None:
        real = follow_links(sheet)
        #: The folder, which is made when the first draft is painted or locked.
        self.path = real.with_name(f".ortstyle-drafts-{real.name}")
        try:
            _make_folder(self.path)
            self._lock = CheckpointLock(self.path / "drafts")
        except CheckpointInUseError as error:
            raise OutputError(
                f"output {sheet} is being made by another run; wait until that has ended, or "
                "choose another name with -o"
            ) from error
        except (CheckpointError, OSError) as error:
            raise OutputError(
                f"output {sheet}: the folder {self.path} for its drafts can't be made "
                f"({reason_of(error)}); choose another place with -o"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Unlock the folder, and remove it if it is empty."""
        self._lock.release()
        with suppress(OSError):
            self.path.rmdir()

    def checkpoint(self, job: Job) -> Path:
        """Return where the checkpoint of a draft lies."""
        return job.output.with_suffix(".checkpoint")

    def clear(self) -> None:
        """Remove the drafts and what belongs to them; other files stay."""
        with suppress(OSError):
            for file in self.path.iterdir():
                if _OURS.fullmatch(file.name):
                    with suppress(OSError):
                        file.unlink()


def plan_drafts(
    content: Path,
    paintings: Mapping[str, Path],
    presets: Mapping[str, Settings],
    *,
    folder: Path,
    **others: Any,
) -> list[Draft]:
    """Return the draft of each painting with each preset, those of one preset together.

    Drafts of one preset are painted by the same graph.

    Parameters
    ----------
    content
        The photograph.
    paintings, presets
        Paintings, and settings, by their names on the sheet.
    folder
        Where the drafts are written. The name of each follows from what determines it.
    others
        What the jobs have in common, such as the device; see `job.Job`.

    Raises
    ------
    PictureError
        The content, or a file that settings name, can't be read. A painting that can't be read is
        an error of its drafts.
    """
    known = {content: InputFile.of("content", content).sha256}
    faults: dict[str, str] = {}
    for name, path in paintings.items():
        try:
            known[path] = InputFile.of("style", path).sha256
        except PictureError as error:
            faults[name] = str(error)
    drafts = []
    for preset, settings in presets.items():
        for name, path in paintings.items():
            draft = Draft(painting=name, preset=preset, error=faults.get(name, ""))
            if not draft.error:
                job = make_job(
                    content,
                    [path],
                    folder / "draft.png",
                    settings=settings,
                    hash_of=known,
                    encoding=_ENCODING,
                    **others,
                )
                known.update({file.path: file.sha256 for file in job.inputs})
                draft = replace(draft, job=replace(job, output=folder / f"{job.key}.png"))
            drafts.append(draft)
    return drafts


def _make_folder(path: Path) -> None:
    """Make a folder unless it exists; refuse a link, which a stranger may have left there."""
    if is_link(path):
        raise OSError(ELOOP, "it is a link")
    path.mkdir(exist_ok=True)
