"""What a studio does first: catalogue, queues and files agree again, also after a power cut.

Each step of the studio leaves a state that can be told from the others: an order is in the
catalogue before its jobs are in a queue, and leaves the catalogue first when it is removed; a file
of a picture is complete before the catalogue names it, and a result before its job is done.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.row import Row, State
from ortstyle.studio.paintings.listener import is_unknown, keep_result
from ortstyle.studio.paintings.ordered_paintings import OrderedPaintings
from ortstyle.studio.records import is_id

_LEARNT = 100  # paintings from which it is learnt again how long one takes
_TEMPORARY = re.compile(r"\.ortstyle-([0-9a-f]{16})\.\w+")  # see `jobs.done.temporary_name`


def make_consistent(ordered: OrderedPaintings) -> None:
    """Make catalogue, queues and files agree; to be called before a page asks for anything."""
    keys = _mend_rows(ordered)
    ids = set[str]()
    done: list[tuple[str | None, Row]] = []
    for painting, row in ordered.each_painting():
        ids.add(painting.id)
        if row is None and not painting.result:
            with suppress(OrtStyleError):  # it says so itself: it has failed
                ordered.add_again(painting)
        elif row and is_unknown(painting, row):
            keep_result(ordered, painting, {})
        if row and row.state is State.DONE and len(done) < _LEARNT:
            done.append((painting.result.get("device"), row))
    for device, row in reversed(done):  # the newest last
        ordered.times.learn(row, device=device)
    _mend_pictures(ordered)
    _remove_others(ordered.folder.path / "results", lambda path: _is_known(path, ids, keys))
    _remove_others(ordered.folder.path / "curves", lambda path: path.stem in ids)


def _mend_rows(ordered: OrderedPaintings) -> set[str]:
    """Remove jobs of paintings that are no longer in the catalogue; return the keys of others."""
    keys = set[str]()
    for kind, queue in ordered.queues.items():
        for row in queue.rows(tuple(State)):
            if ordered.catalogue.painting_of(row.key):
                keys.add(row.key)
            else:
                ordered.discard(kind, row.key)
    return keys


def _mend_pictures(ordered: OrderedPaintings) -> None:
    """Forget pictures whose files are gone, unless paintings wait for them; remove other files."""
    names = set[str]()
    for picture in ordered.catalogue.pictures():
        path = ordered.folder.picture(picture.id, picture.suffix)
        names.add(path.name)
        if not path.is_file() and not ordered.is_needed(picture.id):
            ordered.catalogue.remove_picture(picture.id)
    _remove_others(ordered.folder.path / "pictures", lambda path: path.name in names)


def _is_known(path: Path, ids: set[str], keys: set[str]) -> bool:
    """Return whether a file is a result, or one that a worker may be writing."""
    found = _TEMPORARY.fullmatch(path.name)
    return found[1] in keys if found else path.stem in ids


def _remove_others(folder: Path, is_known: Callable[[Path], bool]) -> None:
    """Remove the files of the studio in a folder that belong to nothing; others are left alone."""
    for path in _files_in(folder):
        is_ours = is_id(path.stem) or path.name.startswith(".ortstyle-")
        if is_ours and not is_known(path):
            with suppress(OSError):
                path.unlink()


def _files_in(folder: Path) -> Iterable[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
    except OSError:
        return []
