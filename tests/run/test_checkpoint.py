"""The file of a checkpoint: it is written completely or not at all, and verified when read."""

import io
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from commands import names

from ortstyle.errors import CheckpointError
from ortstyle.run.checkpoint import read_checkpoint, read_header, write_checkpoint

ARRAYS = {"start": np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2), "stop": np.array("")}


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {"position": {"x": 0.1}, "plan": {"tiles": 4}}, ARRAYS)
    found = read_checkpoint(path)
    assert found.header["position"] == {"x": 0.1}
    assert found.header["plan"] == {"tiles": 4}
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
    assert names(tmp_path) == ["a.checkpoint"]
    with zipfile.ZipFile(path) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_large_array_is_left_in_the_file(tmp_path, dtype):
    path = tmp_path / "a.checkpoint"
    large = np.random.default_rng(0).normal(size=(3, 700_001)).astype(dtype)
    write_checkpoint(path, {}, {"before": np.arange(3.0), "large": large, **ARRAYS})
    found = read_checkpoint(path).arrays["large"]
    assert not found.flags.owndata
    assert (found.dtype, found.shape) == (large.dtype, large.shape)
    np.testing.assert_array_equal(found, large)
    with np.load(path) as file:
        np.testing.assert_array_equal(file["large"], large)


def test_nothing_that_needs_pickle_is_written_or_read(tmp_path):
    path = tmp_path / "a.checkpoint"
    with pytest.raises(ValueError, match="allow_pickle"):
        write_checkpoint(path, {}, {"a": np.array([object()])})
    assert names(tmp_path) == []
    write_checkpoint(path, {"arrays": [*ARRAYS, "evil"]}, ARRAYS)
    with zipfile.ZipFile(path, "a") as archive, archive.open("evil.npy", "w") as file:
        np.lib.format.write_array(file, np.array([print]), allow_pickle=True)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_an_array_is_written_without_a_copy_of_it(tmp_path):
    import tracemalloc

    array = np.zeros((64, 1 << 20), np.float32)  # 256 MB, none of which is in memory yet
    tracemalloc.start()
    write_checkpoint(tmp_path / "a.checkpoint", {}, {"a": array})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < array.nbytes / 5


@pytest.mark.parametrize("shorter", [0, 1, 20, 41, 60, 200, 700])
def test_a_truncated_file_is_refused(tmp_path, shorter):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {}, ARRAYS)
    whole = path.read_bytes()
    path.write_bytes(whole[:shorter])
    with pytest.raises(CheckpointError):
        read_checkpoint(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(CheckpointError, match=r"a\.checkpoint is damaged; start the run again"):
        read_checkpoint(path)


def test_every_flipped_byte_is_noticed_or_harmless(tmp_path):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {"position": {}}, ARRAYS)
    whole = path.read_bytes()
    expected, noticed = read_checkpoint(path), 0
    other = tmp_path / "spoilt"  # Windows lets nobody write to a file that is mapped
    for at in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x41
        other.write_bytes(spoilt)
        try:
            found = read_checkpoint(other)
        except CheckpointError:
            noticed += 1
            continue
        assert found.header == expected.header
        for name, array in expected.arrays.items():
            np.testing.assert_array_equal(found.arrays[name], array)
        del found
    assert noticed > len(whole) / 2


def with_entry(path, data, *, method=zipfile.ZIP_STORED):
    """Write a checkpoint whose array `a` is an entry with this content."""
    write_checkpoint(path, {"arrays": ["a"]}, {})
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("a.npy", data)


def array_header(**changes):
    header = {"descr": "<f4", "fortran_order": False, "shape": (2,)} | changes
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


@pytest.mark.parametrize("more", [0, 1 << 21])  # read, or mapped from the file
@pytest.mark.parametrize(
    "header",
    [
        {"shape": (10**12,)},
        {"shape": (1 << 40, 1 << 40)},
        {"shape": (-1, -2)},
        {"shape": (3,)},
        {"descr": "|O", "shape": (1,)},
        {"descr": "|V8", "shape": (1,)},
        {"descr": [("x", "<f4")]},
        {"descr": "<M8[s]", "shape": (1,)},
    ],
    ids=str,
)
def test_an_array_that_is_not_as_its_header_says_is_damaged(tmp_path, header, more):
    path = tmp_path / "a.checkpoint"
    with_entry(path, array_header() + bytes(8))
    assert read_checkpoint(path).arrays["a"].tolist() == [0, 0]
    with_entry(path, array_header(**header) + bytes(8 + more))
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_what_is_compressed_is_not_unpacked(tmp_path):
    path = tmp_path / "a.checkpoint"
    with_entry(path, array_header(shape=(1 << 20,)) + bytes(1 << 22), method=zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


@pytest.mark.parametrize("text", ['{"format": ' + "[" * 100_000, '{"format": ' + "9" * 5000 + "}"])
def test_json_that_exhausts_its_reader_is_damaged(tmp_path, text):
    path = tmp_path / "a.checkpoint"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("header.json"), text)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CheckpointError, match="is a pipe; save it as a file first"):
        read_header(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"format": "other"}, "is no checkpoint of ortstyle"),
        ({"version": 4}, "has format 4, and this ortstyle knows 3; install the version"),
        ({"version": 1}, "has format 1, and this ortstyle knows 3; install the version"),
        ({"version": "x"}, "is damaged"),
    ],
)
def test_other_formats_are_refused(tmp_path, header, words):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, header, ARRAYS)
    for read in (read_checkpoint, read_header):
        with pytest.raises(CheckpointError, match=words):
            read(path)


def test_files_that_are_no_checkpoints(tmp_path):
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").touch()
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    for name in ("text", "empty", "other.npz"):
        with pytest.raises(CheckpointError, match="is no checkpoint of ortstyle"):
            read_checkpoint(tmp_path / name)
    with pytest.raises(CheckpointError, match="does not exist"):
        read_checkpoint(tmp_path / "none")
    with pytest.raises(CheckpointError, match=r"can't be read|is no checkpoint"):
        read_checkpoint(tmp_path)


WRITE = """
import sys
import numpy as np
from pathlib import Path
from ortstyle.run.checkpoint import write_checkpoint
from ortstyle.errors import CheckpointError
path = Path(sys.argv[1])
write_checkpoint(path, {"n": 1}, {"a": np.zeros(1000)})
if sys.platform != "win32" and len(sys.argv) > 2:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_checkpoint(path, {"n": 2}, {"a": np.ones(10_000_000, np.int8), "b": np.ones(9)})
except CheckpointError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX's")
def test_where_no_more_can_be_written_the_last_one_stays(tmp_path):
    path = tmp_path / "a.checkpoint"
    command = [sys.executable, "-W", "error", "-c", WRITE, path, "limit"]
    out = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert "a.checkpoint can't be written (File too large); choose another place" in out
    assert read_header(path)["n"] == 1
    assert names(tmp_path) == ["a.checkpoint"]


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux mounts a small disk"
)
def test_on_a_full_disk_the_last_one_stays(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        path = tmp_path / "a.checkpoint"
        command = [sys.executable, "-W", "error", "-c", WRITE, path]
        out = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
        assert "a.checkpoint can't be written (No space left on device)" in out
        assert read_header(path)["n"] == 1
        assert names(tmp_path) == ["a.checkpoint"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)
