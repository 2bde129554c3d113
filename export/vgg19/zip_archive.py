"""Zip archives, as PyTorch and wheels use them: how to recognise one and how to open it."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ortstyle.errors import ModelError
from vgg19.source import first_line


def is_zip(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is a zip archive."""
    return head.startswith(b"PK\x03\x04")


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive; the errors of a damaged one become ModelError, within the block too."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError(f"{path} is a damaged zip file: {first_line(error)}") from error
