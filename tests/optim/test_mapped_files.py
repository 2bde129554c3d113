"""Arrays in mapped files: they hold what is written, and no file is left behind."""

import errno
import os
import shutil

import numpy as np
import pytest

from ortstyle.optim import mapped_files
from ortstyle.optim.mapped_files import (
    read_only_file_array,
    release_pages,
    release_pages_at_intervals,
    temporary_file_array,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_an_array_in_a_file_begins_as_zeros_and_keeps_what_is_written(tmp_path, dtype):
    array = temporary_file_array((3, 5000), dtype, folder=tmp_path)
    assert (array.shape, array.dtype) == ((3, 5000), dtype)
    assert not array.any()
    array[1] = np.arange(5000)
    release_pages()
    np.testing.assert_array_equal(array[1], np.arange(5000).astype(dtype))


def test_no_file_is_left_of_an_array(tmp_path):
    array = temporary_file_array((5000,), folder=tmp_path)
    array[:] = 1
    del array
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_found_out_before(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if hasattr(os, "posix_fallocate"):
        monkeypatch.setattr(os, "posix_fallocate", full)
    usage = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        temporary_file_array((3, 1000), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_array_of_a_file_is_read_from_its_offset(tmp_path):
    path, values = tmp_path / "values", np.arange(12, dtype=np.float32)
    path.write_bytes(b"head" + values.tobytes())
    with path.open("rb") as file:
        array = read_only_file_array(file, (3, 4), dtype=np.float32, offset=4)
    np.testing.assert_array_equal(array, values.reshape(3, 4))
    release_pages()
    np.testing.assert_array_equal(array, values.reshape(3, 4))
    with pytest.raises(ValueError, match="read-only"):
        array[:] = 0


def test_a_pass_releases_pages_at_intervals(tmp_path, monkeypatch):
    array = temporary_file_array((5,), folder=tmp_path)
    released = []
    monkeypatch.setattr(mapped_files, "release_pages", lambda: released.append(1))
    monkeypatch.setattr(mapped_files, "RELEASE_INTERVAL", 100)
    for start in range(0, 300, 20):
        release_pages_at_intervals(start)
    assert len(released) == 3
    assert array.size == 5
