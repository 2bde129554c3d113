"""The room that frames take on a disk, and whether there is as much."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from ortstyle.errors import OutputError
from ortstyle.files import follow_links, reason_of
from ortstyle.memory.amounts import format_memory

_LEFT_FREE = 1 << 28  # bytes that other programs may need meanwhile
# Of the pixels' bytes that remain packed, as measured: 0.62 for a photograph of 512 pixels, 0.5 for
# a smoother one; 0.94 to 0.96 for paintings with 16 bits, whose lower ones are noise.
_SOURCE_SHARE = {8: 0.65, 16: 0.9}  # by bits
_PAINTED_SHARE = 0.95
_KEPT_PASSES = 2

#: Errors of a full disk: no space, a quota, and Windows' own.
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_WINDOWS_FULL = {39, 112}


def source_bytes(size: tuple[int, int], *, bits: int = 8) -> int:
    """Return about how many bytes a source frame takes, with 8 bits a channel or more."""
    samples = 3 * size[0] * size[1]
    return (
        round(samples * _SOURCE_SHARE[8]) if bits <= 8 else round(2 * samples * _SOURCE_SHARE[16])
    )


def painted_bytes(size: tuple[int, int], *, passes: int = 1) -> int:
    """Return about how many bytes a painted frame takes in the passes that are kept of it."""
    return min(passes, _KEPT_PASSES) * round(6 * size[0] * size[1] * _PAINTED_SHARE)


def check_room(folder: Path, needed: int) -> None:
    """Check before the work that a disk has room for a film's frames.

    Parameters
    ----------
    folder
        The film's folder, which need not exist yet.
    needed
        Bytes that are still to be written.

    Raises
    ------
    OutputError
        There is too little room, or no folder can be there.
    """
    real = follow_links(folder)
    place = next((each for each in (real, *real.parents) if each.is_dir()), real)
    try:
        free = disk_usage(place).free
    except OSError as error:
        raise OutputError(f"{folder}: its disk can't be looked at ({reason_of(error)})") from error
    if needed + _LEFT_FREE > free:
        raise OutputError(
            f"the frames of the film take about {format_memory(needed)} in {folder}, and its disk "
            f"has {format_memory(free)} free; free some space, choose another place, a smaller "
            "--size or a part with --from and --to"
        )


@contextmanager
def frame_errors(folder: Path) -> Iterator[None]:
    """Turn an error of the system while a frame is written into one line that says what to do."""
    try:
        yield
    except OSError as error:
        windows = getattr(error, "winerror", None)
        if error.errno in _FULL or windows in _WINDOWS_FULL:
            raise OutputError(
                f"the disk of {folder} is full; free some space and give the same command again, "
                "which goes on where it stopped"
            ) from error
        raise OutputError(
            f"{folder} can't be written ({reason_of(error)}); give the same command again once it "
            "can, which goes on where it stopped"
        ) from error
