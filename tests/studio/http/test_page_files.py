"""The page's files are read once and found by their names only."""

import pytest

from ortstyle.studio.http.page_files import page_files


@pytest.fixture
def folder(tmp_path):
    page = tmp_path / "page"
    (page / "js").mkdir(parents=True)
    (page / "index.html").write_text("<p>", "utf-8")
    (page / "js" / "main.js").write_text("1", "utf-8")
    (page / "js" / "notes.txt").write_text("no", "utf-8")
    (page / ".hidden").write_text("no", "utf-8")
    (tmp_path / "secret.js").write_text("no", "utf-8")
    return page


def test_files_have_names_types_and_tags(folder):
    files = page_files(folder)
    assert sorted(files) == ["index.html", "js/main.js"]
    assert files["js/main.js"].data == b"1"
    assert files["js/main.js"].media_type == "text/javascript; charset=utf-8"
    assert files["index.html"].media_type == "text/html; charset=utf-8"
    assert files["index.html"].tag != files["js/main.js"].tag


def test_the_system_s_table_of_types_is_not_asked(folder, monkeypatch):
    monkeypatch.setattr("mimetypes.guess_type", lambda *_, **__: ("text/plain", None))
    assert page_files(folder)["js/main.js"].media_type.startswith("text/javascript")


def test_a_tag_changes_with_the_content(folder):
    before = page_files(folder)["js/main.js"].tag
    (folder / "js" / "main.js").write_text("2", "utf-8")
    assert page_files(folder)["js/main.js"].tag != before


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert page_files(tmp_path / "none") == {}


def test_the_package_has_a_page_of_known_kinds():
    from importlib.resources import files

    page = files("ortstyle.studio") / "page"
    found = page_files()
    assert "index.html" in found
    assert {entry.name for entry in page.iterdir() if entry.is_file()} <= found.keys()
