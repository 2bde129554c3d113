"""A database's file: opened or made, and refused in one line if it is not ours or is damaged."""

import sqlite3
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ortstyle.errors import JobError, JobStoreFull, OrtStyleError
from ortstyle.files import reason_of
from ortstyle.special_files import is_link, special_kind

_LARGEST_VALUE = 1 << 22  # bytes
_PATIENCE = 30.0  # seconds to wait for another process's transaction


@dataclass(frozen=True, kw_only=True)
class DatabaseForm:
    """What a database is and holds.

    Attributes
    ----------
    name
        What messages call it, such as "the store of jobs".
    application, version
        Numbers in the header of the file, by which ours are known.
    schema
        Statements that make its tables and indexes, by their names.
    away
        What to do with a damaged file.
    error
        What is raised.
    full
        What is raised when the disk is full.
    since
        The version that brought a table or index, by its name; 1 for those that are missing. A file
        of an earlier version gets them when it is opened.
    """

    name: str
    application: int
    version: int
    schema: Mapping[str, str]
    away: str
    error: type[OrtStyleError]
    full: type[OrtStyleError]
    since: Mapping[str, int] = field(default_factory=dict)

    def schema_of(self, version: int) -> dict[str, str]:
        """Return the part of the schema that a version had."""
        return {
            name: sql for name, sql in self.schema.items() if self.since.get(name, 1) <= version
        }


_JOBS = DatabaseForm(
    name="the store of jobs",
    application=0x6F727473,  # "orts"
    version=1,
    schema={
        "jobs": """\
CREATE TABLE jobs (
    key TEXT PRIMARY KEY NOT NULL,
    position REAL NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    added REAL NOT NULL,
    begun REAL,
    ended REAL,
    seconds REAL,
    work REAL,
    sha256 TEXT,
    device TEXT,
    owner TEXT,
    data TEXT NOT NULL
)""",
        "jobs_by_state": "CREATE INDEX jobs_by_state ON jobs (state, position, key)",
        "jobs_by_position": "CREATE INDEX jobs_by_position ON jobs (position, key)",
        "jobs_by_owner": "CREATE INDEX jobs_by_owner ON jobs (owner) WHERE owner IS NOT NULL",
    },
    away="move it away; pictures that are done are not painted again",
    error=JobError,
    full=JobStoreFull,
)


class StoreFile:
    """The file of a database, open; a context manager.

    Parameters
    ----------
    path
        The file. It and its folder are made if they are missing.
    form
        What the database is; the store of jobs unless it is given.
    one_thread
        Whether only the thread that has opened it may use it. Otherwise the caller lets one thread
        in at a time.

    Raises
    ------
    JobError
        Or what `form` says, from every method: the file is not such a database, is damaged or of a
        newer version, or can't be written.
    """

    def __init__(self, path: Path, *, form: DatabaseForm = _JOBS, one_thread: bool = True) -> None:
        self.path, self._form = path, form
        self._connection = _open(path, form, one_thread=one_thread)

    def close(self) -> None:
        """Close the file; closing it again does nothing."""
        with _store_errors(self.path, self._form):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do what is inside as a whole or not at all, while no other process writes.

        A transaction inside another one is a part of it.
        """
        with _store_errors(self.path, self._form):
            if self._connection.in_transaction:
                yield
            else:
                with _transaction(self._connection):
                    yield

    def check(self) -> None:
        """Look for damage in the whole file."""
        ((found,),) = self.read("PRAGMA integrity_check(1)")
        if found != "ok":
            form = self._form
            raise form.error(f"{form.name} {self.path} is damaged; {form.away}")

    def read(self, query: str, *values: Any) -> Generator[tuple[Any, ...], None, None]:
        """Yield the rows of a query; a caller that leaves some unread closes the iterator."""
        with _store_errors(self.path, self._form):
            cursor = self._connection.execute(query, values)
            try:
                yield from cursor
            finally:
                cursor.close()

    def write(self, statement: str, *values: Any) -> int:
        """Execute a statement inside a transaction; return how many rows it has changed."""
        return self._connection.execute(statement, values).rowcount


def _open(path: Path, form: DatabaseForm, *, one_thread: bool) -> sqlite3.Connection:
    """Return a connection in autocommit mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise form.error(
            f"folder {path.parent} can't be made ({reason_of(error)}); choose another place"
        ) from error
    # A link that a stranger has left would make a file elsewhere, and a pipe is waited for.
    kind = "a link" if is_link(path) else special_kind(path)
    if kind or path.is_dir():
        raise form.error(f"{form.name} {path} is {kind or 'a folder'}; move it away")
    with _store_errors(path, form):
        connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=one_thread
        )
        try:
            _prepare(connection, path, form)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _store_errors(path: Path, form: DatabaseForm) -> Iterator[None]:
    """Turn any error of SQLite raised inside into an error of one line."""
    try:
        yield
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF  # the module's own have none
        advice = form.away if code in _DAMAGED else _ADVICE.get(code, _DISK)
        kind = form.full if code == sqlite3.SQLITE_FULL else form.error
        raise kind(f"{form.name} {path}: {reason_of(error)}; {advice}") from error


_DISK = "check the disk and its free space, or choose another place"
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG)
_ADVICE = {
    sqlite3.SQLITE_FULL: "free some space on the disk",
    sqlite3.SQLITE_READONLY: "make its folder writable, or choose another place",
    sqlite3.SQLITE_CANTOPEN: "make its folder writable, or choose another place",
    sqlite3.SQLITE_PERM: "make its folder writable, or choose another place",
    sqlite3.SQLITE_BUSY: "another program keeps it locked; end that, and try again",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked; end that, and try again",
}


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do what is inside as a whole or not at all, while no other process writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself has rolled some errors back
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: sqlite3.Connection, path: Path, form: DatabaseForm) -> None:
    # The file may come from a stranger.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
    if _missing(connection, path, form):
        with _transaction(connection):
            missing = _missing(connection, path, form)  # another process may have made it meanwhile
            for statement in missing:
                connection.execute(statement)
            if missing:
                connection.execute(f"PRAGMA application_id = {form.application}")
                connection.execute(f"PRAGMA user_version = {form.version}")
    # After a power cut the last transactions may be lost: what they said is found out again.
    logged = _write_ahead(connection)
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if logged else 'FULL'}")


def _missing(connection: sqlite3.Connection, path: Path, form: DatabaseForm) -> list[str]:
    """Return the statements that a file still needs, all of them if it is empty.

    Raises
    ------
    JobError
        Or what the form says: it is not a file of this form, or of a newer version.
    """
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version")
    )
    made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    found = dict(made.fetchmany(len(form.schema) + 1))
    if not (found or application or version):
        return list(form.schema.values())
    if application != form.application:
        raise form.error(f"{path} is a database of another program; move it away")
    if version > form.version:
        raise form.error(
            f"{form.name} {path} was made by a newer version of ortstyle; upgrade this one"
        )
    known = form.schema_of(version)
    if version < 1 or found != known:
        raise form.error(f"{form.name} {path} is damaged; {form.away}")
    return [statement for name, statement in form.schema.items() if name not in known]


def _write_ahead(connection: sqlite3.Connection) -> bool:
    """Switch the write-ahead log on; return whether the file system can do it.

    It needs shared memory, which network file systems lack. SQLite does not wait by itself for
    other processes that use the file in the other mode.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                connection.execute("PRAGMA journal_mode = TRUNCATE").fetchone()
                return False
            time.sleep(0.01)
        else:
            return str(mode) == "wal"
