"""What the studio answers when it can't do what its page asks: a sentence, and a status of HTTP."""

import errno
from typing import ClassVar

from ortstyle.errors import StudioError


class Refused(StudioError):  # noqa: N818  an answer, not a failure of the studio
    """What was sent is unfit, such as a file that is no picture.

    Attributes
    ----------
    field
        What of it is unfit, such as the name of a setting; None where that isn't known.
    """

    status: ClassVar[int] = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(Refused):
    """There is no picture or painting of this id."""

    status = 404


class Conflict(Refused):
    """It can't be done now, such as removing a picture that a painting still needs."""

    status = 409


class TooLarge(Refused):
    """What was sent is larger than allowed."""

    status = 413


class NoSpace(Refused):
    """The disk is full, or its folder can't be written."""

    status = 507


_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def is_full(error: BaseException) -> bool:
    """Return whether an error says that the disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def disk_full() -> NoSpace:
    """Return what is said wherever something can't be kept because the disk is full."""
    return NoSpace("The disk is full; free some space, and try again.")


def sentence(text: str) -> str:
    """Return the line of an error as a sentence."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
