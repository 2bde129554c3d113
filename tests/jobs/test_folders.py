"""Names on a command line as pictures: folders, patterns, links, and what is left out."""

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from ortstyle.jobs.folders import FoundPicture, find_pictures


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Change to a folder with pictures in folders, and other files."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("photos/b.JPG", "photos/a.png", "photos/notes.txt", "photos/.hidden.png"),
        *("photos/sub/c.jpg", "photos/sub/deep/d.tif", "photos/.cache/e.png", "one [x].jpg"),
        *("photos/out/a-s.png", "photos/out/sub/c-s.png", "empty/readme.md", "photos/x[1]/f.png"),
    ):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def paths(*names, **options):
    return [picture.path.as_posix() for picture in find_pictures(names, **options).pictures]


def test_a_folder_stands_for_the_pictures_in_it(tree):
    assert paths("photos") == ["photos/a.png", "photos/b.JPG"]


def test_folders_within_it_are_searched_if_asked_for(tree):
    found = find_pictures(["photos"], recursive=True, results=Path("photos/out"))
    assert found.pictures == [
        FoundPicture(Path("photos/a.png"), PurePosixPath()),
        FoundPicture(Path("photos/b.JPG"), PurePosixPath()),
        FoundPicture(Path("photos/sub/c.jpg"), PurePosixPath("sub")),
        FoundPicture(Path("photos/sub/deep/d.tif"), PurePosixPath("sub/deep")),
        FoundPicture(Path("photos/x[1]/f.png"), PurePosixPath("x[1]")),
    ]
    assert found.problems == found.notices == []
    assert found.roots == [Path("photos")]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("photos/*.png", ["photos/a.png"]),
        ("photos/[a-b].*", ["photos/a.png", "photos/b.JPG"]),
        ("photos/*", ["photos/a.png", "photos/b.JPG"]),
        ("photos/*/*.jpg", ["photos/sub/c.jpg"]),
        ("photos/*/*/?.tif", ["photos/sub/deep/d.tif"]),
        ("photos/**/c.*", ["photos/sub/c.jpg"]),
        ("photos/**/**/deep/**/*.tif", ["photos/sub/deep/d.tif"]),
        ("photos/sub/**", ["photos/sub/c.jpg", "photos/sub/deep/d.tif"]),
        ("ph*/x[1]/*.png", ["photos/x[1]/f.png"]),
    ],
)
def test_patterns(tree, pattern, found):
    assert paths(pattern) == found


def test_patterns_are_mirrored_from_their_first_wildcard(tree):
    (found,) = find_pictures(["photos/*/*.jpg"]).pictures
    assert found.folder == PurePosixPath("sub")


def test_a_name_that_exists_is_no_pattern(tree):
    assert paths("one [x].jpg") == ["one [x].jpg"]
    assert paths("photos/x[1]") == ["photos/x[1]/f.png"]
    assert paths("photos/x[1]/*.png") == ["photos/x[1]/f.png"]


def test_a_file_that_is_named_is_taken_whatever_it_is(tree):
    named = ["photos/notes.txt", "photos/.hidden.png", "missing.jpg", "photos/out/a-s.png"]
    found = find_pictures(named, results=Path("photos/out"))
    assert [picture.path.as_posix() for picture in found.pictures] == named
    assert found.problems == []


def test_a_picture_that_is_named_twice_is_taken_once(tree):
    names = ["photos/a.png", "photos", "./photos/../photos/a.png", str(tree / "photos" / "b.JPG")]
    assert paths(*names) == ["photos/a.png", "photos/b.JPG", "photos/../photos/a.png"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("empty", "no pictures in empty, but other files, such as readme.md"),
        ("photos/*.gif", "no pictures match photos/*.gif, but other files, such as notes.txt"),
        ("photos/sub/dee[p]", "no pictures match photos/sub/dee[p]"),
        ("nope/*.jpg", "folder nope can't be read (No such file or directory)"),
        ("photos/out", "photos/out: the results would lie among the pictures; choose another"),
        ("bare", "no pictures in bare, but the folder sub; --recursive searches it too"),
    ],
)
def test_what_stands_for_nothing_is_told_and_the_others_go_on(tree, name, line):
    Path("bare/sub").mkdir(parents=True)
    found = find_pictures([name, "photos"], results=Path("photos/out"))
    assert len(found.pictures) == 2
    (problem,) = found.problems
    assert problem.startswith(line.partition(" (")[0])  # Windows has other words


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links")
def test_links_in_circles_end(tree):
    Path("photos/sub/again").symlink_to("..")
    Path("photos/sub/deep/up").symlink_to(tree / "photos" / "sub")
    Path("photos/gone.png").symlink_to("nowhere.png")
    found = find_pictures(["photos"], recursive=True, results=Path("photos/out"))
    names = [picture.path.name for picture in found.pictures]
    assert names == ["a.png", "b.JPG", "gone.png", "c.jpg", "d.tif", "f.png"]
    assert found.notices == [
        "folder photos/sub/again is a link to photos; left out",
        "folder photos/sub/deep/up is a link to photos/sub; left out",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links")
def test_folders_that_link_to_each_other_are_read_once(tmp_path):
    """There are millions of paths through twelve folders of links to all of them."""
    folders = [tmp_path / f"f{k}" for k in range(12)]
    for folder in folders:
        folder.mkdir()
        (folder / "a.png").touch()
        for other in folders:
            (folder / f"to-{other.name}").symlink_to(other)
    found = find_pictures([str(tmp_path)], recursive=True)
    assert len(found.pictures) == 12


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_folder_that_can_not_be_read_is_told(tree):
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    Path("photos/sub").chmod(0)
    try:
        found = find_pictures(["photos"], recursive=True, results=Path("photos/out"))
    finally:
        Path("photos/sub").chmod(0o755)
    assert [picture.path.name for picture in found.pictures] == ["a.png", "b.JPG", "f.png"]
    assert found.problems == ["folder photos/sub can't be read (Permission denied)"]


def test_folders_may_lie_deep_in_each_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deep = Path(*"abcdefghij" * 4)
    deep.mkdir(parents=True)
    (deep / "x.png").touch()
    assert paths(".", recursive=True) == [(deep / "x.png").as_posix()]


def test_a_home_in_quotes_is_found(tree, monkeypatch):
    monkeypatch.setenv("HOME", str(tree))
    monkeypatch.setenv("USERPROFILE", str(tree))
    assert paths("~/photos/*.png") == [(tree / "photos" / "a.png").as_posix()]


@pytest.mark.parametrize("name", ["a\0b.jpg", "x" * 5000, "\udcff*.png", "[", "***"])
def test_names_that_no_file_can_have(tree, name):
    found = find_pictures([name])
    assert len(found.pictures) + len(found.problems) >= 1


@pytest.fixture
def clips(tmp_path, monkeypatch):
    """Change to a folder with files that seem to be films, and one picture, in folders."""
    monkeypatch.chdir(tmp_path)
    for name in ("clips/a.mp4", "clips/b.MOV", "mixed/c.mp4", "clips/code.ts"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"text" if name.endswith("ts") else b"\x1aE\xdf\xa3\0")
    Path("mixed/d.png").write_bytes(b"a picture")


def found_films(*names, **others):
    found = find_pictures(names, films=True, **others)
    return [(one.path.as_posix(), one.is_film) for one in found.pictures], found


def test_a_folder_of_films_stands_for_them(clips):
    pictures, found = found_films("clips")
    assert pictures == [("clips/a.mp4", True), ("clips/b.MOV", True)]
    assert not found.problems + found.notices
    assert find_pictures(["clips"]).problems == [
        "no pictures in clips, but other files, such as a.mp4"
    ]


def test_a_folder_of_pictures_stands_for_them_alone(clips):
    pictures, found = found_films("mixed")
    assert pictures == [("mixed/d.png", False)]
    (notice,) = found.notices
    assert notice.startswith("mixed: a film is left out beside the pictures; name films themselves")


def test_films_are_named_themselves_or_by_a_pattern(clips):
    assert found_films("mixed/c.mp4", "mixed/d.png")[0] == [
        ("mixed/c.mp4", True),
        ("mixed/d.png", False),
    ]
    assert found_films("*/*.mp4")[0] == [("clips/a.mp4", True), ("mixed/c.mp4", True)]
