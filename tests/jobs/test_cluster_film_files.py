"""Files of a film come out of their bytes as they went in, and nothing else does."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import FilmError, JobError
from ortstyle.jobs.cluster_film_files import (
    PackedFiles,
    check_name,
    painted_name,
    parse_frame,
    source_name,
    unpack,
)
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.read import read_picture


@pytest.fixture
def travel(tmp_path):
    """Return a function that packs a picture, and unpacks it elsewhere."""

    def run(source):
        files = PackedFiles()
        name = files.name_of(source)
        assert check_name(name) == name
        path = tmp_path / name
        path.write_bytes(files.content_of(name))
        return unpack(name, path)

    return run


def test_a_file_keeps_its_content_and_its_suffix(travel, tmp_path):
    (tmp_path / "style.JPG").write_bytes(b"picture")
    found = travel(tmp_path / "style.JPG")
    assert found.read_bytes() == b"picture"
    assert found.suffix == ".JPG"


@pytest.mark.parametrize("mode", ["RGB", "F", "I;16"])
def test_a_picture_keeps_its_pixels(travel, mode):
    levels = np.arange(5 * 7 * 3).reshape(5, 7, 3)
    if mode == "RGB":
        planes = (Image.fromarray(levels.astype(np.uint8)),)
    else:
        dtype = np.float32 if mode == "F" else np.uint16
        planes = tuple(Image.fromarray(levels[..., k].astype(dtype) * 2) for k in range(3))
    alpha = Image.fromarray(levels[..., 0].astype(np.uint8))
    for picture in (Picture(planes=planes), Picture(planes=planes, alpha=alpha)):
        given = replace(picture, source_size=(70, 50))
        found = travel(given)
        assert [plane.mode for plane in found.planes] == [plane.mode for plane in planes]
        np.testing.assert_array_equal(found.pixels, given.pixels)
        assert (found.alpha is None) == (given.alpha is None)
        assert found.proportions == (70, 50)
        if given.alpha:
            np.testing.assert_array_equal(np.asarray(found.alpha), np.asarray(alpha))


def test_an_array_stays_one(travel):
    mask = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    found = travel(mask)
    np.testing.assert_array_equal(found, mask)
    assert found.dtype == np.uint8
    assert read_picture(travel(Image.fromarray(mask))).size == (4, 2)


def test_the_same_content_has_one_name(tmp_path):
    files = PackedFiles()
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"same")
    assert files.name_of(tmp_path / "a.png") == files.name_of(str(tmp_path / "b.png"))


def test_a_file_that_changes_meanwhile_is_told(tmp_path):
    path = tmp_path / "style.png"
    path.write_bytes(b"old")
    files = PackedFiles()
    name = files.name_of(path)
    path.write_bytes(b"new")
    with pytest.raises(FilmError, match="has changed"):
        files.content_of(name)
    path.unlink()
    with pytest.raises(FilmError, match=r"style\.png can't be read"):
        files.content_of(name)


def test_masks_of_frames_that_are_sent_are_forgotten():
    files = PackedFiles()
    first, second = (files.name_of(np.full((2, 2), k, np.uint8)) for k in range(2))
    files.forget_arrays(but={second})
    assert files.content_of(second)
    with pytest.raises(KeyError):
        files.content_of(first)


def test_frames_are_known_by_their_numbers():
    assert parse_frame(source_name(12)) == ("source", 0, 12)
    assert parse_frame(painted_name(3, 2)) == ("painted", 2, 3)
    assert parse_frame(f"file-{'0' * 64}.png") is None
    assert check_name(source_name(12)) == source_name(12)


@pytest.mark.parametrize(
    "name", ["", "../source-1.png", "source-1", "source-1.png\n", "file-1.png", 5, None, "a/b"]
)
def test_other_names_are_refused(name):
    with pytest.raises(JobError, match="no file of a film"):
        check_name(name)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"\x93NUMPY\x01\x00v\x00"])
@pytest.mark.parametrize("kind", ["picture", "array"])
def test_other_content_is_refused(tmp_path, kind, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(JobError, match="no picture"):
        unpack(f"{kind}-{'0' * 64}.npy", path)


def test_objects_are_not_unpickled(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        np.save(file, np.array([print], object), allow_pickle=True)
    with pytest.raises(JobError, match="no picture"):
        unpack(f"array-{'0' * 64}.npy", path)
