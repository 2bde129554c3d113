"""What is sent is counted and hashed as it comes, and stays nowhere unless it is kept."""

import errno
import hashlib

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio.faults import NoSpace, TooLarge
from ortstyle.studio.pictures.uploads import Upload, writing_faults


@pytest.fixture
def upload(tmp_path):
    with Upload(tmp_path / "a.part", most_bytes=1000, shown="sea.jpg") as opened:
        yield opened


def test_bytes_are_kept_as_they_came(upload, tmp_path):
    for data in (b"ab", b"", b"c"):
        upload.write(data)
    upload.finish()
    assert upload.size == 3
    assert upload.sha256 == hashlib.sha256(b"abc").hexdigest()
    upload.move_to(tmp_path / "a.jpg")
    with upload:
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]
    assert (tmp_path / "a.jpg").read_bytes() == b"abc"


def test_what_is_not_kept_is_removed(tmp_path):
    with Upload(tmp_path / "a", most_bytes=9, shown="a") as made:
        made.write(b"abc")
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_one_byte_too_many_is_refused(upload):
    upload.write(bytes(1000))
    with pytest.raises(TooLarge, match=r"“sea.jpg” is larger than 1,000 bytes, which is the most"):
        upload.write(b"x")


def test_the_most_is_told_in_megabytes(tmp_path):
    with (
        Upload(tmp_path / "a", most_bytes=3_000_000, shown="a") as made,
        pytest.raises(TooLarge, match="larger than 3 MB"),
    ):
        made.write(bytes(3_000_001))


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(StudioError, match="can't be written"):
        Upload(tmp_path / "a", most_bytes=9, shown="a")
    assert (tmp_path / "a").read_bytes() == b"mine"


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, NoSpace), (errno.EIO, StudioError)])
def test_faults_of_the_disk_are_sentences(number, kind):
    with pytest.raises(StudioError) as raised, writing_faults():
        raise OSError(number, "reason", "/a/path")
    assert type(raised.value) is kind
    assert str(raised.value).endswith(".")
    assert "/a/path" not in str(raised.value)
