"""The studio's folder on the user's disk: its lock, its address, and the paths of what is in it."""

import json
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from ortstyle.errors import CheckpointError, CheckpointInUseError, StudioError
from ortstyle.files import follow_links, reason_of, remove_abandoned, write_atomically
from ortstyle.run.lock import CheckpointLock
from ortstyle.studio.faults import NotFound
from ortstyle.studio.records import is_id

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_FOLDERS = ("pictures", "results", "views", "frames", "curves", "uploads", "queue", "drafts")
#: Suffixes of results: of pictures, then those of films.
RESULT_SUFFIXES = (".png", ".mp4", ".mov", ".mkv")
_ADDRESS = "address.json"
#: What a browser opens that may not be told the address on a command line; see `opening`.
REDIRECT_NAME = "open.html"
_MOST_ADDRESS_BYTES = 4096


class FolderInUse(StudioError):  # noqa: N818  a state, which passes
    """Another studio runs on the folder.

    Attributes
    ----------
    path
        The folder.
    url
        Its address, without token; None if it has none yet.
    token
        What opens it, if this user may read that; else None.
    """

    def __init__(self, message: str, path: Path, *, url: str | None, token: str | None) -> None:
        super().__init__(message)
        self.path, self.url, self.token = path, url, token


class StudioFolder:
    """The folder of a studio, held by one process at a time; a context manager.

    It is made if it is missing, for its user alone where the system knows such folders. Ids become
    paths only here, and only if they have the form of an id.

    Parameters
    ----------
    path
        The folder.

    Attributes
    ----------
    path
        The folder, absolute.
    catalogue, workspace
        The files of the catalogue and of what is being composed.
    queue, drafts
        The folders of the two queues.
    views, frames, uploads
        The folders of reduced pictures, of frames of films, and of files that are still coming.

    Raises
    ------
    FolderInUse
        Another studio runs on it.
    StudioError
        It can't be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = follow_links(path)
        self.catalogue = self.path / "studio.sqlite"
        self.workspace = self.path / "workspace.json"
        self.queue, self.drafts = self.path / "queue", self.path / "drafts"
        self.views, self.frames = self.path / "views", self.path / "frames"
        self.uploads = self.path / "uploads"
        try:
            self._make()
        except OSError as error:
            raise _unfit(path, reason_of(error)) from error
        self._lock = self._acquire(path)
        self._tidy()

    def picture(self, picture_id: str, suffix: str) -> Path:
        """Return the path of a picture that was sent.

        Raises
        ------
        NotFound
            The id has not the form of one.
        ValueError
            The suffix is none.
        """
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"{suffix!r} is no suffix")
        return self.path / "pictures" / f"{_checked(picture_id)}{suffix}"

    def result(self, painting_id: str, suffix: str = ".png") -> Path:
        """Return the path of a painting's result.

        Raises
        ------
        NotFound
            The id is none.
        ValueError
            The suffix is none of results.
        """
        if suffix not in RESULT_SUFFIXES:
            raise ValueError(f"{suffix!r} is no suffix of results")
        return self.path / "results" / f"{_checked(painting_id)}{suffix}"

    def curve(self, painting_id: str) -> Path:
        """Return the path of a painting's losses; raise `NotFound` if the id is none."""
        return self.path / "curves" / f"{_checked(painting_id)}.jsonl"

    def free_bytes(self) -> int:
        """Return how many bytes the disk still has room for."""
        try:
            return shutil.disk_usage(self.path).free
        except OSError as error:
            raise StudioError(
                f"the studio's folder can't be reached ({reason_of(error)}); is its disk there?"
            ) from error

    def announce(self, url: str, token: str) -> None:
        """Let whoever starts a second studio here find this one; only this user may read how.

        Raises
        ------
        StudioError
            The folder can't be written.
        """
        write_private(self.path / _ADDRESS, json.dumps({"url": url, "token": token}))

    def close(self) -> None:
        """Leave the folder to others."""
        self._forget()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make(self) -> None:
        if not self.path.is_dir():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
        for name in _FOLDERS:
            (self.path / name).mkdir(exist_ok=True)

    def _acquire(self, named: Path) -> CheckpointLock:
        try:
            return CheckpointLock(self.path / "studio")
        except CheckpointInUseError as error:
            url, token = _read_address(self.path / _ADDRESS)
            where = f" at {url}" if url else ""
            raise FolderInUse(
                f"another studio runs on the folder {named}{where}; use that one, or give this one "
                "a folder of its own with --folder",
                self.path,
                url=url,
                token=token,
            ) from error
        except CheckpointError as error:
            raise _unfit(named, reason_of(error.__cause__ or error)) from error

    def _tidy(self) -> None:
        """Remove what a studio that was killed has left."""
        self._forget()
        remove_abandoned(self.path)
        for path in self.uploads.iterdir():
            with suppress(OSError):
                path.unlink()

    def _forget(self) -> None:
        """Remove what tells how to get in."""
        for name in (_ADDRESS, REDIRECT_NAME):
            with suppress(OSError):
                (self.path / name).unlink()


def write_private(path: Path, text: str) -> None:
    """Write a small file that other users of the machine can't read.

    Raises
    ------
    StudioError
        The folder can't be written.
    """

    def write(file: BinaryIO) -> None:
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), 0o600)
        file.write(text.encode())

    try:
        path.unlink(missing_ok=True)  # its permissions would be kept
        write_atomically(path, write)
    except OSError as error:
        raise _unfit(path.parent, reason_of(error)) from error


def default_folder() -> Path:
    """Return the folder of the studio where this user's programs keep their data.

    Raises
    ------
    StudioError
        The extra `studio` is not installed.
    """
    try:
        from platformdirs import user_data_path  # noqa: PLC0415  of an extra
    except ImportError as error:
        raise missing_extra() from error
    return user_data_path("ortstyle", appauthor=False) / "studio"


def missing_extra() -> StudioError:
    """Return the error that names what to install."""
    return StudioError(
        'the studio needs packages of its own; install them with: pip install "ortstyle[studio]"'
    )


def _checked(text: str) -> str:
    if not is_id(text):
        raise NotFound("there is no such picture or painting")
    return text


def _unfit(path: Path, reason: str) -> StudioError:
    return StudioError(
        f"the studio's folder {path} can't be written ({reason}); choose another with --folder"
    )


def _read_address(path: Path) -> tuple[str | None, str | None]:
    """Return address and token of the studio that runs, as far as they can be read and trusted."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_ADDRESS_BYTES))
        url, token = found["url"], found["token"]
    except (OSError, ValueError, LookupError, TypeError):
        return None, None
    is_address = isinstance(url, str) and re.fullmatch(r"http://[][\w.:-]+/", url)
    is_token = isinstance(token, str) and re.fullmatch(r"[\w-]{20,100}", token, re.ASCII)
    return (url if is_address else None), (token if is_address and is_token else None)
