"""The studio's folder: one studio at a time, for its user alone, and ids that are never paths."""

import os
import shutil
import stat
import subprocess
import sys

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio import folder as module
from ortstyle.studio.faults import NotFound
from ortstyle.studio.folder import FolderInUse, StudioFolder, default_folder
from ortstyle.studio.records import new_id

TOKEN = "t" * 43
URL = "http://127.0.0.1:8765/"


@pytest.fixture
def studio_folder(tmp_path):
    with StudioFolder(tmp_path / "studio") as made:
        yield made


def test_it_is_made_with_all_that_it_needs(tmp_path):
    with StudioFolder(tmp_path / "a" / "b") as made:
        assert made.path == (tmp_path / "a" / "b").resolve()
        for path in (made.queue, made.drafts, made.views, made.uploads):
            assert path.is_dir()
        assert made.catalogue.parent == made.workspace.parent == made.path
        assert made.free_bytes() > 0
    with StudioFolder(tmp_path / "a" / "b"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps users' folders apart by other means")
def test_others_can_neither_list_it_nor_read_how_to_get_in(studio_folder):
    studio_folder.announce(URL, TOKEN)
    for path in (studio_folder.path, studio_folder.path / "address.json"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps users' folders apart by other means")
def test_a_file_that_others_could_read_is_replaced_by_one_that_they_can_not(studio_folder):
    path = studio_folder.path / "address.json"
    path.write_text("{}")
    path.chmod(0o666)
    studio_folder.announce(URL, TOKEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_paths_are_those_of_ids(studio_folder):
    some = new_id()
    assert studio_folder.picture(some, ".jpg").name == f"{some}.jpg"
    assert studio_folder.result(some).parent.name == "results"
    assert studio_folder.curve(some).name == f"{some}.jsonl"


@pytest.mark.parametrize("text", ["", "..", "../../etc/passwd", "a" * 19 + "/", "A" * 20, None])
def test_nothing_else_becomes_a_path(studio_folder, text):
    for make in (studio_folder.result, studio_folder.curve):
        with pytest.raises(NotFound):
            make(text)
    with pytest.raises(NotFound):
        studio_folder.picture(text, ".png")


@pytest.mark.parametrize("suffix", ["", "png", "./a", ".PNG", ".png\n", "../x"])
def test_a_suffix_is_one(studio_folder, suffix):
    with pytest.raises(ValueError, match="is no suffix"):
        studio_folder.picture(new_id(), suffix)


def test_a_second_studio_is_told_of_the_first(studio_folder):
    with pytest.raises(FolderInUse, match="another studio runs on the folder") as caught:
        StudioFolder(studio_folder.path)
    assert (caught.value.url, caught.value.token) == (None, None)
    studio_folder.announce(URL, TOKEN)
    with pytest.raises(FolderInUse, match=f"at {URL}; use that one") as caught:
        StudioFolder(studio_folder.path)
    assert (caught.value.url, caught.value.token) == (URL, TOKEN)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"url": 5, "token": 5}',
        '{"url": "http://evil.example/?x", "token": "' + TOKEN + '"}',
        '{"url": "file:///etc/passwd", "token": "' + TOKEN + '"}',
        "\0" * 100,
        '{"url": "' + "a" * 10_000,
    ],
)
def test_an_address_that_is_none_is_not_told(studio_folder, text):
    (studio_folder.path / "address.json").write_text(text)
    with pytest.raises(FolderInUse) as caught:
        StudioFolder(studio_folder.path)
    assert (caught.value.url, caught.value.token) == (None, None)


def test_what_a_killed_studio_has_left_is_in_nobody_s_way(tmp_path):
    code = (
        "import pathlib, sys; from ortstyle.studio.folder import StudioFolder; "
        "held = StudioFolder(pathlib.Path(sys.argv[1])); held.announce('http://a:1/', 't' * 43); "
        "(held.uploads / 'half').write_bytes(b'half'); "
        "print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "studio"
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(FolderInUse, match="at http://a:1/"):
            StudioFolder(path)
        process.kill()
    with StudioFolder(path) as made:
        assert list(made.uploads.iterdir()) == []
        assert not (path / "address.json").exists()


def test_a_file_is_no_folder(tmp_path):
    path = tmp_path / "file"
    path.write_text("a letter")
    with pytest.raises(StudioError, match=r"can't be written .* choose another with --folder"):
        StudioFolder(path)
    assert path.read_text() == "a letter"


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the system or the superuser may write everywhere",
)
def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StudioError, match="choose another with --folder"):
            StudioFolder(tmp_path / "studio")
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_that_went_away_is_told(studio_folder, monkeypatch):
    def fail(_path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", fail)
    with pytest.raises(StudioError, match="is its disk there"):
        studio_folder.free_bytes()


def test_the_default_folder_is_the_user_s():
    assert default_folder().parts[-2:] == ("ortstyle", "studio")


def test_without_the_extra_the_line_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    with pytest.raises(StudioError, match=r'pip install "ortstyle\[studio\]"'):
        default_folder()
    assert "studio" in str(module.missing_extra())
