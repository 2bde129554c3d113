"""The folder of a site: other files are safe, half a site is seen, an old one is replaced."""

import errno
import json
import os

import pytest

from ortstyle.errors import SiteError
from ortstyle.web import site_folder
from ortstyle.web.site_folder import RECORD, check_folder, write_folder

FILES = {"index.html": b"<h1>", "app/main.js": b"main", "graphs/loss-48.json.gz": b"\x1f\x8b"}


def write(folder, files=FILES, version="1"):
    record = {"ortstyle": "0.1.0", "version": version, "files": dict.fromkeys(files)}
    write_folder(folder, files, record)


def content(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    found.pop(RECORD, None)
    return found


def record(folder):
    return json.loads((folder / RECORD).read_text("utf-8"))


def refusal(action, *arguments):
    with pytest.raises(SiteError) as caught:
        action(*arguments)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def test_a_new_folder_is_made(tmp_path):
    write(tmp_path / "new" / "folder")
    assert content(tmp_path / "new" / "folder") == FILES
    assert record(tmp_path / "new" / "folder")["version"] == "1"


def test_an_empty_folder_and_one_of_a_repository_are_taken(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_bytes(b"ref")
    write(tmp_path)
    assert content(tmp_path) == FILES | {".git/HEAD": b"ref"}


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_bytes(b"mine")
    assert "other files, such as letter.txt" in refusal(write, tmp_path)
    assert content(tmp_path) == {"letter.txt": b"mine"}
    assert "is a file" in refusal(check_folder, tmp_path / "letter.txt")


def test_an_earlier_site_is_replaced_and_what_it_had_besides_is_removed(tmp_path):
    write(tmp_path)
    assert check_folder(tmp_path) == set(FILES)
    later = {"index.html": b"<h2>", "app/other.js": b"other"}
    write(tmp_path, later, "2")
    assert content(tmp_path) == later
    assert not (tmp_path / "graphs").exists()


def test_files_that_were_added_to_a_site_are_left(tmp_path):
    write(tmp_path)
    (tmp_path / "CNAME").write_bytes(b"example.com")
    (tmp_path / "graphs" / "notes.txt").write_bytes(b"mine")
    write(tmp_path, {"index.html": b"<h2>"}, "2")
    kept = {"CNAME": b"example.com", "graphs/notes.txt": b"mine"}
    assert content(tmp_path) == {"index.html": b"<h2>"} | kept


def test_a_file_that_was_added_is_not_written_over(tmp_path):
    write(tmp_path, {"index.html": b""})
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.js").write_bytes(b"mine")
    assert "is not of the site" in refusal(write, tmp_path)
    assert (tmp_path / "app" / "main.js").read_bytes() == b"mine"


def test_files_that_are_the_same_are_left_as_they_are(tmp_path):
    write(tmp_path)
    os.utime(tmp_path / "index.html", (1, 1))
    os.utime(tmp_path / "app" / "main.js", (1, 1))
    write(tmp_path, FILES | {"app/main.js": b"MAIN"}, "2")
    assert (tmp_path / "index.html").stat().st_mtime == 1
    assert (tmp_path / "app" / "main.js").stat().st_mtime != 1


@pytest.mark.parametrize("written", range(len(FILES)))
def test_a_write_that_was_interrupted_is_seen_and_can_be_repeated(tmp_path, monkeypatch, written):
    write(tmp_path, {"old.js": b"old", "index.html": b"old"})
    real, done = site_folder.write_atomically, []

    def fail(path, action):
        if path.name != RECORD:
            if len(done) == written:
                raise KeyboardInterrupt
            done.append(path)
        real(path, action)

    monkeypatch.setattr(site_folder, "write_atomically", fail)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, FILES, "2")
    assert record(tmp_path)["version"] is None
    monkeypatch.undo()
    write(tmp_path, FILES, "2")
    assert content(tmp_path) == FILES
    assert record(tmp_path)["version"] == "2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"files": {"a": null}}',
        '{"files": {"../a": null}, "ortstyle": "0.1.0"}',
        '{"files": {"/a": null}, "ortstyle": "0.1.0"}',
        '{"files": {"a//b": null}, "ortstyle": "0.1.0"}',
        '{"files": {".git/config": null}, "ortstyle": "0.1.0"}',
        '{"files": {"C:a": null}, "ortstyle": "0.1.0"}',
        '{"files": {"a\\\\b": null}, "ortstyle": "0.1.0"}',
        '{"files": {"": null}, "ortstyle": "0.1.0"}',
        '{"files": 3, "ortstyle": "0.1.0"}',
        '{"files": [[1]], "ortstyle": "0.1.0"}',
        "[" * 100_000,
    ],
)
def test_a_list_that_is_of_no_site_or_leads_elsewhere_is_refused(tmp_path, text):
    (tmp_path / RECORD).write_text(text, "utf-8")
    assert "is of no site of ours" in refusal(write, tmp_path)
    assert (tmp_path / RECORD).read_text("utf-8") == text


def test_a_folder_that_became_a_link_is_refused(tmp_path):
    folder, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    write(folder)
    elsewhere.mkdir()
    (folder / "app" / "main.js").rename(elsewhere / "main.js")
    (folder / "app").rmdir()
    try:
        (folder / "app").symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links for this user")
    if not (folder / "app").is_symlink():
        pytest.skip("this system, such as Wine, does not tell links from folders")
    assert "is a link" in refusal(write, folder, FILES | {"app/main.js": b"new"})
    assert (elsewhere / "main.js").read_bytes() == b"main"


def test_a_file_that_became_a_link_is_replaced_not_followed(tmp_path):
    folder, elsewhere = tmp_path / "site", tmp_path / "mine.html"
    write(folder)
    elsewhere.write_bytes(b"mine")
    (folder / "index.html").unlink()
    try:
        (folder / "index.html").symlink_to(elsewhere)
    except OSError:
        pytest.skip("this system makes no links for this user")
    write(folder)
    assert elsewhere.read_bytes() == b"mine"
    assert (folder / "index.html").read_bytes() == b"<h1>"


def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert "can't be written" in refusal(write, tmp_path / "file" / "folder")


@pytest.mark.parametrize("name", [".", "new", "new/folder"])
def test_a_folder_is_checked_before_and_left_as_it_is(tmp_path, monkeypatch, name):
    check_folder(tmp_path / name)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(site_folder, "try_writing", fail_to_write)
    assert "can't be written (Read-only" in refusal(check_folder, tmp_path / name)


def fail_to_write(*_):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))
