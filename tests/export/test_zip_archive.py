"""Zip archives that are damaged."""

import zipfile

import pytest
from vgg19.zip_archive import is_zip, open_zip

from ortstyle.errors import ModelError


def test_zip_archives_are_recognised(tmp_path):
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert is_zip(path.read_bytes())
    assert not is_zip(b"PK")


@pytest.mark.parametrize("error", [RuntimeError("encrypted"), EOFError("short")])
def test_errors_while_an_archive_is_read(tmp_path, error):
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w"):
        pass
    message = f"some.whl is a damaged zip file: {error}"
    with pytest.raises(ModelError, match=message), open_zip(path):
        raise error
