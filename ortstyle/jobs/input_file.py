"""A file that a job reads, and what identifies its content."""

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Self

from ortstyle.errors import PictureError
from ortstyle.files import reason_of


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that a job reads.

    Attributes
    ----------
    role
        "content", "style", or the name of the setting that names the file, such as "init".
    path
        The file. The content of a film, and masks of it, may be folders of pictures.
    sha256
        Its SHA-256, as hexadecimal digits, when the job was made; of a file of a film see
        `video.frames.identity.FileIdentity.digest`.
    """

    role: str
    path: Path
    sha256: str

    @classmethod
    def of(cls, role: str, path: Path) -> Self:
        """Read a file's hash.

        Raises
        ------
        PictureError
            The file can't be read.
        """
        try:
            if not path.is_file():
                raise PictureError(f"{role} {path} is no file; check the path")
            with path.open("rb") as file:
                return cls(role=role, path=path, sha256=file_digest(file, "sha256").hexdigest())
        except (OSError, ValueError) as error:
            raise PictureError(f"{role} {path} can't be read ({reason_of(error)})") from error

    @classmethod
    def of_film(cls, role: str, path: Path) -> Self:
        """Read what identifies a file that a film is painted from; a clip may have gigabytes.

        Raises
        ------
        FilmError
            It can't be read.
        """
        # Slow to load, and not for servers.
        from ortstyle.video.frames.identity import identify  # noqa: PLC0415

        return cls(role=role, path=path, sha256=identify(role, path).digest)
