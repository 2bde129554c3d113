"""A result says its size and how it was painted, and a damaged one says nothing."""

import json

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ortstyle.pictures.metadata import KEYWORD
from ortstyle.studio.paintings.result_file import read_result


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "result.png"
    info = PngInfo()
    info.add_itxt("Comment", "of another program")
    info.add_itxt(KEYWORD, json.dumps({"device": "cpu"}))
    Image.new("RGB", (48, 36), "red").save(found, pnginfo=info)
    return found


def test_a_result_says_its_size_and_provenance(path):
    found = read_result(path)
    assert (found.width, found.height) == (48, 36)
    assert found.bytes == path.stat().st_size
    assert found.provenance == {"device": "cpu"}


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\x89PNG" * 100])
def test_what_is_no_png_says_nothing(path, content):
    path.write_bytes(content)
    assert read_result(path) is None


def test_what_is_missing_says_nothing(tmp_path):
    assert read_result(tmp_path / "none.png") is None
    assert read_result(tmp_path) is None


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_damaged_text_is_no_provenance(path, text):
    info = PngInfo()
    info.add(b"iTXt", b"ortstyle" + bytes(5) + text)
    Image.new("RGB", (4, 3)).save(path, pnginfo=info)
    assert read_result(path).provenance == {}


def test_a_file_that_is_cut_off_anywhere_raises_nothing(path):
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        read_result(path)
