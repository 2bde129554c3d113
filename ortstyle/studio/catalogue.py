"""The catalogue of pictures and paintings, in an SQLite file; any thread may use it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Self, TypeVar

from ortstyle.errors import StudioError
from ortstyle.jobs.store_file import DatabaseForm, StoreFile
from ortstyle.studio.catalogue_rows import (
    PAINTING_COLUMNS,
    PICTURE_COLUMNS,
    film_values,
    painting_from,
    painting_values,
    picture_from,
    picture_values,
)
from ortstyle.studio.faults import Conflict, NoSpace, NotFound, disk_full
from ortstyle.studio.records import Kind, Painting, Picture, Role, is_id

_FORM = DatabaseForm(
    name="the catalogue of the studio",
    application=0x6F727474,  # "ortt"
    version=2,
    schema={
        "pictures": """\
CREATE TABLE pictures (
    number INTEGER PRIMARY KEY,
    id TEXT UNIQUE NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    suffix TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    added REAL NOT NULL,
    UNIQUE (sha256, role)
)""",
        "films": """\
CREATE TABLE films (
    picture TEXT PRIMARY KEY NOT NULL,
    data TEXT NOT NULL
)""",
        "paintings": """\
CREATE TABLE paintings (
    number INTEGER PRIMARY KEY,
    id TEXT UNIQUE NOT NULL,
    key TEXT UNIQUE NOT NULL,
    kind TEXT NOT NULL,
    created REAL NOT NULL,
    "order" TEXT NOT NULL,
    title TEXT NOT NULL,
    "group" TEXT,
    parent TEXT,
    result TEXT NOT NULL
)""",
        "uses": """\
CREATE TABLE uses (
    picture TEXT NOT NULL,
    painting TEXT NOT NULL,
    PRIMARY KEY (picture, painting)
)""",
        "paintings_by_kind": "CREATE INDEX paintings_by_kind ON paintings (kind, number)",
        "uses_by_painting": "CREATE INDEX uses_by_painting ON uses (painting)",
    },
    away="move it away; the pictures and paintings beside it stay",
    error=StudioError,
    full=NoSpace,
    since={"films": 2},
)
_T = TypeVar("_T")
_PICTURE = (
    f"SELECT {', '.join(PICTURE_COLUMNS)}, data FROM pictures"  # noqa: S608  our own names
    " LEFT JOIN films ON films.picture = pictures.id"
)
_PAINTING = f"SELECT {', '.join(PAINTING_COLUMNS)} FROM paintings"  # noqa: S608  the same


class Catalogue:
    """What the studio remembers of pictures and paintings; a context manager.

    Parameters
    ----------
    path
        The file. It and its folder are made if they are missing.

    Raises
    ------
    StudioError
        From every method: the file is no catalogue, is damaged or of a newer version, or can't be
        written; `NoSpace` if the disk is full.
    NotFound
        From every method that is given an id: there is none such.
    """

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._file = StoreFile(path, form=_FORM, one_thread=False)

    def close(self) -> None:
        """Close the file; closing it again does nothing."""
        with self._lock:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_picture(self, picture: Picture) -> Picture:
        """Add a picture, unless its bytes are there in its role; return the one that is kept."""
        with self._changes():
            if kept := self.find_picture(picture.sha256, picture.role):
                return kept
            self._insert("pictures", PICTURE_COLUMNS, picture_values(picture))
            if data := film_values(picture):
                self._insert("films", ("picture", "data"), (picture.id, data))
            return picture

    def picture(self, picture_id: str) -> Picture:
        """Return the picture of an id."""
        return _only(self._pictures(f"{_PICTURE} WHERE id = ?", _known(picture_id)), "picture")

    def pictures(self, role: Role | None = None) -> Sequence[Picture]:
        """List the pictures that were sent for a role, or all; the newest first."""
        among, values = ("WHERE role = ?", (role,)) if role else ("", ())
        return self._pictures(f"{_PICTURE} {among} ORDER BY number DESC", *values)

    def find_picture(self, sha256: str, role: Role) -> Picture | None:
        """Return the picture of a role that has some bytes; None if there is none."""
        found = self._pictures(f"{_PICTURE} WHERE sha256 = ? AND role = ?", sha256, role)
        return found[0] if found else None

    def remove_picture(self, picture_id: str) -> None:
        """Remove a picture. Whether a painting still needs it is for the caller to know."""
        with self._changes():
            self._remove("pictures", picture_id)
            self._file.write("DELETE FROM films WHERE picture = ?", picture_id)

    def users_of(self, picture_id: str) -> Sequence[str]:
        """List the ids of the paintings that were ordered with a picture, the oldest first."""
        query = "SELECT painting FROM uses WHERE picture = ? ORDER BY rowid"
        return [painting for (painting,) in self._read(query, _known(picture_id))]

    def used_pictures(self) -> frozenset[str]:
        """Return the ids of all pictures with which paintings were ordered."""
        return frozenset(id_ for (id_,) in self._read("SELECT DISTINCT picture FROM uses"))

    def add_paintings(self, paintings: Iterable[Painting]) -> None:
        """Add paintings, all of them or none.

        Raises
        ------
        NotFound
            A picture that one was ordered with is gone.
        Conflict
            One has been added before, or one with its job.
        """
        with self._changes():
            for painting in paintings:
                known = "SELECT 1 FROM paintings WHERE id = ? OR key = ?"
                if self._read(known, painting.id, painting.key):
                    raise Conflict("This painting has been ordered already.")
                self._insert("paintings", PAINTING_COLUMNS, painting_values(painting))
                for used in dict.fromkeys(_pictures_in(painting.order)):
                    self.picture(used)
                    self._insert("uses", ("picture", "painting"), (used, painting.id))

    def painting(self, painting_id: str) -> Painting:
        """Return the painting of an id."""
        return _only(self._paintings(f"{_PAINTING} WHERE id = ?", _known(painting_id)), "painting")

    def painting_of(self, key: str) -> Painting | None:
        """Return the painting whose job has a key; None if there is none."""
        found = self._paintings(f"{_PAINTING} WHERE key = ?", key)
        return found[0] if found else None

    def paintings(
        self, *, before: str | None = None, limit: int = 50, kind: Kind | None = None
    ) -> Sequence[Painting]:
        """List paintings, the newest first.

        Parameters
        ----------
        before
            The id of a painting, older than which they are; None to begin with the newest.
        limit
            How many there are at most.
        kind
            Their kind; None for all.
        """
        conditions, values = ["true"], list[Any]()
        with self._lock:
            if before is not None:
                conditions.append("number < ?")
                query = "SELECT number FROM paintings WHERE id = ?"
                values += _only(self._read(query, _known(before)), "painting")
            if kind is not None:
                conditions.append("kind = ?")
                values.append(kind)
            among = f"WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ?"
            return self._paintings(f"{_PAINTING} {among}", *values, limit)

    def set_result(self, painting_id: str, result: Mapping[str, Any]) -> None:
        """Keep what is known of a painting's result; see `Painting.result`."""
        with self._changes():
            statement = "UPDATE paintings SET result = ? WHERE id = ?"
            if not self._file.write(statement, json.dumps(dict(result)), _known(painting_id)):
                raise _missing("painting")

    def remove_painting(self, painting_id: str) -> None:
        """Remove a painting; its pictures stay."""
        with self._changes():
            self._remove("paintings", painting_id)
            self._file.write("DELETE FROM uses WHERE painting = ?", painting_id)

    @contextmanager
    def _changes(self) -> Iterator[None]:
        """Do what is inside as a whole or not at all, while no other thread writes."""
        try:
            with self._lock, self._file.transaction():
                yield
        except NoSpace as error:  # which names the file, of no use on a page
            raise disk_full() from error

    def _pictures(self, query: str, *values: Any) -> Sequence[Picture]:
        return [picture_from(row) for row in self._read(query, *values)]

    def _paintings(self, query: str, *values: Any) -> Sequence[Painting]:
        return [painting_from(row) for row in self._read(query, *values)]

    def _read(self, query: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        with self._lock:
            return list(self._file.read(query, *values))

    def _insert(self, table: str, columns: Sequence[str], values: Sequence[Any]) -> None:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        self._file.write(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values)  # noqa: S608

    def _remove(self, table: str, found: str) -> None:
        statement = f"DELETE FROM {table} WHERE id = ?"  # noqa: S608  our own names
        if not self._file.write(statement, _known(found)):
            raise _missing(table.removesuffix("s"))


def _known(found: str) -> str:
    """Return what may be an id; for anything else an id that nothing has."""
    return found if is_id(found) else ""


def _only(found: Sequence[_T], what: str) -> _T:
    if not found:
        raise _missing(what)
    return found[0]


def _missing(what: str) -> NotFound:
    return NotFound(f"This {what} is not there any more.")


def _pictures_in(order: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the pictures that an order names; see `order.Order`."""
    yield order["photograph"]
    for style in order["paintings"]:
        yield style["picture"]
        if mask := style.get("mask"):
            yield mask
    if start := order.get("start"):
        yield start
