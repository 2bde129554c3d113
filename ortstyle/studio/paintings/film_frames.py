"""The frames of a film that is being painted, as its worker keeps them: only looked at here.

The worker has locked the folder, and adds and removes files meanwhile; each is there as a whole.
"""

import json
import re
from fractions import Fraction
from pathlib import Path

from ortstyle.studio.faults import NotFound

_FRAME = re.compile(r"([0-9]{7,})\.png", re.ASCII)
_TIME = re.compile(r"(-?[0-9]{1,30})/([0-9]{1,30})", re.ASCII)
_MOST_BYTES = 64 << 20  # of the list of times


def painted_frame(folder: Path, at: float) -> Path:
    """Return the file of the last painted frame that is not after a moment.

    Parameters
    ----------
    folder
        The folder of the film; see `video.frames.film_folder`.
    at
        Seconds from the film's first frame.

    Raises
    ------
    NotFound
        No frame is painted yet, or the film is not being painted any more.
    """
    wanted = _index_at(_times(folder), at)
    found = _painted(folder)
    earlier = [index for index in found if index <= wanted]
    if not found:
        raise NotFound("No frame is painted yet.")
    return found[max(earlier) if earlier else min(found)]


def _times(folder: Path) -> list[Fraction]:
    """Return the times of the frames that were read so far."""
    try:
        with (folder / "frames.jsonl").open("rb") as file:
            lines = file.read(_MOST_BYTES).splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            text = json.loads(line)
        except (ValueError, RecursionError):  # the last one is being written
            break
        match = _TIME.fullmatch(text[0]) if isinstance(text, list) and text else None
        if match is None or not int(match[2]):
            break
        found.append(Fraction(int(match[1]), int(match[2])))
    return found


def _index_at(times: list[Fraction], at: float) -> int:
    """Return the number of the frame that is seen at a moment; 0 before the first one is known."""
    if not times:
        return 0
    moment = times[0] + Fraction(at).limit_denominator(10**6) + Fraction(1, 2000)
    return max(0, sum(time <= moment for time in times) - 1)


def _painted(folder: Path) -> dict[int, Path]:
    """Return the files of painted frames by number, each of its latest pass."""
    found = dict[int, Path]()
    passes = [path for path in _in(folder / "painted") if path.name.isdecimal()]
    for path in sorted(passes, key=lambda path: int(path.name)):
        for file in _in(path):
            if match := _FRAME.fullmatch(file.name):
                found[int(match[1])] = file
    return found


def _in(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
