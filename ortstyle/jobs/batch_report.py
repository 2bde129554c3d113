"""What has become of the jobs of a batch, as lines of JSON and as groups of failures."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from ortstyle.files import write_atomically, writing_errors

REPORT_NAME = "report.jsonl"

#: What has become of a job: "skipped" ones were done before, and "waiting" ones were not begun or
#: not ended.
Fate = Literal["done", "skipped", "failed", "waiting"]


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """What has become of a job.

    Attributes
    ----------
    output
        File of the result, relative to the folder of the results; empty if it has no name.
    content, styles
        The pictures, as they were named.
    state
        What has become of it.
    frames
        Frames of a film, as far as they are known before; None for a picture.
    seconds
        The time that it took; None if it was not painted, or that isn't known.
    error
        Why it failed, or was not ended, on one line; empty if that needs no reason.
    """

    output: str
    content: str
    styles: Sequence[str]
    state: Fate
    frames: int | None = None
    seconds: float | None = None
    error: str = ""

    def to_line(self) -> str:
        """Return the result as one line of JSON in ASCII, without its end."""
        seconds = None if self.seconds is None else round(self.seconds, 2)
        return json.dumps(
            {
                "output": self.output,
                "content": self.content,
                "styles": list(self.styles),
                **({} if self.frames is None else {"frames": self.frames}),
                "state": self.state,
                "seconds": seconds,
                "error": self.error,
            }
        )


def save_report(path: Path, results: Iterable[JobResult]) -> None:
    """Write a line for each job, so that `path` holds all of them or what was there before.

    Raises
    ------
    OutputError
        The file can't be written.
    """

    def write(file: BinaryIO) -> None:
        file.writelines(f"{result.to_line()}\n".encode("ascii") for result in results)

    with writing_errors(path):
        write_atomically(path, write)


def count_fates(results: Iterable[JobResult]) -> dict[Fate, int]:
    """Return how many jobs there are of each state."""
    counts: dict[Fate, int] = dict.fromkeys(get_args(Fate), 0)
    for result in results:
        counts[result.state] += 1
    return counts


def group_failures(results: Iterable[JobResult]) -> dict[str, list[JobResult]]:
    """Return the jobs that failed by their error, in the order in which the errors came first.

    A photograph that is damaged fails with every style, and its error is the same.
    """
    groups: dict[str, list[JobResult]] = {}
    for result in results:
        if result.state == "failed":
            groups.setdefault(result.error, []).append(result)
    return groups
