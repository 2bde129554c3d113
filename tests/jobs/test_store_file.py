"""The file of the store: made, and refused in one line where it is not ours or can't be used."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from commands import names

from ortstyle.errors import JobError, JobStoreFull
from ortstyle.jobs import store_file
from ortstyle.jobs.store_file import StoreFile

INSERT = (
    "INSERT INTO jobs (key, position, state, attempts, added, data) "
    "VALUES (?, 1, 'waiting', 0, 0, ?)"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs.sqlite"


def refusal(path):
    with pytest.raises(JobError) as raised:
        StoreFile(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def clear(path):
    with StoreFile(path) as file, file.transaction():
        file.write("DELETE FROM jobs")


def fill(file, *, size=0, count=1):
    for number in range(count):
        file.write(INSERT, str(number), "x" * size)


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_the_folder_is_made_and_only_the_file_stays(tmp_path):
    path = tmp_path / "a" / ".ortstyle" / "jobs.sqlite"
    for _ in range(2):
        StoreFile(path).close()
        assert names(path.parent) == ["jobs.sqlite"]


def test_it_may_be_closed_twice(path):
    file = StoreFile(path)
    file.close()
    file.close()
    with pytest.raises(JobError, match="closed database"):
        list(file.read("SELECT 1"))


def test_an_empty_file_is_a_new_store(path):
    path.touch()
    StoreFile(path).close()
    StoreFile(path).close()


def test_a_file_that_is_no_database(path):
    path.write_bytes(b"a letter, which is long enough for the header of a database" * 20)
    before = path.read_bytes()
    assert "file is not a database; move it away" in refusal(path)
    assert path.read_bytes() == before


def test_the_database_of_another_program(path):
    change(path, "CREATE TABLE bookmarks (name TEXT)")
    before = path.read_bytes()
    assert "is a database of another program; move it away" in refusal(path)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version(path):
    StoreFile(path).close()
    change(path, "PRAGMA user_version = 2")
    assert "made by a newer version of ortstyle; upgrade" in refusal(path)


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version = 0",
        "DROP TABLE jobs",
        "CREATE TRIGGER t AFTER UPDATE ON jobs BEGIN DELETE FROM jobs; END",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE jobs ADD COLUMN more TEXT",
        "DROP INDEX jobs_by_state",
    ],
)
def test_a_store_of_another_form(path, statement):
    StoreFile(path).close()
    change(path, statement)
    assert "is damaged; move it away" in refusal(path)


def test_a_store_with_damaged_bytes(path):
    StoreFile(path).close()
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\xff" * 4096  # the page of the table
    path.write_bytes(data)
    with (
        pytest.raises(JobError, match=r"malformed; move it away") as raised,
        StoreFile(path) as file,
    ):
        list(file.read("SELECT * FROM jobs"))
    assert "\n" not in str(raised.value)


def test_an_index_that_lacks_rows_is_found(path):
    """A job that an index alone lists as waiting would be claimed for ever."""
    with StoreFile(path) as file:
        file.check()
    editable = "PRAGMA writable_schema = ON"
    with closing(sqlite3.connect(path)) as connection:
        index = "SELECT * FROM sqlite_master WHERE name = 'jobs_by_state'"
        (kept,) = connection.execute(index).fetchall()
    change(path, editable, "DELETE FROM sqlite_master WHERE name = 'jobs_by_state'")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(INSERT, ("0", ""))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(editable)
        connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", kept)
    with StoreFile(path) as file, pytest.raises(JobError, match="is damaged; move it away"):
        file.check()


def test_a_file_that_was_cut_off(path):
    StoreFile(path).close()
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(JobError), StoreFile(path) as file:
        list(file.read("SELECT * FROM jobs ORDER BY position"))


def test_a_folder_in_its_place(path):
    path.mkdir()
    assert "is a folder; move it away" in refusal(path)


@pytest.mark.skipif(os.name == "nt", reason="only some may make links on Windows")
def test_a_link_in_its_place(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    assert "is a link" in refusal(path)
    assert names(tmp_path) == ["jobs.sqlite"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_in_its_place(path):
    os.mkfifo(path)
    assert "is a pipe" in refusal(path)


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "file").touch()
    assert "can't be made" in refusal(tmp_path / "file" / "jobs.sqlite")


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="the mode holds nobody back here"
)
@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_that_is_read_only(path, tmp_path, exists):
    if exists:
        StoreFile(path).close()
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(JobError, match="make its folder writable"):
            clear(path)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_that_is_write_protected(path):
    if getattr(os, "geteuid", int)() == 0:
        pytest.skip("the mode does not hold root back")
    StoreFile(path).close()
    path.chmod(0o400)
    with pytest.raises(JobError, match="make its folder writable"):
        clear(path)
    path.chmod(0o600)


def test_a_full_disk_is_told_and_changes_nothing(path):
    with StoreFile(path) as file:
        file._connection.execute("PRAGMA max_page_count = 8")
        with pytest.raises(JobStoreFull, match="disk is full; free some space"), file.transaction():
            fill(file, size=4000, count=100)
        assert list(file.read("SELECT count(*) FROM jobs")) == [(0,)]
        with file.transaction():
            assert file.write("DELETE FROM jobs") == 0


def test_another_error_rolls_back(path):
    with StoreFile(path) as file:
        with pytest.raises(ZeroDivisionError), file.transaction():
            [fill(file), 1 / 0]
        assert list(file.read("SELECT count(*) FROM jobs")) == [(0,)]


def test_a_value_that_is_too_large_is_refused(path):
    with StoreFile(path) as file, pytest.raises(JobError, match="too big"):
        list(file.read("SELECT zeroblob(1 << 25)"))


def test_another_program_that_keeps_it_locked_is_told(path, monkeypatch):
    monkeypatch.setattr(store_file, "_PATIENCE", 0.05)
    with (
        StoreFile(path) as file,
        file.transaction(),
        pytest.raises(JobError, match="locked; another program keeps it"),
    ):
        clear(path)


class WithoutSharedMemory(sqlite3.Connection):
    """A connection to a file on a network, for which SQLite has no write-ahead log."""

    def execute(self, statement, *values):
        if "WAL" in statement:
            error = sqlite3.OperationalError("locking protocol")
            error.sqlite_errorcode = sqlite3.SQLITE_PROTOCOL
            raise error
        return super().execute(statement, *values)


def test_a_file_system_without_shared_memory_has_another_journal(path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(
        store_file.sqlite3,
        "connect",
        lambda *args, **options: connect(*args, factory=WithoutSharedMemory, **options),
    )
    with StoreFile(path) as file:
        assert list(file.read("PRAGMA journal_mode")) == [("truncate",)]
        assert list(file.read("PRAGMA synchronous")) == [(2,)]
        with file.transaction():
            assert file.write("DELETE FROM jobs") == 0


def test_the_write_ahead_log_is_on(path):
    with StoreFile(path) as file:
        assert list(file.read("PRAGMA journal_mode")) == [("wal",)]
        assert list(file.read("PRAGMA synchronous")) == [(1,)]


def test_processes_that_make_it_at_once_agree(path):
    code = (
        "import sys; from pathlib import Path; from ortstyle.jobs.store_file import StoreFile\n"
        "sys.stdin.readline()\n"
        "for _ in range(20): StoreFile(Path(sys.argv[1])).close()"
    )
    command = [sys.executable, "-c", code, str(path)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    StoreFile(path).close()
