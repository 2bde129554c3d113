"""The files of a checkpoint: its temporary one, and their removal; nothing is read."""

from contextlib import suppress
from functools import partial
from pathlib import Path

from ortstyle.files import follow_links
from ortstyle.special_files import retry_while_open


def temporary_path(real: Path) -> Path:
    """Return the path of the temporary file that becomes a checkpoint, whose links are followed."""
    return real.with_name(f".ortstyle-{real.name}.part")


def remove_checkpoint(path: Path) -> None:
    """Remove a checkpoint, and the temporary file that a killed process may have left of it."""
    real = follow_links(path)
    for file in (real, temporary_path(real)):
        with suppress(OSError):
            retry_while_open(partial(file.unlink, missing_ok=True))
