"""Renaming and removing files that another program has open for a moment.

On Windows an open file can't be replaced, renamed or removed, unless whoever opened it allows that.
Virus scanners, search indexers and programs that synchronise folders open a file just when it has
been written, and close it soon after.
"""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

_SECONDS = 2.0  # a file that is open for longer is in use
_PAUSE = 0.02  # seconds between two tries
#: Windows' errors where a file is open elsewhere: access denied, sharing violation, lock violation.
_OPEN_ELSEWHERE = (5, 32, 33)


def retry_while_open(change: Callable[[], _T]) -> _T:
    """Return what a function returns that replaces, renames or removes a file.

    While Windows refuses because another program has the file open, the function is called again,
    for two seconds at most.

    Raises
    ------
    OSError
        The file is still open, or the system refuses the change for another reason.
    """
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            return change()
        except OSError as error:
            # Only Windows' errors have this attribute.
            is_open = getattr(error, "winerror", None) in _OPEN_ELSEWHERE
            if not is_open or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE)
