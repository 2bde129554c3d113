"""The folder of a film that is being painted: source frames, painted frames, and what was asked.

::

    film.json              what was asked; see `film_record.FilmRecord`
    frames.jsonl           times, durations and cuts; see `frame_times.FrameTimes`
    sources/0000000.png    source frames
    painted/1/0000000.png  painted frames, by pass

Each file is written under another name and then renamed. A process that is killed at any instant
therefore leaves whole frames alone, and the next one goes on after the last of them.
"""

from pathlib import Path
from typing import Literal, Self

from ortstyle.errors import CheckpointError, CheckpointInUseError, FilmError, OutputError
from ortstyle.files import reason_of, write_atomically
from ortstyle.run.lock import CheckpointLock
from ortstyle.special_files import is_link, special_kind
from ortstyle.video.frames.disk_room import frame_errors
from ortstyle.video.frames.film_record import MOST_BYTES, FilmRecord
from ortstyle.video.frames.frame_store import FrameStore, remove_temporary
from ortstyle.video.frames.painted_frames import PaintedFrames
from ortstyle.video.frames.source_frames import SourceFrames

RECORD = "film.json"
_FINISHED = "finished.json"  # the record while a film that is finished is removed

#: What stays of the folder of a film that is finished.
Keep = Literal["nothing", "painted", "all"]


class FilmFolder(SourceFrames, PaintedFrames):
    """A folder that only one process at a time may use; `create`, `open` and `enter` make one.

    Attributes
    ----------
    path
        The folder.
    record
        What was asked.
    notices
        What a person may want to know, such as that versions have changed since.
    """

    def __init__(self, path: Path, record: FilmRecord, lock: CheckpointLock) -> None:
        self.path, self.record, self.notices = path, record, tuple[str, ...]()
        self._lock = lock
        remove_temporary(path)
        PaintedFrames.__init__(self, path, record.size)
        SourceFrames.__init__(self, path, record.size)

    @classmethod
    def create(cls, path: Path, record: FilmRecord) -> Self:
        """Make the folder of a new film.

        Raises
        ------
        FilmError
            The folder is not empty, or another process uses it.
        OutputError
            It can't be made or written.
        """
        if is_link(path) or (path.exists() and not path.is_dir()):
            raise FilmError(f"{path} is no folder; remove it or choose another place")
        with frame_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        lock = _lock(path)
        try:
            with frame_errors(path):
                _remove_finished(path)
                _check_empty(path)
                text = record.to_json().encode()
                write_atomically(path / RECORD, lambda file: file.write(text))
            return cls(path, record, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the folder of a film that was begun.

        Raises
        ------
        FilmError
            There is none, it is damaged, or another process uses it.
        OutputError
            It can't be written.
        """
        if is_link(path) or not has_film(path):
            raise FilmError(f"{path} is no folder of a film; check the path")
        lock = _lock(path)
        try:
            return cls(path, _read_record(path / RECORD), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def enter(cls, path: Path, record: FilmRecord) -> Self:
        """Go on with the film of a folder if it is the one that is asked for, or begin a new one.

        Raises
        ------
        FilmError
            The folder is of another film, is damaged, holds something else, or is in use.
        OutputError
            It can't be made or written.
        """
        if not has_film(path):
            return cls.create(path, record)
        folder = cls.open(path)
        if differences := folder.record.differences(record):
            folder.close()
            raise FilmError(
                f"{path} is of another film ({differences[0]}); give the command that began it, "
                "throw it away with --restart, or choose another output"
            )
        folder.notices = folder.record.changes(record)
        return folder

    @property
    def size(self) -> int:
        """Bytes of all frames on the disk."""
        return self.source_bytes + self.painted_bytes

    def finish(self, keep: Keep = "nothing") -> None:
        """Remove what is no longer needed once the film is written, and close the folder.

        Parameters
        ----------
        keep
            "all" keeps source frames and painted ones, "painted" the last pass, with which the
            same command needs only write the film again, "nothing" removes the folder. Files that
            are none of a film stay.

        Raises
        ------
        OutputError
            A file can't be removed.
        """
        with frame_errors(self.path), self:
            if keep == "painted":
                self.remove_sources()
                self.remove_painted(last_too=False)
            elif keep == "nothing":
                # From now on the folder holds no film, even if the process is killed meanwhile.
                (self.path / RECORD).replace(self.path / _FINISHED)
                self._times.close()
                _remove_finished(self.path)
        if keep == "nothing":
            FrameStore.remove_folder(self.path)

    def leave(self) -> None:
        """Release the folder after an error, and remove it if nothing was read into it."""
        if self.source_count:
            self.close()
        else:
            self.finish("nothing")

    def close(self) -> None:
        """Release the folder for other processes; closing it again does nothing."""
        self._times.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def has_film(path: Path) -> bool:
    """Return whether a folder holds the record of a film."""
    return (path / RECORD).is_file()


def _remove_finished(path: Path) -> None:
    """Remove the film of a folder if it was finished; files that are none of a film stay."""
    if not (path / _FINISHED).is_file():
        return
    SourceFrames.remove_from(path)
    PaintedFrames.remove_from(path)
    (path / _FINISHED).unlink()


def _check_empty(path: Path) -> None:
    """Raise a `FilmError` if a folder holds anything but what a process that was killed has left.

    Until the record is written, that is the lock and temporary files.
    """
    if any(not each.name.startswith((f"{RECORD}.", ".ortstyle-")) for each in path.iterdir()):
        raise FilmError(f"{path} is not empty and holds no film; remove it or choose another place")


def _lock(path: Path) -> CheckpointLock:
    try:
        return CheckpointLock(path / RECORD)
    except CheckpointInUseError as error:
        raise FilmError(
            f"{path} is in use by another run; wait until that run has ended, or stop it"
        ) from error
    except CheckpointError as error:
        raise OutputError(f"{path} can't be written; choose another output") from error


def _read_record(path: Path) -> FilmRecord:
    if special_kind(path):
        raise FilmError(f"{path} is no file; remove the folder")
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES)
    except OSError as error:
        raise FilmError(f"{path} can't be read ({reason_of(error)})") from error
    return FilmRecord.from_json(text, path)
