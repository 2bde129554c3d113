"""A quick look tells films from pictures and from anything else, whatever their names."""

import films
import pytest
from PIL import Image

from ortstyle.video.media import quick_look
from ortstyle.video.media.quick_look import looks_like_film


def animation(path, **others):
    first, *rest = (Image.new("RGB", (8, 8), color) for color in ("red", "green", "blue"))
    first.save(path, save_all=True, append_images=rest, **others)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts"])
def test_films_are_films_under_any_name(tmp_path, name):
    pytest.importorskip("av")
    films.write_film(tmp_path / name, frames=2, codec="mpeg4")
    assert looks_like_film(tmp_path / name)
    if name != "a.ts":
        assert looks_like_film((tmp_path / name).rename(tmp_path / "a.jpg"))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.tif", "a.mp4"])
def test_pictures_are_none(tmp_path, name):
    kind = "PNG" if name == "a.mp4" else None
    Image.new("RGB", (8, 8)).save(tmp_path / name, format=kind)
    assert not looks_like_film(tmp_path / name)


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_animations_are_films_where_they_can_be_written(tmp_path, name, monkeypatch):
    animation(tmp_path / name)
    monkeypatch.setattr(quick_look, "find_spec", lambda _: object())
    assert looks_like_film(tmp_path / name)
    assert not looks_like_film(tmp_path / name, animations=False)
    monkeypatch.setattr(quick_look, "find_spec", lambda _: None)
    assert not looks_like_film(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "is_film"),
    [
        ("a.ts", b"export const a = 1;\n", False),
        ("a.mp4", b"", False),
        ("a.mp4", b"text", False),
        ("a.mts", b"\x47\0\0\1", True),
        ("a.bin", b"\x47\0\0\1", False),
    ],
)
def test_the_suffix_tells_where_the_beginning_does_not(tmp_path, name, content, is_film):
    (tmp_path / name).write_bytes(content)
    assert looks_like_film(tmp_path / name) is is_film


def test_folders_and_what_is_missing_are_none(tmp_path):
    assert not looks_like_film(tmp_path)
    assert not looks_like_film(tmp_path / "a.mp4")
    assert not looks_like_film(tmp_path / "a\0.mp4")
