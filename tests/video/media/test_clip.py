"""What is opened as a film, and the one line for everything else."""

import os
import socket
import sys
from fractions import Fraction

import pytest
from films import write_animation, write_film, write_pictures
from images import permissions_mean_nothing, random_image

from ortstyle.errors import FilmError
from ortstyle.video.media.clip import Clip, OtherStream, open_clip

pytest.importorskip("av")


def test_a_film_a_folder_and_an_animation_are_opened(tmp_path):
    assert open_clip(write_film(tmp_path / "a.mp4", frames=2)).kind == "video"
    assert open_clip(str(write_pictures(tmp_path / "folder"))).kind == "pictures"
    assert open_clip(write_animation(tmp_path / "a.gif")).kind == "animation"
    assert Clip
    assert OtherStream


def test_a_rate_is_for_folders(tmp_path):
    folder = write_pictures(tmp_path / "folder")
    assert open_clip(folder, rate=Fraction(24000, 1001)).duration == 4 * Fraction(1001, 24000)


def test_a_film_with_a_header_of_text_is_a_film(tmp_path):
    path = tmp_path / "a.y4m"
    frame = b"FRAME\n" + bytes([128]) * 24
    path.write_bytes(b"YUV4MPEG2 W4 H4 F25:1 Ip A1:1 C420jpeg\n" + 2 * frame)
    clip = open_clip(path)
    assert (clip.width, clip.height) == (4, 4)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.mp4", b"", "is empty"),
        ("a.mp4", b"not a film, but text\n", "is a text file"),
        ("a.mp4", "nicht ein Film – ä\n".encode(), "is a text file"),
        ("a.m3u8", b"#EXTM3U\n#EXTINF:1,\na.ts\n", "is a playlist, which names other files"),
        ("a.mp4", b"\xef\xbb\xbf#EXTM3U\n#EXTINF:1,\na.ts\n", "is a playlist"),
        ("a.txt", b"ffconcat version 1.0\nfile a.mp4\n", "is a playlist"),
        ("a.mp4", b"<!doctype html><title>404</title>", "is a web page, not a film"),
        ("a.mp4", b"%PDF-1.7", r"is a PDF document, not a film; to paint it, export its page"),
        ("a.zip", b"PK\x03\x04\0\0", "is a ZIP archive, not a film; name a film"),
        ("a.bin", bytes(5000), "is no film"),
        ("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(64), "is no film"),
        ("a.mkv", b"\x1aE\xdf\xa3" + bytes(64), "is no film"),
    ],
)
def test_other_files_are_told_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FilmError, match=message) as caught:
        open_clip(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".webp", ".bmp", ".tif"])
def test_a_still_picture_is_for_render(tmp_path, suffix):
    random_image().save(tmp_path / f"a{suffix}")
    with pytest.raises(FilmError, match=r"is a still picture \(.*ortstyle render"):
        open_clip(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("name", ["nothing.mp4", "no/folder", "folder/"])
def test_what_is_missing_is_told(tmp_path, name):
    with pytest.raises(FilmError, match="does not exist; check the path"):
        open_clip(tmp_path / name)


def test_a_name_that_no_file_can_have_is_told():
    with pytest.raises(FilmError):
        open_clip("a\0.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(FilmError, match="is a pipe, and a film is read more than once"):
        open_clip(tmp_path / "pipe.mp4")


@pytest.mark.skipif(permissions_mean_nothing(), reason="no permission stops this user")
def test_a_film_that_may_not_be_read_is_told(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=1)
    path.chmod(0)
    with pytest.raises(FilmError, match="can't be read"):
        open_clip(path)


def test_an_address_is_a_name_that_does_not_exist(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    for name in ("https://example.org/a.mp4", "concat:a.mp4|b.mp4", "data:video/mp4,x"):
        with pytest.raises(FilmError, match=r"does not exist|can't be read"):
            open_clip(name)
