"""The process that reads pictures as the studio's server sees it: see `reader`.

A request that takes too long, or that ends the process, is refused, and the next one gets a new
process. Plans and films, which take a moment, have processes of their own, so that no picture waits
for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Flag
from typing import Any, Literal, Self

from ortstyle.errors import StudioError
from ortstyle.jobs.job import Job
from ortstyle.runtime.free_memory import free_memory
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import NoSpace, Refused, sentence
from ortstyle.studio.pictures.reader import reader_command
from ortstyle.studio.pictures.reader_child import ChildDiedError, TooSlowError
from ortstyle.studio.pictures.renewed_child import RenewedChild

#: Seconds that a request may take.
_PATIENCE = {
    "inspect": 120.0,
    "view": 120.0,
    "download": 300.0,
    "plan": 120.0,
    "clip": 120.0,
    "frame": 60.0,
    "still": 60.0,
}

_Request = Literal["inspect", "view", "download", "plan", "clip", "frame", "still"]


@dataclass(frozen=True)
class Inspected:
    """What is known of the file of a picture or film.

    Attributes
    ----------
    suffix
        Its suffix by its kind.
    width, height
        Upright, in pixels.
    clip
        Of a film, as in `records.Picture`; None of a picture.
    """

    suffix: str
    width: int
    height: int
    clip: Mapping[str, Any] | None = None


class Reader:
    """Lets processes of their own read pictures and make plans; a context manager, which ends them.

    Any thread may call any method.

    Parameters
    ----------
    max_pixels
        Largest number of pixels that a picture may have.
    command
        The command that starts the process; `reader.reader_command` unless it is given.
    patience
        Seconds that any request may take; those of each kind unless it is given.

    Raises
    ------
    Refused
        From every method: the picture can't be read. The message is a sentence.
    NoSpace
        From methods that write: the disk is full.
    StudioError
        From every method: the process can't be started, or something unexpected has happened.
    """

    def __init__(
        self,
        *,
        max_pixels: int = Settings().max_pixels,
        command: Sequence[str] | None = None,
        patience: float | None = None,
    ) -> None:
        self._patience, self._closing = patience, Flag()
        self._pictures = RenewedChild(command or reader_command(max_pixels))
        self._films = RenewedChild(command or reader_command(max_pixels))
        self._planner = RenewedChild(command or reader_command(max_pixels, plans=True))

    def start(self, *, delay: float = 0.0) -> None:
        """Start the processes, so that they are ready when the first picture comes.

        The one that makes plans is started after `delay` seconds, unless this is closed meanwhile.
        """
        self._pictures.start()
        if not self._closing.wait(delay):
            self._planner.start()

    def inspect(self, path: Path, *, shown: str) -> Inspected:
        """Decode a picture to its end, and return what is known of it.

        Parameters
        ----------
        path
            The file.
        shown
            The name by which messages call it.
        """
        found = self._ask("inspect", shown, path=str(path))
        return Inspected(found["suffix"], found["width"], found["height"])

    def view(self, path: Path, out: Path, *, side: int, shown: str) -> Path:
        """Write a picture, no larger than `side` pixels, as a JPEG, or a PNG if transparent.

        Parameters
        ----------
        path
            The picture.
        out
            Where to write it, without the suffix.
        side
            The longest side in pixels, at most.
        shown
            The name by which messages call it.

        Returns
        -------
        pathlib.Path
            The file.
        """
        found = self._ask("view", shown, path=str(path), out=str(out), side=side)
        return out.with_name(f"{out.name}{found['suffix']}")

    def download(
        self, path: Path, out: Path, *, metadata: Literal["keep", "minimal", "none"], shown: str
    ) -> None:
        """Write a result with some of its metadata, in the format that the suffix of `out` names.

        Parameters
        ----------
        path
            The result.
        out
            Where to write it: ".png" or ".jpg".
        metadata
            What to keep; see `Encoding.metadata`.
        shown
            The name by which messages call it.
        """
        self._ask("download", shown, path=str(path), out=str(out), metadata=metadata)

    def inspect_clip(self, path: Path, *, shown: str) -> Inspected:
        """Decode the first frame of a film, and return what is known of it.

        `shown` is the name by which messages call it.
        """
        found = self._ask("clip", shown, path=str(path))
        size = found.pop("width"), found.pop("height")
        return Inspected(found.pop("suffix"), *size, clip=found)

    def frame(self, path: Path, out: Path, *, at: float, side: int, shown: str) -> None:
        """Write the frame of a film that is seen at a moment as a JPEG; see `FilmDecoder.frame`."""
        self._ask("frame", shown, path=str(path), out=str(out), at=at, side=side)

    def still(self, path: Path, out: Path, *, at: float, shown: str) -> None:
        """Write the frame of a film that is seen at a moment as a PNG; see `FilmDecoder.still`."""
        self._ask("still", shown, path=str(path), out=str(out), at=at)

    def plan(self, job: Job) -> dict[str, Any]:
        """Return what a job will take; see `plan.plan_job`."""
        if job.memory is None:  # the process that reads has a limit of its own
            job = replace(job, memory=free_memory())
        try:
            return self._ask("plan", "", job=job.to_dict())
        except Refused as error:
            if isinstance(error.__cause__, ChildDiedError | TooSlowError):
                raise StudioError("The plan can't be made now; try again.") from error
            raise

    def close(self) -> None:
        """End the processes, also while they work; closing it again does nothing."""
        self._closing.set()
        self._pictures.close()
        self._films.close()
        self._planner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: _Request, shown: str, **values: Any) -> dict[str, Any]:
        patience = self._patience or _PATIENCE[request]
        others = {"plan": self._planner, **dict.fromkeys(("clip", "frame", "still"), self._films)}
        child = others.get(request, self._pictures)
        try:
            found = child.ask({"request": request, **values}, patience)
        except ChildDiedError as died:
            raise _refusal(shown, f"can't be read ({died}); try another one") from died
        except TooSlowError as slow:
            line = f"takes more than {patience:.0f} seconds to read; make it smaller"
            raise _refusal(shown, line) from slow
        if "error" not in found:
            return dict(found["answer"])
        if found["kind"] == "Refused":
            raise _refusal(shown, found["error"])
        kind = NoSpace if found["kind"] == "NoSpace" else StudioError
        raise kind(sentence(found["error"]))


def _refusal(shown: str, line: str) -> Refused:
    """Return the refusal of a picture, or with no name shown that of a whole sentence."""
    return Refused(sentence(f"“{shown}” {line}" if shown else line))
